using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Marten;

namespace Crm.Desk;

/// <summary>The list that somebody goes through, and where in it they are. The address of a lead's page says it as the list's own does,
/// with the lead's place as the cursor: whatever becomes of the lead, what follows is told from where it stood.</summary>
public sealed record LeadTrail(LeadFilter Filter)
{
    /// <summary>As it stands in addresses.</summary>
    public string Query => Filter.ToQuery(Filter.After);

    public string Next => "/leads/next" + Query;

    /// <summary>The list down to this lead, at its row.</summary>
    public string ListAt(Guid lead) => $"/leads{Query}#lead-{lead}";

    /// <returns>Null where the address names no place in a list.</returns>
    public static LeadTrail? Read(IQueryCollection query) =>
        LeadFilter.Read(query) is var filter && LeadCursor.Read(filter) is not null ? new LeadTrail(filter) : null;

    /// <summary>The page of a lead that is opened from a list.</summary>
    public static string Open(LeadRow row, LeadFilter list) => $"/leads/{row.Lead.Id}{list.ToQuery(LeadCursor.Of(row, list.Sort))}";
}

/// <summary>Leads on to the next lead of a list. It is looked for when it is asked for: one row, out of the list's own order.</summary>
public static class NextLead
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/leads/next", async Task<IResult> (HttpContext http,
        IQuerySession session, InstituteClock clock, CurrentInstitute institute, Sight sight, CancellationToken cancel) =>
    {
        var filter = LeadFilter.Read(http.Request.Query);
        var book = await SourceBook.LoadAsync(session, cancel);
        var terms = new LeadTerms(clock, book, institute.Profile.PhoneRegion, sight.OnlyOf(http.User));
        if (await LeadList.AfterAsync(session, filter, terms, cancel) is { } next) return Results.Redirect(LeadTrail.Open(next, filter));
        // The sections of today's page are lists too.
        var (text, back) = filter.Waiting is null or Waiting.Answer
            ? ("Back to the list", "/leads" + filter.ToQuery())
            : ("Back to today", "/today");
        return new NoticeAnswer(new Notice("That was the last of them", "Nobody follows in this list.", text, back));
    });
}

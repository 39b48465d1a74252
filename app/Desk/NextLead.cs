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

    public string Previous => "/leads/previous" + Query;

    /// <summary>The list down to this lead, at its row.</summary>
    public string ListAt(Guid lead) => $"/leads{Query}#lead-{lead}";

    /// <returns>Null where the address names no place in a list.</returns>
    public static LeadTrail? Read(IQueryCollection query) =>
        LeadFilter.Read(query) is var filter && LeadCursor.Read(filter) is not null ? new LeadTrail(filter) : null;

    /// <summary>The page of a lead that is opened from a list.</summary>
    public static string Open(LeadRow row, LeadFilter list) => $"/leads/{row.Lead.Id}{list.ToQuery(LeadCursor.Of(row, list.Sort))}";
}

/// <summary>Leads on to the next lead of a list, and back to the one before. It is looked for when it is asked for: one row, out of the
/// list's own order.</summary>
public static class NextLead
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/leads/next", (HttpContext http, IQuerySession session, Sight sight, CancellationToken cancel) =>
            GoAsync(http, session, sight, upwards: false, cancel));
        app.MapGet("/leads/previous", (HttpContext http, IQuerySession session, Sight sight, CancellationToken cancel) =>
            GoAsync(http, session, sight, upwards: true, cancel));
    }

    private static async Task<IResult> GoAsync(
        HttpContext http, IQuerySession session, Sight sight, bool upwards, CancellationToken cancel)
    {
        var filter = LeadFilter.Read(http.Request.Query);
        var terms = new LeadTerms(http.RequestServices.GetRequiredService<InstituteClock>(), await SourceBook.LoadAsync(session, cancel),
            http.RequestServices.GetRequiredService<CurrentInstitute>().Profile.PhoneRegion, sight.OnlyOf(http.User));
        return await LeadList.BesideAsync(session, filter, upwards, terms, cancel) is { } beside
            ? Results.Redirect(LeadTrail.Open(beside, filter))
            : new NoticeAnswer(End(filter, upwards));
    }

    private static Notice End(LeadFilter filter, bool upwards)
    {
        // The sections of today's page are lists too.
        var (text, back) = filter.Waiting is null or Waiting.Answer
            ? ("Back to the list", "/leads" + filter.ToQuery())
            : ("Back to today", "/today");
        return upwards
            ? new Notice("That was the first of them", "Nobody comes before in this list. Whom you have just dealt with may have left it: "
                + "your browser’s Back leads to them.", text, back)
            : new Notice("That was the last of them", "Nobody follows in this list.", text, back);
    }
}

using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Htmx;
using Marten;

namespace Crm.Desk;

/// <param name="Book">What sources are called.</param>
public sealed record LeadsView(
    LeadFilter Filter, LeadPage Page, SourceBook Book, IReadOnlyList<User> Staff, IReadOnlyList<Course> Courses,
    IReadOnlyList<string> Sources, InstituteClock Clock)
{
    public string Count(MoneyStyle style) => $"{style.Number(Page.Count ?? 0)} {(Page.Count == 1 ? "lead" : "leads")}";

    public string Nothing => Page.Unsearchable
        ? $"Nothing can be searched by “{Filter.Q}”: type a letter or a digit of a name, a number, an address or a reference."
        : "No leads match.";

    public Form Form => new()
    {
        ["q"] = Filter.Q ?? "",
        ["stage"] = Filter.Stage ?? "",
        ["counsellor"] = Filter.Counsellor ?? "",
        ["course"] = Filter.Course?.ToString() ?? "",
        ["source"] = Filter.Source is { } source ? Book.NameOf(source) : "",
        ["waiting"] = Filter.Waiting?.ToString() ?? "",
        ["sort"] = Filter.Sort.ToString(),
    };
}

/// <summary>The page of the list of leads.</summary>
public static class LeadListPage
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/leads", ShowAsync);

    private static async Task<IResult> ShowAsync(
        HttpContext http, IQuerySession session, InstituteClock clock, CurrentInstitute institute, CancellationToken cancel)
    {
        var filter = LeadFilter.Read(http.Request.Query);
        var book = await SourceBook.LoadAsync(session, cancel);
        var target = http.Request.Headers["HX-Target"].ToString();
        var part = http.Request.IsHtmx() && !http.Request.IsHistoryRestore();
        var terms = new LeadTerms(clock, book, institute.Profile.PhoneRegion);
        var page = await LeadList.QueryAsync(session, filter, terms, whole: !part, cancel);
        if (part && filter.After is not null) return LeadRows.Create(new LeadsView(filter, page, book, [], [], [], clock));
        if (part && target.EndsWith("#leads", StringComparison.Ordinal))
            return LeadTable.Create(new LeadsView(filter, page, book, [], [], [], clock));
        var staff = await session.Query<User>().Where(u => u.Active).ToListAsync(cancel);
        var courses = (await session.Query<Course>().ToListAsync(cancel)).InReadingOrder(c => c.Name);
        var sources = await SourceList.NamesAsync(session, book, cancel);
        return Leads.Create(new LeadsView(filter, page, book, staff, courses, sources, clock));
    }
}

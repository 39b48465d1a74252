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
    /// <summary>The saved ones, of who looks and of everybody.</summary>
    public IReadOnlyList<SavedView> Views { get; init; } = [];

    public string Count(MoneyStyle style) => $"{style.Number(Page.Count ?? 0)} {(Page.Count == 1 ? "lead" : "leads")}";

    public string Nothing => Page.Unsearchable
        ? $"Nothing can be searched by “{Filter.Q}”: type a letter or a digit of a name, a number, an address or a reference."
        : "No leads match.";

    public IReadOnlyList<LeadColumn> Columns => LeadColumns.Of(Filter.Columns);

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
        HttpContext http, IQuerySession session, InstituteClock clock, CurrentInstitute institute, Sight sight, CancellationToken cancel)
    {
        var filter = LeadFilter.Read(http.Request.Query);
        var part = http.Request.IsHtmx() && !http.Request.IsHistoryRestore();
        var rows = part && filter.After is not null;
        var table = part && http.Request.Headers["HX-Target"].ToString().EndsWith("#leads", StringComparison.Ordinal);
        var offered = await OfferedAsync(session, http.User.UserId(), all: !rows && !table, cancel);
        var terms = new LeadTerms(clock, offered.Book, institute.Profile.PhoneRegion, sight.OnlyOf(http.User));
        var page = await LeadList.QueryAsync(session, filter, terms, whole: !part, cancel);
        var view = new LeadsView(filter, page, offered.Book, offered.Staff, offered.Courses, offered.Sources, clock)
        {
            Views = offered.Views,
        };
        return rows ? LeadRows.Create(view) : table ? LeadTable.Create(view) : Leads.Create(view);
    }

    // In one round trip; a part of the page shows no filters, and needs the names of sources alone.
    private static async Task<Offered> OfferedAsync(IQuerySession session, Guid user, bool all, CancellationToken cancel)
    {
        if (!all) return new Offered(await SourceBook.LoadAsync(session, cancel), [], [], [], []);
        var batch = session.CreateBatchQuery();
        var book = batch.Load<SourceBook>(SourceBook.TheOne);
        var staff = batch.Query<User>().Where(u => u.Active).ToList();
        var courses = batch.Query<Course>().ToList();
        var names = batch.Query<string>(SourceList.Names);
        var views = batch.Query<SavedView>().Where(SavedViews.IsShown(user)).ToList();
        await batch.Execute(cancel);
        var known = await book ?? new SourceBook();
        return new Offered(known, [.. await staff], (await courses).InReadingOrder(c => c.Name), SourceList.NamesOf(await names, known),
            (await views).InReadingOrder(v => v.Name));
    }

    /// <summary>What the filters offer to choose from, and what sources are called.</summary>
    private sealed record Offered(
        SourceBook Book, IReadOnlyList<User> Staff, IReadOnlyList<Course> Courses, IReadOnlyList<string> Sources,
        IReadOnlyList<SavedView> Views);
}

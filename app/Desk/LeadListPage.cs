using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Storage;
using Crm.Web;
using Htmx;
using Marten;

namespace Crm.Desk;

public sealed record LeadsView(
    LeadFilter Filter, LeadPage Page, IReadOnlyList<User> Staff, IReadOnlyList<Course> Courses, IReadOnlyList<string> Sources,
    InstituteClock Clock)
{
    public string Count(MoneyStyle style) => Page.Count >= LeadList.CountLimit
        ? $"{style.Number(LeadList.CountLimit)} or more leads"
        : $"{style.Number(Page.Count)} {(Page.Count == 1 ? "lead" : "leads")}";

    public Form Form => new()
    {
        ["q"] = Filter.Q ?? "",
        ["stage"] = Filter.Stage ?? "",
        ["counsellor"] = Filter.Counsellor ?? "",
        ["course"] = Filter.Course?.ToString() ?? "",
        ["source"] = Filter.Source ?? "",
        ["waiting"] = Filter.Waiting?.ToString() ?? "",
        ["sort"] = Filter.Sort.ToString(),
    };
}

/// <summary>The page of the list of leads.</summary>
public static class LeadListPage
{
    // Walks from one name to the next by the index, whatever the number of leads.
    private const string Sources = $"""
        with recursive names as (
            (select source_name from {MartenSetup.Schema}.mt_doc_lead order by source_name limit 1)
            union all
            select (
                select l.source_name from {MartenSetup.Schema}.mt_doc_lead l
                where l.source_name > n.source_name order by l.source_name limit 1)
            from names n where n.source_name is not null)
        select source_name from names where source_name is not null limit 200
        """;

    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/leads", ShowAsync);

    private static async Task<IResult> ShowAsync(HttpContext http, IQuerySession session, InstituteClock clock, CancellationToken cancel)
    {
        var filter = LeadFilter.Read(http.Request.Query);
        var target = http.Request.Headers["HX-Target"].ToString();
        var part = http.Request.IsHtmx() && !http.Request.IsHistoryRestore();
        var page = await LeadList.QueryAsync(session, filter, clock, whole: !part, cancel);
        if (part && filter.After is not null) return LeadRows.Create(new LeadsView(filter, page, [], [], [], clock));
        if (part && target.EndsWith("#leads", StringComparison.Ordinal))
            return LeadTable.Create(new LeadsView(filter, page, [], [], [], clock));
        var staff = await session.Query<User>().Where(u => u.Active).OrderBy(u => u.Name).ToListAsync(cancel);
        var courses = await session.Query<Course>().OrderBy(c => c.Name).ToListAsync(cancel);
        var sources = await session.QueryAsync<string>(Sources, cancel);
        return Leads.Create(new LeadsView(filter, page, staff, courses, sources, clock));
    }
}

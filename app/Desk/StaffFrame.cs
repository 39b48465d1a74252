using System.Security.Claims;
using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Desk;

/// <summary>The places of the staff's frame, with what waits there for whoever looks.</summary>
public sealed class StaffFrame(IDocumentStore store, InstituteClock clock, CurrentInstitute institute, Sight sight) : IFrame
{
    private const string Views = $"{MartenSetup.Schema}.mt_doc_savedview v";

    // A page of places shows them twice, and asks once.
    public Task<FrameView> ShowAsync(HttpContext http) =>
        (Task<FrameView>)(http.Items[typeof(StaffFrame)] ??= DrawAsync(http));

    private async Task<FrameView> DrawAsync(HttpContext http)
    {
        var user = http.User.UserId();
        var facts = await ReadAsync(user, http.RequestAborted);
        return new FrameView(Daily(http.User, facts), OfficeOf(http.User),
            [.. SavedViews.OnesOwnFirst(facts.Views.InReadingOrder(v => v.Name), v => v.IsOwn)
                .Select(v => new Place($"view-{v.Id}", v.Name, $"/views/{v.Id}", "bookmark"))]);
    }

    private List<Place> Daily(ClaimsPrincipal user, Facts facts) =>
    [
        .. user.MayReadReports() ? [Morning] : Array.Empty<Place>(),
        new("today", "Today", "/today", "phone-call", facts.Overdue, "overdue"),
        new("leads", "Leads", facts.New == 0 ? "/leads" : OfMine(user, Waiting.New), "users", facts.New, "new"),
        new("replies", "Replies", OfMine(user, Waiting.Answer, LeadSort.Activity), "message-circle", facts.Replies, "unanswered"),
        new("board", "Pipeline", "/leads/board", "square-kanban"),
        new("batches", institute.Profile.BatchWord.Heading, "/batches", "graduation-cap"),
        new("dues", "Dues", "/dues", "wallet"),
    ];

    private static string OfMine(ClaimsPrincipal user, Waiting waiting, LeadSort sort = LeadSort.Received) =>
        $"/leads{new LeadFilter(Counsellor: $"{user.UserId()}", Waiting: waiting, Sort: sort).ToQuery()}";

    private IReadOnlyList<Place> OfficeOf(ClaimsPrincipal user) =>
    [
        .. sight.OnlyOf(user) is null ? [Duplicates] : Array.Empty<Place>(),
        new("changes", "Changes", "/changes", "history"),
        .. user.MayReadReports() ? [Reports] : Array.Empty<Place>(),
        .. user.IsManager() ? OfManagers : [],
    ];

    private static readonly Place Morning = new("morning", "Morning", "/morning", "sunrise");
    private static readonly Place Duplicates = new("duplicates", "Duplicates", "/duplicates", "copy");
    private static readonly Place Reports = new("reports", "Reports", "/reports", "chart-column");

    private static readonly IReadOnlyList<Place> OfManagers =
    [
        new("imports", "Imports", "/imports", "file-up"),
        new("outbox", "Outbox", "/outbox", "send"),
        new("users", "Staff", "/users", "id-card"),
        new("audit", "Privacy", "/privacy", "file-text"),
        new("institute", "Institute", "/institute", "settings"),
        new("upkeep", "Upkeep", "/upkeep", "archive-restore"),
    ];

    private async Task<Facts> ReadAsync(Guid user, CancellationToken cancel)
    {
        LeadConditions Of(Waiting waiting) => new(new LeadFilter(Counsellor: $"{user}", Waiting: waiting), clock);
        var (overdue, fresh, replies) = (Of(Waiting.Overdue), Of(Waiting.New), Of(Waiting.Answer));
        var sql = $"""
            select jsonb_build_object('Overdue', {CountOf(overdue)}, 'New', {CountOf(fresh)}, 'Replies', {CountOf(replies)},
                'Views', coalesce((select jsonb_agg(jsonb_build_object('Id', v.id, 'Name', v.data ->> 'Name',
                'IsOwn', (v.data ->> 'OwnerId')::uuid = ?)) from {Views}
                where (v.data ->> 'Shared')::boolean or (v.data ->> 'OwnerId')::uuid = ?), '[]'))
            """;
        await using var session = store.QuerySession();
        object[] values = [.. overdue.Values, .. fresh.Values, .. replies.Values, user, user];
        return (await session.AdvancedSql.QueryAsync<Facts>(sql, cancel, values))[0];
    }

    private static string CountOf(LeadConditions where) =>
        $"(select count(*) from (select 1 from {LeadEntry.Leads} {where} limit {Place.Most + 1}) found)";

    private sealed record Facts(int Overdue, int New, int Replies, IReadOnlyList<View> Views);

    private sealed record View(Guid Id, string Name, bool IsOwn);
}

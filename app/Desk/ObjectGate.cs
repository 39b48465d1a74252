using Crm.Accounts;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Desk;

/// <summary>
/// The one place that decides whose people somebody may open and act on, where counsellors see their own: a person is theirs who has a
/// lead in their hands, with all that is the person's. It knows each route that names somebody, or shows the people of all.
/// </summary>
public sealed class ObjectGate(IDocumentStore store, Sight sight)
{
    private const string Title = "Another counsellor's";

    private const string Text = "Here each counsellor sees their own people. Ask a colleague or a manager to "
        + "hand the lead over to you.";

    private const string Leads = $"{MartenSetup.Schema}.mt_doc_lead", Seats = $"{MartenSetup.Schema}.mt_doc_enrolment";
    private const string OfLead = $"select o.person_id from {Leads} o where o.id = ?";

    // A record that gave way to another is looked at as that other.
    private const string OfPerson =
        $"select coalesce((o.data ->> 'MergedInto')::uuid, o.id) from {MartenSetup.Schema}.mt_doc_person o where o.id = ?";

    private const string OfSeat = $"select (o.data ->> 'PersonId')::uuid from {Seats} o where o.id = ?";
    private const string OfReceipt = $"select (o.data ->> 'PersonId')::uuid from {Seats} o join {MartenSetup.Schema}.mt_doc_receipt r "
        + "on (r.data ->> 'EnrolmentId')::uuid = o.id where r.id = ?";

    private const string OfTaxNote = $"select (o.data ->> 'PersonId')::uuid from {Seats} o "
        + $"join {MartenSetup.Schema}.mt_doc_taxnote r on (r.data ->> 'EnrolmentId')::uuid = o.id where r.id = ?";

    private const string OfChange = $"select o.id from {MartenSetup.Schema}.mt_doc_change o where o.id = ?";

    // What shows people of all counsellors.
    private const string Everybodys = "";

    /// <summary>By the beginnings of routes; of several the longest counts. A route that is not here names nobody and shows each their own.
    /// </summary>
    private static readonly (string Route, string Whose)[] Known =
    [
        ("/leads/{id:guid}", OfLead),
        ("/people/{id:guid}", OfPerson),
        ("/people/{id:guid}/merges", Everybodys),
        ("/people/{id:guid}/splits", Everybodys),
        ("/people/{id:guid}/others", Everybodys),
        ("/enrolments/{id:guid}", OfSeat),
        ("/receipts/{id:guid}", OfReceipt),
        ("/receipts/notes/{id:guid}", OfTaxNote),
        ("/changes/{id:guid}", OfChange),
        ("/batches/{id:guid}", Everybodys),
        ("/duplicates", Everybodys),
        ("/enquiries/suspected", Everybodys),
    ];

    /// <summary>The page that says so.</summary>
    public static IResult Refusal =>
        new NoticeAnswer(new Notice(Title, Text, "Your leads", "/leads"), StatusCodes.Status403Forbidden);

    /// <returns>The counsellor whose people alone are seen; null for those who see everybody's.</returns>
    public Guid? OnlyOf(HttpContext http) => sight.OnlyOf(http.User);

    /// <summary>Whether somebody may merge records and split them: who sees their own people alone cannot know whose the other is.
    /// </summary>
    public bool MayMerge(HttpContext http) => http.User.MayCounsel() && sight.IsOfAll(http.User);

    public async Task<bool> MaySeeAsync(HttpContext http, IQuerySession session, Guid? lead, Guid? person, CancellationToken cancel) =>
        OnlyOf(http) is not { } counsellor || await IsTheirsAsync(session, counsellor, lead is null ? OfPerson : OfLead,
            lead ?? person ?? Guid.Empty, cancel);

    private async Task<bool> IsOpenAsync(HttpContext http)
    {
        if (OnlyOf(http) is not { } counsellor || WhoseIs(http) is not { } whose) return true;
        if (whose == Everybodys || !Guid.TryParse(http.Request.RouteValues["id"]?.ToString(), out var id)) return false;
        await using var session = store.QuerySession();
        return await IsTheirsAsync(session, counsellor, whose, id, http.RequestAborted);
    }

    private static string? WhoseIs(HttpContext http)
    {
        var route = "/" + ((http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "").Trim('/');
        return Known.Where(k => Begins(route, k.Route)).OrderByDescending(k => k.Route.Length).FirstOrDefault().Whose;
    }

    private static bool Begins(string route, string with) =>
        route.StartsWith(with, StringComparison.Ordinal) && (route.Length == with.Length || route[with.Length] is '/' or '.');

    private static async Task<bool> IsTheirsAsync(
        IQuerySession session, Guid counsellor, string whose, Guid id, CancellationToken cancel)
    {
        var sql = whose == OfChange
            ? $"select count(*)::int from ({OfChange} and (o.data -> 'By' ->> 'UserId')::uuid = ?) found"
            : $"select count(*)::int from {Leads} l where l.person_id = ({whose}) and l.counsellor_id = ?";
        return (await session.QueryAsync<int>(sql, cancel, id, counsellor))[0] > 0;
    }

    /// <summary>Stands after authorization, which has asked for the role.</summary>
    internal static void Guard(WebApplication app)
    {
        var gate = app.Services.GetRequiredService<ObjectGate>();
        app.Use(async (http, next) =>
        {
            if (await gate.IsOpenAsync(http)) await next(http);
            else await http.RefuseAsync(StatusCodes.Status403Forbidden, Title, Text);
        });
    }
}

/// <summary>Where the gate stands.</summary>
public static class ObjectGateMiddleware
{
    public static void UseObjectGate(this WebApplication app) => ObjectGate.Guard(app);
}

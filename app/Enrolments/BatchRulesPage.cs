using Crm.Institute;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

public sealed record BatchRulesView(Form Form, bool Saved)
{
    public static IReadOnlyList<(string Value, string Text)> Spans =>
        [(nameof(RefundSpan.Days), "days from the first on"), (nameof(RefundSpan.PercentOfTheTime), "per cent of the time")];
}

/// <summary>The page on which managers say what is given back, how long a seat is held, and from when on a certificate is given.</summary>
public static class BatchRulesPage
{
    private const int LongestHold = 24 * 30;

    public static void MapBatchRules(this IEndpointRouteBuilder app)
    {
        var manager = app.MapGroup("/institute/batches").RequireAuthorization(Roles.ManagerPolicy);
        manager.MapGet("", async Task<IResult> (IQuerySession session, CancellationToken cancel) =>
        {
            var profile = await session.LoadAsync<InstituteProfile>(InstituteProfile.TheOne, cancel) ?? new InstituteProfile();
            return BatchRules.Create(new BatchRulesView(Form.Showing(Shown(profile)), false));
        });
        manager.MapPost("", SaveAsync).ShowsFormAgain();
    }

    private static async Task<IResult> SaveAsync(
        HttpContext http, IDocumentSession session, CurrentInstitute institute, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var profile = await session.LockAsync<InstituteProfile>(InstituteProfile.TheOne, cancel) ?? new InstituteProfile();
        List<Drawn> before = [.. Shown(profile)];
        form.Reconcile(before);
        Read(form, profile);
        if (form.Ok)
        {
            session.Store(profile);
            http.AuditSettings(session, "rules of batches", before, Shown(profile));
            if (await session.TrySaveAsync(form, "", Form.Overtaken, cancel))
            {
                await institute.RefreshAsync(cancel, now: true);
                return BatchRules.Create(new BatchRulesView(Form.Showing(Shown(profile)), true));
            }
        }
        return new Page(BatchRules.Create(new BatchRulesView(form, false)), StatusCodes.Status422UnprocessableEntity);
    }

    private static void Read(Form form, InstituteProfile profile)
    {
        var percent = form.Whole("refundPercent", "the part", 0, 100) ?? 0;
        var length = form.Whole("refundLength", "how long", 0, 1000) ?? 0;
        var span = form.Choice<RefundSpan>("refundSpan", "what it is counted in") ?? default;
        profile.Refunds = new RefundPolicy(percent, length, span);
        if (profile.Refunds.IsBeyondTheEnd) form.Refuse("refundLength", "There are no more than 100 per cent of the time.");
        profile.HoldHours = form.Whole("holdHours", "the hours", 1, LongestHold) ?? 0;
        profile.CertificatePercent = form.Whole("certificatePercent", "the attendance", 0, 100) ?? 0;
    }

    private static IEnumerable<Drawn> Shown(InstituteProfile p) =>
    [
        ("refundPercent", $"{p.Refunds.Percent}"), new("refundLength", $"{p.Refunds.Length}", Fact: "refundTime"),
        new("refundSpan", p.Refunds.Span.ToString(), Format.Words(p.Refunds.Span), Fact: "refundTime"),
        ("holdHours", $"{p.HoldHours}"), ("certificatePercent", $"{p.CertificatePercent}"),
    ];
}

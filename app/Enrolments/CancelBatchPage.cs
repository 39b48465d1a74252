using Crm.Courses;
using Crm.Institute;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

public sealed record CancelBatchView(CancelPlan Plan, IReadOnlyList<Batch> Targets, Form Form, string? Closed)
{
    public string Address => $"/batches/{Plan.Batch.Id}/cancellation";

    public IEnumerable<(string Value, string Text)> Choices(InstituteClock clock) =>
        Targets.Select(b => (b.Id.ToString(), $"{b.Code} · {Format.Date(b.StartsOn)} · {b.SeatsLeftAt(clock.Now)} left"));
}

/// <summary>The page that shows what becomes of each student before a batch is cancelled, and cancels it.</summary>
public static class CancelBatchPage
{
    public static void MapCancelBatch(this IEndpointRouteBuilder app)
    {
        var manager = app.MapGroup("/batches/{id:guid}/cancellation").RequireAuthorization(Roles.ManagerPolicy);
        manager.MapGet("", async Task<IResult> (
            Guid id, HttpContext http, IQuerySession session, CancelBatch batches, InstituteClock clock, CancellationToken cancel) =>
        {
            var to = IdOf(http.Request.Query["to"]);
            var form = Form.Fresh(("to", to?.ToString() ?? ""), ("byEmail", "true"));
            return await ViewAsync(id, to, form, session, batches, clock, cancel) is { } view
                ? CancelBatchForm.Create(view)
                : Results.NotFound();
        });
        manager.MapPost("", CancelAsync).ShowsFormAgain();
    }

    private static async Task<IResult> CancelAsync(Guid id, HttpContext http, IQuerySession session, CancelBatch batches,
        InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var to = IdOf(form["to"]);
        if (await batches.PlanAsync(session, id, to, cancel) is null) return Results.NotFound();
        var why = form.Text("why", "the reason", Withdraw.LongestReason, required: true);
        try
        {
            if (form.Ok)
                await batches.CarryOutAsync(id, to, why!, form["byEmail"] == "true", form["seen"], form, http.Stamp(clock), cancel);
        }
        catch (Refusal refusal)
        {
            form.Refuse(refusal);
        }
        if (form.Ok) return Results.Redirect($"/batches/{id}");
        var view = await ViewAsync(id, to, form, session, batches, clock, cancel);
        return new Page(CancelBatchForm.Create(view!), StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<CancelBatchView?> ViewAsync(Guid id, Guid? to, Form form, IQuerySession session, CancelBatch batches,
        InstituteClock clock, CancellationToken cancel)
    {
        if (await batches.PlanAsync(session, id, to, cancel) is not { } plan) return null;
        form["seen"] = plan.Seen;
        return new CancelBatchView(plan, await batches.TargetsAsync(session, plan.Batch, cancel), form,
            OpenBatches.WhyClosed(plan.Batch, clock.Today));
    }

    private static Guid? IdOf(string? text) => Guid.TryParse(text, out var id) ? id : null;
}

using Crm.Institute;
using Crm.Web;
using Htmx;
using Marten;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Leads;

/// <summary>Carries out acts: reads the form, lets the act decide on the locked lead, and answers with the page as it now is.</summary>
public sealed class LeadActRunner(IDocumentStore store, LeadWriter writer, IActPage page, InstituteClock clock)
{
    /// <summary>The header by which the pipeline learns where a lead stands after what was sent, whatever came of it.</summary>
    public const string StageHeader = "Lead-Stage";

    public async Task<IResult> RunAsync(LeadAct act, Guid id, HttpContext http, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var found = false;
        IReadOnlyList<LeadEvent> done = [];
        try
        {
            found = await writer.ChangeAsync(id, http.Stamp(clock), async work => done = await DecideAsync(act, work, form, cancel), cancel)
                is not null;
        }
        catch (Refusal refusal)
        {
            found = true;
            form.Refuse(refusal);
        }
        if (!found) return await page.ShowAsync(http, id, null, null, cancel);
        if (http.IsBoard()) return await TellBoardAsync(http, id, form, cancel);
        if (form.Ok && http.ReturnTo(form) is { } elsewhere)
            return http.Go(act.TellsAs is { } name ? QueryHelpers.AddQueryString(elsewhere, name, id.ToString()) : elsewhere);
        if (form.Ok && !http.Request.IsHtmx()) return Results.Redirect(http.AsItStood($"/leads/{id}"));
        return await page.ShowAsync(http, id, null, ActOutcome.Of(act.Path, form, done), cancel);
    }

    private Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadAct act, LeadWork work, Form form, CancellationToken cancel)
    {
        var sent = new LeadForm(work.Lead, work.Stamp, form, work.Session, clock);
        return SentForm.OnceAsync(work.Session, form, work.Stamp.At,
            async () => sent.Lead.IsErased
                ? throw new Refusal($"This person was erased as {sent.Lead.ErasedAs}. Nothing can be added to what is left.")
                : sent.SparingUnseen(await act.DecideAsync(sent, cancel)), cancel);
    }

    private async Task<IResult> TellBoardAsync(HttpContext http, Guid id, Form form, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        http.Response.Headers[StageHeader] = (await session.LoadAsync<Lead>(id, cancel))?.Stage.ToString();
        if (form.Ok) return Results.NoContent();
        var asks = form.Error(LeadRules.AskBack) is not null;
        return Results.Text(form.FirstError(),
            statusCode: asks ? StatusCodes.Status409Conflict : StatusCodes.Status422UnprocessableEntity);
    }
}

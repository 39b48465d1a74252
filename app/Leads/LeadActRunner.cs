using Crm.Institute;
using Crm.Web;
using Htmx;
using Marten;

namespace Crm.Leads;

/// <summary>Carries out acts: reads the form, lets the act decide on the locked lead, and answers with the page as it now is.</summary>
public sealed class LeadActRunner(LeadWriter writer, IActPage page, InstituteClock clock)
{
    public async Task<IResult> RunAsync(LeadAct act, Guid id, HttpContext http, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var found = false;
        try
        {
            found = await writer.ChangeAsync(id, http.Stamp(clock), work => DecideAsync(act, work, form, cancel), cancel) is not null;
        }
        catch (Refusal refusal)
        {
            found = true;
            form.Refuse(refusal);
        }
        if (!found) return await page.ShowAsync(http, id, null, null, cancel);
        if (http.IsBoard())
            return form.Ok ? Results.NoContent() : Results.Text(form.FirstError(), statusCode: StatusCodes.Status422UnprocessableEntity);
        if (form.Ok && http.ReturnTo(form) is { } elsewhere) return http.Go(elsewhere);
        if (form.Ok && !http.Request.IsHtmx()) return Results.Redirect($"/leads/{id}");
        return await page.ShowAsync(http, id, null, form.Ok ? null : new RefusedForm(act.Path, form), cancel);
    }

    private Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadAct act, LeadWork work, Form form, CancellationToken cancel) =>
        SentForm.OnceAsync(work.Session, form, work.Stamp.At,
            () => act.DecideAsync(new LeadForm(work.Lead, work.Stamp, form, work.Session, clock), cancel), cancel);
}

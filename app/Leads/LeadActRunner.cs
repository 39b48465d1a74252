using Crm.Institute;
using Crm.Web;
using Htmx;
using Marten;

namespace Crm.Leads;

/// <summary>A form of staff that was carried out. Its id comes with the form, so that sending it again does nothing more.</summary>
public sealed class SentForm
{
    public Guid Id { get; set; }
    public DateTimeOffset At { get; set; }
}

/// <summary>Carries out acts: reads the form, lets the act decide on the locked lead, and answers with the page as it now is.</summary>
public sealed class LeadActRunner(LeadWriter writer, IActPage page, InstituteClock clock)
{
    public async Task<IResult> RunAsync(LeadAct act, Guid id, HttpContext http, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var found = false;
        try
        {
            found = await writer.ChangeAsync(id, http.Stamp(clock), work => DecideOnceAsync(act, work, form, cancel), cancel) is not null;
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

    private async Task<IReadOnlyList<LeadEvent>> DecideOnceAsync(LeadAct act, LeadWork work, Form form, CancellationToken cancel)
    {
        var formId = Guid.TryParse(form["formId"], out var given) ? given : Guid.Empty;
        if (formId != Guid.Empty && await work.Session.LoadAsync<SentForm>(formId, cancel) is not null) return [];
        var events = await act.DecideAsync(new LeadForm(work.Lead, work.Stamp, form, work.Session, clock), cancel);
        if (!form.Ok) work.Session.EjectAllPendingChanges();
        if (!form.Ok) return [];
        if (formId != Guid.Empty) work.Session.Insert(new SentForm { Id = formId, At = work.Stamp.At });
        return events;
    }
}

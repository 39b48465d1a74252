using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Storage;
using Crm.Web;
using Htmx;
using Marten;

namespace Crm.Enquiries;

/// <summary>Takes the public form. Whatever goes wrong, the form comes back with all that was typed, with and without JavaScript.</summary>
public sealed class SendEnquiry(
    IDocumentStore store, Intake intake, CourseCatalogue courses, CurrentInstitute institute, InstituteClock clock,
    EnquiryCeilings ceilings, DatabaseTroubles troubles, ILogger<SendEnquiry> logger)
{
    /// <summary>People never see this field, and nothing that fills forms for them has anything to put into it; programs that fill
    /// every field do.</summary>
    public const string Trap = "subject";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/enquire", (HttpContext http, SendEnquiry send, CancellationToken cancel) => send.ReceiveAsync(http, cancel))
            .AllowAnonymous().WithoutCsrf().Limited(PublicForm.RateLimit)
            .WithMetadata(new AnswersTooMany((http, advice, cancel) =>
                http.RequestServices.GetRequiredService<SendEnquiry>().TooManyAsync(http, advice, cancel)));

    private async Task<IResult> ReceiveAsync(HttpContext http, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var touch = FirstTouch.Of(http, form);
        try
        {
            return await TakeAsync(http, form, touch, cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            // What it says of the disk, /health tells; and one line is enough of what passes.
            logger.LogError(troubles.In(e) is null ? e : null, "An enquiry could not be stored, or nobody knows whether it was: {Problem}",
                e.GetBaseException().Message.Split('\n')[0]);
            form.Refuse("", "We could not tell whether this was kept. What you typed is still here: sending it again is harmless.");
            // Who could not be told that it arrived may put right what did.
            form["corrects"] = "true";
            http.Response.Headers.RetryAfter = "60";
            return Again(http, new EnquiryView(form, courses.LastOpen) { CoursesAreUnknown = true }, 503);
        }
    }

    private async Task<IResult> TakeAsync(HttpContext http, Form form, FirstTouch touch, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        var asked = form.Id("course", $"the {institute.Profile.CourseWord.One} you are interested in");
        var course = asked is { } id ? await courses.FindAsync(id, session, cancel) : null;
        var formId = form.FormId();
        form["formId"] = formId.ToString();
        if (Read(form, formId, course, touch) is not { } enquiry)
            return Again(http, new EnquiryView(form, await courses.OpenAsync(session, cancel)), 422);
        if (ceilings.Ask(enquiry) is { } ceiling) return await FullAsync(http, form, ceiling, session, cancel);
        if (enquiry.Email is { } address && !ceilings.MayWriteTo(address)) enquiry = enquiry with { IsQuiet = true };
        var reference = await StoreAsync(session, enquiry, form, cancel);
        Receipts.Give(http, enquiry.FormId);
        return http.Go(touch.Carry($"/enquire/thanks/{reference}"));
    }

    /// <returns>What its sender may quote.</returns>
    private async Task<string> StoreAsync(IDocumentSession session, NewEnquiry enquiry, Form form, CancellationToken cancel)
    {
        try
        {
            return form[Trap].Length > 0
                ? await KeepAsideAsync(session, enquiry, form, cancel)
                : (await intake.ReceiveAsync(enquiry, cancel)).Reference;
        }
        catch (Exception e) when (e is not OperationCanceledException) // else who hangs up in time would never be counted
        {
            ceilings.GiveBack(enquiry);
            throw;
        }
    }

    private NewEnquiry? Read(Form form, Guid formId, Course? course, FirstTouch touch)
    {
        if (!PublicForm.IsOpen(institute.Profile)) form.Refuse("", "Enquiries are not open yet.");
        var name = form.Name("name", "your name");
        var phones = form.Phones("phone", institute.Profile.PhoneRegion);
        var email = form.Email("email");
        if (course is not { Open: true }) form.Refuse("course", "Choose one from the list.");
        var time = form["time"].Length == 0 ? PreferredTime.Anytime : form.Choice<PreferredTime>("time", "when we may call");
        var message = form.Lines("message", "a message", 1000);
        if (form["consent"] != "true") form.Refuse("consent", "We may only call or write to you if you tick this box.");
        var guardian = GuardianForm.Read(form, institute.Profile.PhoneRegion);
        if (!form.Ok) return null;
        var agreed = PublicForm.ConsentText(institute.Profile);
        return new NewEnquiry(formId, name!, [phones!.Number!, .. phones.Others], email, course!, time!.Value, Sources.Of(touch),
            guardian is null ? agreed : $"{agreed} {PublicForm.GuardianText}", message, Actor.Applicant, form["corrects"] == "true")
        { Guardian = guardian };
    }

    // Its sender is thanked like everybody: a program learns nothing from it, and a person has a reference that staff find.
    private async Task<string> KeepAsideAsync(IDocumentSession session, NewEnquiry enquiry, Form form, CancellationToken cancel)
    {
        const int most = 300;
        var before = await session.LoadAsync<SuspectedEnquiry>(SuspectedEnquiry.IdOf(enquiry.FormId, enquiry.Name), cancel);
        var reference = before?.Reference ?? LeadRules.ReferenceOf(Guid.CreateVersion7(clock.Now));
        var trapped = form[Trap].Length <= most ? form[Trap] : form[Trap][..most];
        session.Store(SuspectedEnquiry.Of(enquiry, trapped, reference, clock.Now));
        await session.SaveChangesAsync(cancel);
        logger.LogInformation("An enquiry was kept aside: its hidden field was filled");
        return reference;
    }

    private async Task<IResult> FullAsync(
        HttpContext http, Form form, Ceiling ceiling, IQuerySession session, CancellationToken cancel)
    {
        form.Refuse("", $"{ceiling.Says}. What you typed is still here. {TooMany.Advise(http, ceiling.Wait)}"
            + $" Or call us: {institute.Profile.Phone}.");
        return Again(http, new EnquiryView(form, await courses.OpenAsync(session, cancel)), StatusCodes.Status429TooManyRequests);
    }

    private async Task TooManyAsync(HttpContext http, string advice, CancellationToken cancel)
    {
        const string title = "Very many are sending just now from where you are";
        // With htmx the form has stayed where it is.
        if (http.Request.IsHtmx() || await ReadableAsync(http.Request, cancel) is not { } form)
        {
            await http.RefuseAsync(StatusCodes.Status429TooManyRequests, title, advice);
            return;
        }
        FirstTouch.Of(http, form);
        form.Refuse("", $"{title}. What you typed is still here. {advice}");
        await Again(http, new EnquiryView(form, courses.LastOpen) { CoursesAreUnknown = true }, 429).ExecuteAsync(http);
    }

    private static async Task<Form?> ReadableAsync(HttpRequest request, CancellationToken cancel)
    {
        try
        {
            return await Form.ReadAsync(request, cancel);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or IOException)
        {
            // Too large, or no form at all: there is nothing to give back.
            return null;
        }
    }

    private static Page Again(HttpContext http, EnquiryView view, int status)
    {
        if (!http.Request.IsHtmx()) return new Page(Enquire.Create(view), status);
        // Of a failure htmx is told that this answer is ours: that of a proxy would not belong where the form is.
        http.Response.Htmx(h => h.Reswap("outerHTML"));
        return new Page(EnquiryForm.Create(view), status);
    }
}

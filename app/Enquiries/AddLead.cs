using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Marten;

namespace Crm.Enquiries;

/// <param name="Taken">The lead that somebody was just added as, where it is another counsellor's.</param>
public sealed record NewLeadView(Form Form, IReadOnlyList<Course> Courses, Lead? Taken = null);

/// <summary>Somebody who walked in or called: the same door as the public form's, typed by a counsellor.</summary>
public static class AddLead
{
    public static void MapAddLead(this IEndpointRouteBuilder app)
    {
        app.MapGet("/leads/new", async Task<IResult> (IQuerySession session, CourseCatalogue catalogue, CancellationToken cancel) =>
            NewLead.Create(new NewLeadView(Form.Fresh(), await catalogue.OpenAsync(session, cancel))))
            .RequireAuthorization(Roles.CounsellingPolicy);
        app.MapPost("/leads", AddAsync).ShowsFormAgain();
    }

    private static async Task<IResult> AddAsync(
        HttpContext http, IQuerySession session, Intake intake, CourseCatalogue catalogue, CurrentInstitute institute, InstituteClock clock,
        Sight sight, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var courses = await catalogue.OpenAsync(session, cancel);
        var name = form.Name("name", "a name");
        var phones = form.Phones("phone", institute.Profile.PhoneRegion, ask: true);
        var email = form.Email("email");
        var course = form.Id("course", "one from the list") is { } id ? courses.FirstOrDefault(c => c.Id == id) : null;
        if (course is null) form.Refuse("course", "Choose one from the list.");
        var source = form.Choice<ManualSource>("source", "how they came");
        var note = form.Lines("message", "a note", 1000);
        if (form["consent"] != "true") form.Refuse("consent", "Ask for their consent before keeping their details.");
        var guardian = GuardianForm.Read(form, institute.Profile.PhoneRegion);
        if (!form.Ok) return new Page(NewLead.Create(new NewLeadView(form, courses)), 422);
        var by = http.Stamp(clock).By;
        var enquiry = await intake.ReceiveAsync(new NewEnquiry(form.FormId(), name!, [phones!.Number!, .. phones.Others], email, course!,
            PreferredTime.Anytime, new LeadSource(Format.Words(source!.Value)), "Given in person to " + by.Name, note, by)
        { Guardian = guardian }, cancel);
        return sight.OnlyOf(http.User) is { } own && await LeadOfAnotherAsync(session, enquiry, own, cancel) is { } taken
            ? NewLead.Create(new NewLeadView(Form.Fresh(), courses, taken))
            : Results.Redirect($"/leads/{enquiry.LeadId}");
    }

    // Who sees their own alone must not open it, and needs to know that it is in good hands.
    private static async Task<Lead?> LeadOfAnotherAsync(IQuerySession session, Enquiry enquiry, Guid own, CancellationToken cancel) =>
        await session.LoadAsync<Lead>(enquiry.LeadId, cancel) is { } lead && lead.CounsellorId != own ? lead : null;
}

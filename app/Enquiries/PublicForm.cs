using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Htmx;
using Marten;

namespace Crm.Enquiries;

public sealed record EnquiryView(Form Form, IReadOnlyList<Course> Courses);

/// <summary>The public pages: home, the form, and the thanks.</summary>
public static class PublicForm
{
    /// <summary>The policy that limits how often one address may send the form.</summary>
    public const string RateLimit = "enquiries";

    // People never see this field, whose name no program fills by habit; programs that fill every field do.
    private const string Trap = "second_name";

    public static string ConsentText(InstituteProfile institute) =>
        $"{institute.Name} may call, message and email me about this enquiry. I can ask to stop at any time.";

    public static void MapPublicForm(this IEndpointRouteBuilder app)
    {
        app.MapGet("/", async (HttpContext http, IQuerySession session, CurrentInstitute institute, CancellationToken cancel) =>
            Home.Create(new EnquiryView(NewForm(http, null, institute), await OpenCoursesAsync(session, cancel))))
            .AllowAnonymous().WithoutCsrf();
        app.MapGet("/enquire/{course?}", async (
            HttpContext http, string? course, IQuerySession session, CurrentInstitute institute, CancellationToken cancel) =>
        {
            var courses = await OpenCoursesAsync(session, cancel);
            var wanted = courses.FirstOrDefault(c => string.Equals(c.Code, course, StringComparison.OrdinalIgnoreCase));
            return Enquire.Create(new EnquiryView(NewForm(http, wanted, institute), courses));
        }).AllowAnonymous().WithoutCsrf();
        app.MapPost("/enquire", ReceiveAsync).AllowAnonymous().WithoutCsrf().RequireRateLimiting(RateLimit);
        app.MapGet("/enquire/thanks/{reference?}", (string? reference, CurrentInstitute institute) =>
            NoticePage.Create(ThanksFor(reference, institute.Profile))).AllowAnonymous().WithoutCsrf();
    }

    private static async Task<IResult> ReceiveAsync(
        HttpContext http, IQuerySession session, Intake intake, CourseCatalogue courses, CurrentInstitute institute, ILogger<Intake> logger,
        CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (form[Trap].Length > 0)
        {
            logger.LogInformation("An enquiry with the hidden field filled was thrown away");
            return http.Go("/enquire/thanks");
        }
        var asked = form.Id("course", $"the {institute.Profile.CourseWord.One} you are interested in");
        var course = asked is { } id ? await courses.FindAsync(id, session, cancel) : null;
        if (Read(form, course, institute.Profile) is not { } enquiry)
        {
            var view = new EnquiryView(form, await OpenCoursesAsync(session, cancel));
            return new Page(http.Request.IsHtmx() ? EnquiryForm.Create(view) : Enquire.Create(view),
                StatusCodes.Status422UnprocessableEntity);
        }
        var received = await intake.ReceiveAsync(enquiry, cancel);
        return http.Go($"/enquire/thanks/{received.Reference}");
    }

    private static NewEnquiry? Read(Form form, Course? course, InstituteProfile institute)
    {
        var name = form.Name("name", "your name");
        var phones = form.Phones("phone", institute.PhoneRegion);
        var email = form.Email("email");
        if (course is not { Open: true }) form.Refuse("course", "Choose one from the list.");
        var time = form["time"].Length == 0 ? PreferredTime.Anytime : form.Choice<PreferredTime>("time", "when we may call");
        var message = form.Lines("message", "a message", 1000);
        if (form["consent"] != "true") form.Refuse("consent", "We may only call or write to you if you tick this box.");
        if (!form.Ok) return null;
        return new NewEnquiry(form.FormId(), name!, [phones!.Number!, .. phones.Others], email, course!, time!.Value,
            Sources.Of(form), ConsentText(institute), message, Actor.Applicant);
    }

    private static Form NewForm(HttpContext http, Course? course, CurrentInstitute institute)
    {
        var form = Form.Fresh(("course", course?.Id.ToString() ?? ""));
        Sources.Remember(form, http, institute.Profile.Website);
        return form;
    }

    // Only what looks like a reference of ours is printed: anybody can write an address.
    private static Notice ThanksFor(string? reference, InstituteProfile institute)
    {
        var known = reference is { Length: 8 } && reference.StartsWith("L-", StringComparison.Ordinal)
            && reference[2..].All(char.IsAsciiLetterOrDigit);
        var quote = known ? $"; your reference is {reference}" : "";
        return new Notice("Thank you", $"We have your enquiry{quote}. A counsellor will call you. Questions? Call {institute.Phone}.",
            $"See all {institute.CourseWord.Many}", "/");
    }

    private static async Task<IReadOnlyList<Course>> OpenCoursesAsync(IQuerySession session, CancellationToken cancel) =>
        await session.Query<Course>().Where(c => c.Open).OrderBy(c => c.Name).ToListAsync(cancel);
}

using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Htmx;
using Marten;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace Crm.Enquiries;

public sealed record EnquiryPage(Form Form, IReadOnlyList<Course> Courses, InstituteOptions Institute);

public static class EnquiryEndpoints
{
    /// <summary>The policy that limits how often one address may send the form.</summary>
    public const string RateLimit = "enquiries";

    // People never see this field; programs that fill every field do.
    private const string Honeypot = "website";

    public static string ConsentText(InstituteOptions institute) =>
        $"{institute.Name} may call, message and email me about this enquiry. I can ask to stop at any time.";

    public static void MapEnquiries(this IEndpointRouteBuilder app)
    {
        app.MapGet("/", async (HttpContext http, IQuerySession session, IOptions<InstituteOptions> institute, CancellationToken cancel) =>
            Home.Create(new EnquiryPage(NewForm(http, null), await OpenCoursesAsync(session, cancel), institute.Value)))
            .AllowAnonymous().WithoutCsrf();

        app.MapGet("/enquire/{course?}", async (HttpContext http, string? course, IQuerySession session, IOptions<InstituteOptions> institute, CancellationToken cancel) =>
        {
            var courses = await OpenCoursesAsync(session, cancel);
            var wanted = courses.FirstOrDefault(c => string.Equals(c.Code, course, StringComparison.OrdinalIgnoreCase));
            return Enquire.Create(new EnquiryPage(NewForm(http, wanted), courses, institute.Value));
        }).AllowAnonymous().WithoutCsrf();

        app.MapPost("/enquire", async (HttpContext http, IQuerySession session, EnquiryIntake intake, IOptions<InstituteOptions> institute, ILogger<EnquiryIntake> logger, CancellationToken cancel) =>
        {
            var form = await Form.ReadAsync(http.Request, cancel);
            if (form[Honeypot].Length > 0)
            {
                logger.LogInformation("An enquiry with the hidden field filled was thrown away");
                return Thanks(http, null);
            }
            var course = form.Id("course", "the course you are interested in") is { } id ? await session.LoadAsync<Course>(id, cancel) : null;
            var enquiry = Read(form, course, institute.Value);
            if (enquiry is null)
            {
                var page = new EnquiryPage(form, await OpenCoursesAsync(session, cancel), institute.Value);
                return new Page(http.Request.IsHtmx() ? EnquiryForm.Create(page) : Enquire.Create(page), StatusCodes.Status422UnprocessableEntity);
            }
            var received = await intake.ReceiveAsync(enquiry, cancel);
            return Thanks(http, received.Reference);
        }).AllowAnonymous().WithoutCsrf().RequireRateLimiting(RateLimit);

        app.MapGet("/enquire/thanks/{reference?}", (string? reference, IOptions<InstituteOptions> institute) =>
            NoticePage.Create(new Notice("Thank you", reference is null
                ? "We have your enquiry. A counsellor will call you."
                : $"We have your enquiry; your reference is {reference}. A counsellor will call you, and if you gave an email address the brochure is on its way. Questions? Call {institute.Value.Phone}.",
                "See all courses", "/"))).AllowAnonymous().WithoutCsrf();

        // A link in an email is opened by people and by mail scanners: only the button on the page stops anything.
        app.MapGet("/unsubscribe/{token}", (string token) => Unsubscribe.Create(token)).AllowAnonymous().WithoutCsrf();

        app.MapPost("/unsubscribe/{token}", async (string token, UnsubscribeLinks links, LeadChanges changes, InstituteClock clock, CancellationToken cancel) =>
        {
            if (links.Read(token) is not { } leadId || await changes.ApplyAsync(leadId, lead =>
                    lead.EmailsStopped ? [] : [new EmailsStopped(clock.Now, "Applicant")], cancel) is null)
                return new Page(NoticePage.Create(new Notice("This link does not work", "Call or write to us and we will take you off the list.")), 404);
            return (IResult)NoticePage.Create(new Notice("You will get no more emails", "Only papers about a seat that you have taken would still be sent."));
        }).AllowAnonymous().WithoutCsrf().RequireRateLimiting(RateLimit);
    }

    /// <summary>Where an enquiry came from, out of the fields that the form carried along.</summary>
    public static LeadSource SourceOf(string? source, string? medium, string? campaign, string? referrer)
    {
        static string? Cut(string? text) => LeadRules.Blank(text) is { } t ? new string([.. t.Where(c => !char.IsControl(c) && !char.IsSurrogate(c)).Take(80)]) : null;
        var host = Uri.TryCreate(referrer, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri.Host : null;
        if (host?.StartsWith("www.", StringComparison.Ordinal) == true) host = host[4..];
        var name = Cut(source)?.ToLowerInvariant() ?? host ?? LeadSource.Direct.Name;
        return new LeadSource(name, Cut(medium), Cut(campaign), host is null ? null : Cut(uri!.GetLeftPart(UriPartial.Path)));
    }

    private static Form NewForm(HttpContext http, Course? course)
    {
        string Query(string name) => http.Request.Query[name].ToString();
        var referrer = http.Request.Headers.Referer.ToString();
        // Coming from our own page is no source; the form then carries what that page was reached with, if anything.
        if (Uri.TryCreate(referrer, UriKind.Absolute, out var from) && from.Authority == http.Request.Host.Value) referrer = "";
        return new Form
        {
            ["formId"] = Guid.CreateVersion7().ToString(),
            ["course"] = course?.Id.ToString() ?? "",
            ["utm_source"] = Query("utm_source"),
            ["utm_medium"] = Query("utm_medium"),
            ["utm_campaign"] = Query("utm_campaign"),
            ["referrer"] = referrer,
        };
    }

    private static NewEnquiry? Read(Form form, Course? course, InstituteOptions institute)
    {
        var name = form.Text("name", "your name", 100, required: true);
        var phone = form.Phone("phone", institute.PhoneRegion);
        var email = form.Email("email");
        if (course is not { Open: true }) form.Refuse("course", "Choose one of the courses in the list.");
        var time = form["time"].Length == 0 ? PreferredTime.Anytime : form.Choice<PreferredTime>("time", "when we may call");
        var message = form.Lines("message", "a message", 1000);
        if (form["consent"] != "true") form.Refuse("consent", "We may only call or write to you if you tick this box.");
        if (!form.Ok) return null;
        var formId = Guid.TryParse(form["formId"], out var typed) && typed != Guid.Empty ? typed : Guid.CreateVersion7();
        return new NewEnquiry(formId, name!, phone!, email, course!, time!.Value,
            SourceOf(form["utm_source"], form["utm_medium"], form["utm_campaign"], form["referrer"]), ConsentText(institute), message);
    }

    private static IResult Thanks(HttpContext http, string? reference)
    {
        var address = "/enquire/thanks" + (reference is null ? "" : "/" + reference);
        if (!http.Request.IsHtmx()) return Results.Redirect(address);
        http.Response.Htmx(h => h.Redirect(address));
        return Results.Ok();
    }

    private static async Task<IReadOnlyList<Course>> OpenCoursesAsync(IQuerySession session, CancellationToken cancel) =>
        await session.Query<Course>().Where(c => c.Open).OrderBy(c => c.Name).ToListAsync(cancel);
}

/// <summary>The links by which applicants stop our emails; signed, so that they cannot be made up for others.</summary>
public sealed class UnsubscribeLinks(IDataProtectionProvider protection, IOptions<InstituteOptions> institute)
{
    private readonly IDataProtector _protector = protection.CreateProtector("unsubscribe");

    public string For(Guid leadId) => $"{institute.Value.PublicUrl}/unsubscribe/{Microsoft.AspNetCore.WebUtilities.WebEncoders.Base64UrlEncode(_protector.Protect(leadId.ToByteArray()))}";

    public Guid? Read(string token)
    {
        try
        {
            return new Guid(_protector.Unprotect(Microsoft.AspNetCore.WebUtilities.WebEncoders.Base64UrlDecode(token)));
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or FormatException)
        {
            return null;
        }
    }
}

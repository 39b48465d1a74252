using Crm.Courses;
using Crm.Institute;
using Crm.Web;
using Marten;

namespace Crm.Enquiries;

/// <summary>The public pages: home, the form, and the thanks.</summary>
public static class PublicForm
{
    /// <summary>The policy that limits how often one address may send the form.</summary>
    public const string RateLimit = "enquiries";

    /// <summary>Whether anybody is there to agree to: before the institute has a name, the words would name nobody, for ever.</summary>
    public static bool IsOpen(InstituteProfile institute) => institute.Name.Length > 0;

    public static string ConsentText(InstituteProfile institute) =>
        $"{institute.Name} may call, message and email me about this enquiry. I can ask to stop at any time.";

    /// <summary>What somebody under 18 says with it.</summary>
    public const string GuardianText = "My parent or guardian agrees to this for me.";

    public static void MapPublicForm(this IEndpointRouteBuilder app)
    {
        app.MapGet("/", async Task<IResult> (HttpContext http, IQuerySession session, CourseCatalogue courses, CancellationToken cancel) =>
            Home.Create(new EnquiryView(KeptForm(http, null), await courses.OpenAsync(session, cancel))))
            .AllowAnonymous().WithoutCsrf();
        app.MapGet("/enquire/{course?}", async Task<IResult> (
            HttpContext http, string? course, IQuerySession session, CourseCatalogue courses, CancellationToken cancel) =>
        {
            var open = await courses.OpenAsync(session, cancel);
            var wanted = open.FirstOrDefault(c => string.Equals(c.Code, course, StringComparison.OrdinalIgnoreCase));
            return Enquire.Create(new EnquiryView(KeptForm(http, wanted), open));
        }).AllowAnonymous().WithoutCsrf();
        app.MapGet("/enquire/thanks/{reference?}", ThankAsync).AllowAnonymous().WithoutCsrf();
        app.MapGet("/enquire/thanks/{reference}/correction", CorrectAsync).AllowAnonymous().WithoutCsrf();
        SendEnquiry.Map(app);
    }

    // An empty form says nothing of anybody. Kept by the browser, it is the same form for who comes back to put a slip right: fetched anew,
    // it would be another, and bring another enquiry. It is sent to an address with "?sent", since a browser lets go of what it has kept
    // from an address that it sends something to.
    private static Form KeptForm(HttpContext http, Course? course)
    {
        if (http.User.Identity is not { IsAuthenticated: true }) http.Response.Headers.CacheControl = "private, no-cache";
        return NewForm(http, course);
    }

    private static Form NewForm(HttpContext http, Course? course)
    {
        var form = Form.Fresh(("course", course?.Id.ToString() ?? ""));
        FirstTouch.Of(http).PutInto(form);
        return form;
    }

    private static async Task<IResult> ThankAsync(
        HttpContext http, string? reference, IQuerySession session, Receipts receipts, CancellationToken cancel)
    {
        // Only what looks like a reference of ours is printed: anybody can write an address.
        var known = reference is { Length: 8 } && reference.StartsWith("L-", StringComparison.Ordinal)
            && reference[2..].All(char.IsAsciiLetterOrDigit) ? reference : null;
        var sent = known is null ? null : await receipts.FindAsync(http, known, session, cancel);
        return Thanks.Create(new ThanksView(known, sent?.Text));
    }

    // The form as it was sent, which puts it right when it is sent again; for anybody else, an empty one.
    private static async Task<IResult> CorrectAsync(
        HttpContext http, string reference, IQuerySession session, Receipts receipts, CourseCatalogue courses, CancellationToken cancel)
    {
        var form = NewForm(http, null);
        if (await receipts.FindAsync(http, reference, session, cancel) is var (formId, text))
        {
            form["formId"] = formId.ToString();
            form["corrects"] = "true";
            form["name"] = text.Who.Name.Text;
            form["phone"] = string.Join(", ", text.Who.Phones.Select(p => p.Grouped));
            form["email"] = text.Who.Email?.Text ?? "";
            form["course"] = text.Course.Id.ToString();
            form["time"] = text.PreferredTime.ToString();
            form["message"] = text.Message ?? "";
            form["consent"] = "true";
            if (text.Guardian is { } guardian)
            {
                (form["minor"], form["guardianAgrees"]) = ("true", "true");
                (form["guardianName"], form["guardianPhone"]) = (guardian.Name.Text, guardian.Phone?.Grouped ?? "");
            }
        }
        return Enquire.Create(new EnquiryView(form, await courses.OpenAsync(session, cancel)));
    }
}

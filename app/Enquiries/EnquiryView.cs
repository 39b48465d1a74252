using Crm.Courses;
using Crm.Institute;
using Crm.Web;

namespace Crm.Enquiries;

/// <summary>The public form, alone or on the home page.</summary>
/// <param name="Courses">Those that take enquiries.</param>
public sealed record EnquiryView(Form Form, IReadOnlyList<Course> Courses)
{
    /// <summary>Whether the courses could not be read: the form then keeps the one that was chosen.</summary>
    public bool CoursesAreUnknown { get; init; }

    public IReadOnlyList<(string Value, string Text)> Choices => CoursesAreUnknown && Courses.Count == 0
        ? [(Form["course"], "As chosen before")]
        : [.. Courses.Select(c => (c.Id.ToString(), $"{c.Name} ({c.Code})"))];

    /// <summary>How the home page is headed, however little is known of an institute that was just set up.</summary>
    public static string Greeting(InstituteProfile institute) =>
        institute.Tagline.Length > 0 ? institute.Tagline : institute.Name.Length > 0 ? institute.Name : "Welcome";

    /// <summary>What the form carries along unseen.</summary>
    public static IEnumerable<string> HiddenFields => [.. FirstTouch.Fields, "formId", "corrects"];
}

/// <param name="Reference">What the enquirer may quote, or null where none of ours was asked for.</param>
/// <param name="Text">What was sent: for the one who sent it, and for a while.</param>
public sealed record ThanksView(string? Reference, EnquiryText? Text)
{
    public string Numbers => string.Join(" or ", Text!.Who.Phones.Select(p => p.Grouped));
}

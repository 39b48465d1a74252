using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Counselling;

public sealed record CorrectCourseView(ActView Act, IReadOnlyList<Course> Courses);

/// <summary>Says which course the lead is about.</summary>
public sealed partial class CorrectCourse(CurrentInstitute institute) : LeadAct
{
    public override string Path => "course";
    public override int Order => 70;

    public override bool IsOfferedTo(Lead lead, Person person) => lead.IsOpen;

    public override async Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel)
    {
        var id = panel.Lead.CourseId;
        var courses = await panel.Session.Query<Course>().Where(c => c.Open || c.Id == id).OrderBy(c => c.Name).ToListAsync(cancel);
        var form = panel.FormOf(("course", id.ToString()), ("seen", id.ToString()));
        return Create(new CorrectCourseView(panel.View(form, $"Correct the {institute.Profile.CourseWord.One}"), courses));
    }

    public override async Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        if (sent.Form.Id("course", "one from the list") is not { } id) return [];
        if (await sent.Session.LoadAsync<Course>(id, cancel) is not { } course) throw new Refusal("course", "Choose one from the list.");
        // A page drawn before a colleague corrected the course must not turn it back.
        if (sent.Form["seen"] is { Length: > 0 } seen && seen != sent.Lead.CourseId.ToString() && id != sent.Lead.CourseId)
        {
            sent.Form["seen"] = sent.Lead.CourseId.ToString();
            throw new Refusal("course",
                $"A colleague changed this meanwhile: it is now “{sent.Lead.CourseName}”. Save again to change it.");
        }
        return LeadRules.CorrectCourse(sent.Lead, new CourseRef(course.Id, course.Code, course.Name));
    }
}

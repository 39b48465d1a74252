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
    public override IReadOnlyList<string> Facts => ["course"];

    public override bool IsOfferedTo(Lead lead, Person person) => lead.IsOpen;

    public override async Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel)
    {
        var id = panel.Lead.CourseId;
        var courses = await panel.Session.Query<Course>().Where(c => c.Open || c.Id == id).ToListAsync(cancel);
        var form = panel.FormShowing(Shown(panel.Lead));
        var act = panel.View(form, $"Correct the {institute.Profile.CourseWord.One}");
        return Create(new CorrectCourseView(act, courses.InReadingOrder(c => c.Name)));
    }

    public override async Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        sent.Form.Reconcile(Shown(sent.Lead));
        if (sent.Form.Id("course", "one from the list") is not { } id || !sent.Form.Ok) return [];
        if (await sent.Session.LoadAsync<Course>(id, cancel) is not { } course) throw new Refusal("course", "Choose one from the list.");
        return LeadRules.CorrectCourse(sent.Lead, new CourseRef(course.Id, course.Code, course.Name));
    }

    private static Drawn Shown(Lead lead) => ("course", lead.CourseId.ToString(), lead.CourseName);
}

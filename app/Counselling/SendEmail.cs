using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using RazorSlices;

namespace Crm.Counselling;

public sealed record SendEmailView(ActView Act, string Name);

/// <summary>Writes an email to the applicant.</summary>
public sealed partial class SendEmail : LeadAct
{
    public override string Path => "emails";
    public override ActPlace Place => ActPlace.Composer;
    public override int Order => 40;

    public override bool IsOfferedTo(Lead lead, Person person) => person.Email is not null;

    public override Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel) =>
        Task.FromResult<RazorSlice>(Create(new SendEmailView(panel.View(panel.FormOf(), "Email"), panel.Person.Name.Text)));

    public override async Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        var subject = sent.Form.Text("subject", "a subject", 150, required: true);
        var body = sent.Form.Lines("body", "the message", 5000, required: true);
        if (!sent.Form.Ok) return [];
        var person = await sent.Session.LoadAsync<Person>(sent.Lead.PersonId, cancel)
            ?? throw new InvalidOperationException($"The lead {sent.Lead.Id} has no person.");
        if (person.EmailsAreStopped) throw new Refusal($"{person.Name.Text} asked for no more emails.");
        if (person.Email is null) throw new Refusal("There is no email address yet that may be written to: add or accept one.");
        return [new EmailWritten(Guid.CreateVersion7(sent.Stamp.At), subject!, body!, sent.Form["brochure"] == "true")];
    }
}

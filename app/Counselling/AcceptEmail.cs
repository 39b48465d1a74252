using Crm.Institute;
using Crm.People;
using Crm.Web;
using RazorSlices;

namespace Crm.Counselling;

public sealed record AcceptEmailView(ActView Act, IReadOnlyList<EmailAddress> Unconfirmed);

/// <summary>Accepts an address that the public form gave for somebody who is known: until then nothing is sent to it.</summary>
public sealed partial class AcceptEmail : PersonAct
{
    public override string Path => "emails/acceptance";
    public override ActPlace Place => ActPlace.Facts;
    public override int Order => 10;

    public override bool IsOfferedTo(Person person) => person.Emails.Any(e => e.Standing == Standing.Unconfirmed);

    public override Task<RazorSlice> PanelAsync(PersonPanel panel, CancellationToken cancel)
    {
        var given = panel.Person.Emails.Where(e => e.Standing == Standing.Unconfirmed).Select(e => e.Address).ToList();
        var act = panel.View(panel.FormOf(), "Given, not confirmed") with { Kind = "note-card" };
        return Task.FromResult<RazorSlice>(Create(new AcceptEmailView(act, given)));
    }

    public override Task<IReadOnlyList<PersonEvent>> DecideAsync(PersonForm sent, CancellationToken cancel)
    {
        var address = sent.Form.Email("email", required: true);
        return sent.Decide(() => PersonRules.AcceptEmail(sent.Person, address!));
    }
}

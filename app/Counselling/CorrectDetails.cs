using Crm.Institute;
using Crm.People;
using Crm.Web;
using RazorSlices;

namespace Crm.Counselling;

/// <summary>Corrects who somebody is: names, the number and address to use, language, guardian.</summary>
public sealed partial class CorrectDetails(CurrentInstitute institute) : PersonAct
{
    public override string Path => "details";
    public override int Order => 50;
    public override IReadOnlyList<string> Facts => ["name", "certificateName", "phone", "email", "language", "guardian"];

    public override Task<RazorSlice> PanelAsync(PersonPanel panel, CancellationToken cancel)
    {
        var form = panel.FormShowing(Shown(panel.Person));
        return Task.FromResult<RazorSlice>(Create(panel.View(form, "Correct details")));
    }

    public override Task<IReadOnlyList<PersonEvent>> DecideAsync(PersonForm sent, CancellationToken cancel)
    {
        var (form, region) = (sent.Form, institute.Profile.PhoneRegion);
        form.LeaveUnshown(Shown(sent.Person));
        form.Reconcile(Shown(sent.Person));
        var name = form.Name("name", "a name");
        var certificateName = form.IsEmpty("certificateName") ? null : form.Name("certificateName", "a name");
        var phones = form.Phones("phone", region, ask: true);
        var email = form.Email("email");
        var language = form.Text("language", "a language", 40) ?? "";
        var guardian = GuardianOf(sent, region);
        return sent.Decide(() =>
        [
            .. PersonRules.Correct(sent.Person, new PersonDetails(name!, certificateName, phones!.Number, email, language, guardian)),
            .. PersonRules.AlsoHas(sent.Person, phones.Others),
        ]);
    }

    private static IEnumerable<Drawn> Shown(Person person) =>
    [
        ("name", person.Name.Text), ("certificateName", person.CertificateName?.Text ?? ""), ("phone", person.Phone?.Grouped ?? ""),
        ("email", person.Email?.Text ?? ""), ("language", person.Language),
        new("guardianName", person.Guardian?.Name.Text ?? "", Fact: "guardian"),
        new("guardianPhone", person.Guardian?.Phone?.Grouped ?? "", Fact: "guardian"),
    ];

    private static Guardian? GuardianOf(PersonForm sent, string region)
    {
        var form = sent.Form;
        if (form.IsEmpty("guardianName") && form.IsEmpty("guardianPhone")) return null;
        var phone = form.Phone("guardianPhone", region, required: false, ask: true);
        return form.Name("guardianName", "the guardian's name") is { } name ? new Guardian(name, phone) : null;
    }
}

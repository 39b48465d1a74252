using Crm.Institute;
using Crm.People;
using RazorSlices;

namespace Crm.Counselling;

/// <summary>Corrects who somebody is: names, the number and address to use, language, guardian.</summary>
public sealed partial class CorrectDetails(CurrentInstitute institute) : PersonAct
{
    public override string Path => "details";
    public override int Order => 50;

    public override Task<RazorSlice> PanelAsync(PersonPanel panel, CancellationToken cancel)
    {
        var person = panel.Person;
        var form = panel.FormOf(("name", person.Name.Text), ("certificateName", person.CertificateName?.Text ?? ""),
            ("phone", person.Phone?.Grouped ?? ""),
            ("email", person.Email?.Text ?? ""), ("language", person.Language), ("guardianName", person.Guardian?.Name.Text ?? ""),
            ("guardianPhone", person.Guardian?.Phone?.Grouped ?? ""));
        return Task.FromResult<RazorSlice>(Create(panel.View(form, "Correct details")));
    }

    public override Task<IReadOnlyList<PersonEvent>> DecideAsync(PersonForm sent, CancellationToken cancel)
    {
        var (form, region) = (sent.Form, institute.Profile.PhoneRegion);
        var name = form.Name("name", "a name");
        var certificateName = form["certificateName"].Trim().Length == 0 ? null : form.Name("certificateName", "a name");
        var phone = form.Phone("phone", region);
        var email = form.Email("email");
        var language = form.Text("language", "a language", 40) ?? "";
        var guardian = GuardianOf(sent, region);
        return sent.Decide(() => PersonRules.Correct(sent.Seen, sent.Person,
            new PersonDetails(name!, certificateName, phone!, email, language, guardian)));
    }

    private static Guardian? GuardianOf(PersonForm sent, string region)
    {
        var form = sent.Form;
        if (form["guardianName"].Trim().Length + form["guardianPhone"].Trim().Length == 0) return null;
        var phone = form["guardianPhone"].Trim().Length == 0 ? null : form.Phone("guardianPhone", region);
        return form.Name("guardianName", "the guardian's name") is { } name ? new Guardian(name, phone) : null;
    }
}

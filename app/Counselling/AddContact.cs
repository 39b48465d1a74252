using Crm.Institute;
using Crm.People;
using RazorSlices;

namespace Crm.Counselling;

/// <summary>Takes down another number or address of the person.</summary>
public sealed partial class AddContact(CurrentInstitute institute) : PersonAct
{
    public override string Path => "contact-points";
    public override int Order => 60;

    public override Task<RazorSlice> PanelAsync(PersonPanel panel, CancellationToken cancel) =>
        Task.FromResult<RazorSlice>(Create(panel.View(panel.FormOf(), "Add a number or an address")));

    public override Task<IReadOnlyList<PersonEvent>> DecideAsync(PersonForm sent, CancellationToken cancel)
    {
        var form = sent.Form;
        var phones = form.Phones("phone", institute.Profile.PhoneRegion, required: false, ask: true);
        var email = form.Email("email");
        if (form.Ok && phones is null && email is null) form.Refuse("phone", "Enter a number or an address.");
        return sent.Decide(() =>
        [
            .. phones is null ? [] : PersonRules.AddPhones(sent.Person, [phones.Number!, .. phones.Others]),
            .. email is null ? [] : PersonRules.AddEmail(sent.Person, email),
        ]);
    }
}

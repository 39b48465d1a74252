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
        var phone = form["phone"].Trim().Length == 0 ? null : form.Phone("phone", institute.Profile.PhoneRegion);
        var email = form.Email("email");
        if (form.Ok && phone is null && email is null) form.Refuse("phone", "Enter a number or an address.");
        return sent.Decide(() =>
        [
            .. phone is null ? [] : PersonRules.AddPhone(sent.Person, phone),
            .. email is null ? [] : PersonRules.AddEmail(sent.Person, email),
        ]);
    }
}

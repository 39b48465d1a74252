using Crm.Institute;
using Crm.People;
using Crm.Web;

namespace Crm.Enquiries;

/// <summary>What a form asks of somebody under 18: one tick more, behind which a guardian's name and phone are asked for. Who is of age
/// passes it by.</summary>
public static class GuardianForm
{
    /// <returns>Null for who is of age, and where it was refused.</returns>
    public static Guardian? Read(Form form, string region)
    {
        if (form["minor"] != "true") return null;
        var name = form.Name("guardianName", "your parent's or guardian's name");
        var phone = form.Phone("guardianPhone", region);
        var agrees = form["guardianAgrees"] == "true";
        if (!agrees) form.Refuse("guardianAgrees", "Below 18 we may only keep this if a parent or guardian agrees.");
        return name is null || phone is null || !agrees ? null : new Guardian(name, phone);
    }
}

/// <param name="TypedByStaff">Whether the fields speak of somebody else.</param>
public sealed record GuardianView(Form Form, bool TypedByStaff)
{
    public string Minor => TypedByStaff ? "They are under 18" : "I am under 18";
    public string Name => TypedByStaff ? "The guardian's name" : "Your parent's or guardian's name";
    public string Phone => TypedByStaff ? "The guardian's phone" : "Their phone";
    public string Agrees => TypedByStaff ? "The parent or guardian agrees to this" : PublicForm.GuardianText;
}

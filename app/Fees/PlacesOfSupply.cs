using Crm.Institute;
using Crm.Web;

namespace Crm.Fees;

/// <summary>The state in which a seat is supplied, by which it is decided whether one tax or two are due.</summary>
public static class PlacesOfSupply
{
    /// <summary>The first choice, which is the institute's own state.</summary>
    public static string Own(InstituteProfile institute) => $"Here: {IndianStates.NameOf(institute.StateCode)}";

    /// <returns>The two digits of a state; empty for the institute's own, or where the form was refused.</returns>
    public static string Read(Form form, string field, InstituteProfile institute)
    {
        var code = form[field].Trim();
        if (code.Length == 0 || code == institute.StateCode) return "";
        if (IndianStates.Has(code)) return code;
        form.Refuse(field, "Choose a state from the list.");
        return "";
    }
}

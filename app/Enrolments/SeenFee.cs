using Crm.Institute;
using Crm.Leads;
using Crm.Web;

namespace Crm.Enrolments;

/// <summary>
/// The fee that a form about a seat rests on, and the tax that comes on top of it: a manager may change either while the page is open, and
/// nobody would have seen what is agreed.
/// </summary>
internal static class SeenFee
{
    private const string Fee = "fee", Tax = "tax";

    /// <summary>Notes the fee that the page shows, where it is known.</summary>
    public static Form ShowingFee(this Form form, Money? fee, CurrentInstitute institute)
    {
        if (fee is { } shown && form.Remembered(Fee) is null) form.Show(shown, institute);
        return form;
    }

    /// <summary>Refuses a form whose page showed another fee, and says which it is now. Sent again, it is taken.</summary>
    /// <param name="isPromised">Whether an offer holds the whole price, so that no other tax comes on top.</param>
    public static void RefuseUnseen(this LeadForm sent, Money fee, CurrentInstitute institute, bool isPromised = false)
    {
        var (form, note) = (sent.Form, institute.Profile.FeeNote);
        var (seen, seenNote) = (form.Remembered(Fee), form.Remembered(Tax) ?? note);
        form.Show(fee, institute);
        if (seen is null || (seen == institute.Show(fee) && (isPromised || seenNote == note))) return;
        form.Refuse("discount", $"The fee is {institute.Show(fee)}{note} now, not {seen}{seenNote}: send it again if that is right.");
    }

    private static void Show(this Form form, Money fee, CurrentInstitute institute)
    {
        form.Remember(Fee, institute.Show(fee));
        form.Remember(Tax, institute.Profile.FeeNote);
    }
}

using Crm.Institute;
using Crm.Leads;
using Crm.Web;

namespace Crm.Enrolments;

/// <summary>
/// The fee that a form about a seat rests on: a manager may change it while the page is open, and nobody would have seen what is agreed.
/// </summary>
internal static class SeenFee
{
    private const string Field = "fee";

    /// <summary>Notes the fee that the page shows, where it is known.</summary>
    public static Form ShowingFee(this Form form, Money? fee, CurrentInstitute institute)
    {
        if (fee is { } shown && form.Remembered(Field) is null) form.Remember(Field, institute.Show(shown));
        return form;
    }

    /// <summary>Refuses a form whose page showed another fee, and says which it is now. Sent again, it is taken.</summary>
    public static void RefuseUnseen(this LeadForm sent, Money fee, CurrentInstitute institute)
    {
        var (now, seen) = (institute.Show(fee), sent.Form.Remembered(Field));
        sent.Form.Remember(Field, now);
        if (seen is not null && seen != now)
            sent.Form.Refuse("discount", $"The fee is {now} now, not {seen}: send it again if that is right.");
    }
}

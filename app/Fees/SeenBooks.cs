using Crm.Institute;
using Crm.Seats;
using Crm.Web;

namespace Crm.Fees;

/// <summary>
/// What a form about money rests on: two people with the same page before them would both record the one payment that a student has made.
/// </summary>
internal static class SeenBooks
{
    private const string Field = "books";

    /// <summary>Notes what the page shows of a seat's money.</summary>
    public static Form Showing(this Form form, Enrolment seat)
    {
        if (form.Remembered(Field) is null) form.Remember(Field, Of(seat));
        return form;
    }

    /// <summary>Refuses a form whose page showed other sums, and says which they are now. Sent again, it is taken.</summary>
    public static void RefuseUnseen(this SeatForm sent, CurrentInstitute institute)
    {
        var (seat, seen) = (sent.Seat, sent.Form.Remembered(Field));
        sent.Form.Remember(Field, Of(seat));
        if (seen is null || seen == Of(seat)) return;
        var back = seat.Refunded > Money.Zero ? $", {institute.Show(seat.Refunded)} was given back" : "";
        var rest = seat.HasCredit ? $"{institute.Show(seat.Credit)} is due back" : $"{institute.Show(seat.Balance)} is owed";
        // It may have been oneself, in another tab.
        sent.Form.Refuse("amount", $"This was changed meanwhile: {institute.Show(seat.Received)} was received{back} and {rest} now. "
            + "Send it again if this comes on top.");
    }

    private static string Of(Enrolment seat) => $"{seat.Received.Paise} {seat.Refunded.Paise} {seat.Balance.Paise}";
}

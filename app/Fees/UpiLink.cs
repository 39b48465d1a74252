using System.Globalization;
using Crm.Institute;
using Crm.Seats;

namespace Crm.Fees;

/// <summary>A request to pay by UPI: opened on a phone, or read from a QR, it fills in payee, amount and note.</summary>
/// <param name="Payee">The address that is paid to (VPA), such as <c>periyar@bank</c>.</param>
/// <param name="Note">What comes with the payment: the seat's <see cref="PaymentReference"/> first, by which it is found again.</param>
public sealed record UpiLink(string Payee, string PayeeName, Money Amount, string Note)
{
    // What every payer's app takes; longer ones cut it or refuse.
    private const int LongestNote = 50;
    private const int LongestName = 50;

    /// <summary>What somebody is asked to pay next: what is due by a day, else the next instalment that is open.</summary>
    /// <returns>Null where nothing is owed, no payee is set, or the institute charges in another currency than UPI's.</returns>
    public static UpiLink? For(Enrolment seat, DateOnly today, InstituteProfile institute)
    {
        var due = seat.DueNext(today);
        return due <= Money.Zero || institute.UpiPayee.Length == 0 || !institute.ChargesInIndianRupees
            ? null
            : new UpiLink(institute.UpiPayee, institute.UpiName.Length > 0 ? institute.UpiName : institute.Name, due,
                Cut($"{PaymentReference.Of(seat)} {seat.RollNumber}", LongestNote));
    }

    /// <summary>As phones open it and QRs carry it: <c>upi://pay?pa=…&amp;pn=…&amp;am=…&amp;cu=INR&amp;tn=…</c>.</summary>
    public string Address =>
        // The at sign stays as it is: apps of banks look for it before they decode.
        $"upi://pay?pa={Encoded(Payee).Replace("%40", "@", StringComparison.Ordinal)}&pn={Encoded(Cut(PayeeName, LongestName))}"
        + $"&am={Amount.Rupees.ToString("0.00", CultureInfo.InvariantCulture)}&cu=INR&tn={Encoded(Note)}";

    private static string Encoded(string text) => Uri.EscapeDataString(text);

    private static string Cut(string text, int most) =>
        text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)].TrimEnd();
}

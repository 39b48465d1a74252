using Crm.Institute;
using Crm.Messaging;
using Crm.Seats;
using Crm.Web;

namespace Crm.Fees;

/// <summary>Reads what forms say of money that came or went.</summary>
public static class ToldPayments
{
    private const int LongestReference = 60;

    /// <returns>What is unusual about a day on which money came or went, in a sentence; null where nothing is.</returns>
    public static string? WhyUnusual(DateOnly on, DateOnly today, CurrentInstitute institute) => on < institute.FinancialYearOf(today)
        ? "This is in a financial year that is over, and changes its figures."
        : null;

    /// <returns>Null where the form was refused.</returns>
    public static ToldPayment? Read(Form form, MoneyStyle money)
    {
        var amount = form.Amount("amount", "the amount", money);
        var way = form.Choice<PaymentWay>("way", "how it was paid");
        var reference = form.Text("reference", "the reference", LongestReference) ?? "";
        var on = form.Date("on", "the day");
        // It stands on the receipt.
        form.MustBeDrawable("reference");
        return form.Ok ? new ToldPayment(amount!.Value, way!.Value, reference, on!.Value, form["byEmail"] == "true") : null;
    }
}

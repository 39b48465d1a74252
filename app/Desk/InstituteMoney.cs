using System.Globalization;
using System.Text.RegularExpressions;
using Crm.Fees;
using Crm.Institute;
using Crm.Web;

namespace Crm.Desk;

/// <summary>What managers say of receipts, tax, payments by UPI and discounts.</summary>
public static partial class InstituteMoney
{
    private const decimal MostTax = 40;

    public static void Read(Form form, InstituteProfile profile, MoneyStyle money)
    {
        ReadReceipts(form, profile);
        ReadUpi(form, profile);
        profile.CounsellorDiscountPercent = Percent(form, "discountPercent", "the share", 100);
        profile.CounsellorDiscountAmount = form.IsEmpty("discountAmount") ? null : form.Amount("discountAmount", "the amount", money);
    }

    private static void ReadReceipts(Form form, InstituteProfile profile)
    {
        profile.ReceiptPrefix = form.Text("receiptPrefix", "how numbers begin", 10, required: true)?.ToUpperInvariant() ?? "";
        if (profile.ReceiptPrefix.Length > 0 && ReceiptNumbers.WhyNot(profile.ReceiptPrefix) is { } why) form.Refuse("receiptPrefix", why);
        var gstin = form.IsEmpty("gstin") ? new GstinReading("", null) : Gstin.Read(form["gstin"]);
        if (gstin.Problem is { } problem) form.Refuse("gstin", problem);
        profile.Gstin = gstin.Number ?? "";
        profile.Sac = form.Text("sac", "the code", 8, required: profile.IsTaxRegistered) ?? "";
        if (profile.Sac.Length > 0 && !Code().IsMatch(profile.Sac))
            form.Refuse("sac", "Enter 4 to 8 digits, such as 999293 for commercial training.");
        profile.TaxRate = Percent(form, "taxRate", "the rate", MostTax) ?? 0;
        profile.FeeTax = form.Choice<FeeTax>("feeTax", "whether fees hold their tax") ?? default;
    }

    private static void ReadUpi(Form form, InstituteProfile profile)
    {
        profile.UpiPayee = form.Text("upiPayee", "the address", 100) ?? "";
        if (profile.UpiPayee.Length > 0 && !Payee().IsMatch(profile.UpiPayee))
            form.Refuse("upiPayee", "Enter it as the bank writes it, such as institute@okbank: it is no email address.");
        profile.UpiName = form.Text("upiName", "the name", 50) ?? "";
    }

    /// <returns>Null where nothing was typed, or what was typed was refused.</returns>
    private static decimal? Percent(Form form, string field, string label, decimal most)
    {
        if (form.IsEmpty(field)) return null;
        var text = Characters.Plain(form[field]).TrimEnd('%', ' ');
        if (Share().IsMatch(text) && decimal.Parse(text, CultureInfo.InvariantCulture) is var share && share <= most) return share;
        form.Refuse(field, $"Enter {label} in hundredths, from 0 to {most}, such as 18 or 2.5.");
        return null;
    }

    public static IEnumerable<Drawn> Shown(InstituteProfile p) =>
    [
        ("receiptPrefix", p.ReceiptPrefix), ("gstin", p.Gstin), ("sac", p.Sac), ("taxRate", Typed(p.TaxRate)),
        ("feeTax", p.FeeTax.ToString(), FeeTaxes.Single(t => t.Value == p.FeeTax.ToString()).Text),
        ("upiPayee", p.UpiPayee), ("upiName", p.UpiName), ("discountPercent", Typed(p.CounsellorDiscountPercent)),
        ("discountAmount", Typed(p.CounsellorDiscountAmount?.Rupees)),
    ];

    /// <summary>Where the tax of fees is, to choose from.</summary>
    public static IReadOnlyList<(string Value, string Text)> FeeTaxes =>
        [(nameof(FeeTax.Within), "with the tax in them"), (nameof(FeeTax.OnTop), "without tax, which is added")];

    private static string Typed(decimal? number) => number?.ToString("0.###", CultureInfo.InvariantCulture) ?? "";

    [GeneratedRegex(@"^[0-9]{1,3}(\.[0-9]{1,3})?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Share();

    [GeneratedRegex("^[0-9]{4,8}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();

    [GeneratedRegex("^[A-Za-z0-9._-]{2,64}@[A-Za-z][A-Za-z0-9]{1,63}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Payee();
}

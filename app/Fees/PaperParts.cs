using Crm.Institute;
using Crm.Pdf;

namespace Crm.Fees;

/// <summary>What receipts and credit notes have in common.</summary>
internal static class PaperParts
{
    private const int LabelWidth = 120;
    private const string Red = "#B91C1C";
    private const string PaleRed = "#FEF2F2";

    public static void Title(ColumnDescriptor column, string title, string number, DateOnly issuedOn) => column.Item().Row(row =>
    {
        row.RelativeItem().Text(title).FontSize(22).Bold().FontColor(Stationery.Ink);
        row.AutoItem().Column(c =>
        {
            c.Item().AlignRight().Text(number).FontSize(12).SemiBold();
            c.Item().AlignRight().Text(Format.Date(issuedOn)).FontColor(Stationery.Quiet);
        });
    });

    /// <param name="taxes">One at least; all of one registration.</param>
    public static void Parties(IContainer place, IReadOnlyList<ReceiptTax> taxes, PersonName? name, string address, ReceiptIssuer issuer) =>
        place.Row(row =>
        {
            row.Spacing(24);
            row.RelativeItem().Column(c =>
            {
                c.Item().Text("From").FontSize(8.5f).FontColor(Stationery.Accent);
                c.Item().Text(issuer.Name).SemiBold();
                c.Item().Text(issuer.Address);
                foreach (var gstin in taxes.Select(t => t.Gstin).Distinct()) c.Item().Text($"GSTIN {gstin}").SemiBold();
            });
            row.RelativeItem().Column(c =>
            {
                c.Item().Text("To").FontSize(8.5f).FontColor(Stationery.Accent);
                c.Item().Text(NameOf(name)).SemiBold();
                foreach (var line in address.Split('\n', StringSplitOptions.RemoveEmptyEntries)) c.Item().Text(line);
                foreach (var state in taxes.Select(t => t.PlaceOfSupply).Distinct())
                    c.Item().Text($"Place of supply: {IndianStates.NameOf(state)}");
            });
        });

    /// <param name="why">In sentences.</param>
    public static void Void(IContainer place, IEnumerable<string> why) => place.CornerRadius(8).Background(PaleRed).Padding(14).Column(c =>
    {
        c.Item().Text("VOID").FontSize(16).Bold().FontColor(Red);
        foreach (var sentence in why) c.Item().Text(sentence).FontColor(Red);
    });

    public static void Amount(IContainer place, string of, Money amount, CurrentInstitute institute) =>
        place.CornerRadius(8).Background(Stationery.Pale).Padding(18).Column(c =>
        {
            c.Spacing(4);
            c.Item().Text(of);
            c.Item().Text(institute.Show(amount)).FontSize(24).Bold().FontColor(Stationery.Ink);
            c.Item().Text(AmountInWords.Of(amount, institute.Profile)).FontColor(Stationery.Quiet);
        });

    public static void Facts(IContainer place, IEnumerable<(string Label, string Value)> facts) => place.Column(c =>
    {
        c.Spacing(7);
        foreach (var (label, value) in facts)
            c.Item().Row(row =>
            {
                row.ConstantItem(LabelWidth).Text(label).FontColor(Stationery.Quiet);
                row.RelativeItem().Text(value).SemiBold();
            });
    });

    /// <summary>On one page: a name alone there looks like a slip.</summary>
    public static void Signature(IContainer place, string by, ReceiptIssuer issuer) => place.ShowEntire().PaddingTop(18).Column(c =>
    {
        c.Item().Text(by).SemiBold();
        c.Item().Text($"for {issuer.Name}").FontColor(Stationery.Quiet);
    });

    public static string NameOf(PersonName? name) => name?.Isolated ?? "the applicant";
}

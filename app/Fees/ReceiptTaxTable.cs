using System.Globalization;
using Crm.Institute;
using Crm.Pdf;

namespace Crm.Fees;

/// <summary>What tax invoices and credit notes say of tax: what is taxed under which code, at which rate, and how much that is.</summary>
internal static class ReceiptTaxTable
{
    /// <param name="of">What the parts are, such as "Service".</param>
    /// <param name="all">What they come to.</param>
    /// <param name="closing">What the paper ends with: it stands on the page of the last part and of what all come to.</param>
    public static void Add(ColumnDescriptor column, string of, IReadOnlyList<(string Label, ReceiptTax Tax)> parts, Money all,
        CurrentInstitute institute, Action<ColumnDescriptor> closing) => column.Item().Table(table =>
        {
            table.ColumnsDefinition(columns =>
            {
                columns.RelativeColumn(4);
                columns.RelativeColumn();
                columns.RelativeColumn();
                columns.RelativeColumn(1.4f);
            });
            table.Header(h => Stationery.HeaderCells(h, (of, false), ("SAC", false), ("Rate", true), ("Amount", true)));
            foreach (var (part, tax) in parts)
            {
                Row(table, part, tax.Sac, "", institute.Show(tax.Taxable));
                foreach (var (label, rate, amount) in Lines(tax)) Row(table, label, "", rate, institute.Show(amount));
            }
            Stationery.BodyCell(table).Text("In all").SemiBold();
            Stationery.BodyCell(table).Text("");
            Stationery.BodyCell(table).Text("");
            Stationery.BodyCell(table).AlignRight().Text(institute.Show(all)).SemiBold();
            table.Closing(2 + Lines(parts[^1].Tax).Count()).PaddingTop(12).Column(closing);
        });

    private static void Row(TableDescriptor table, string label, string sac, string rate, string amount)
    {
        Stationery.BodyCell(table).Text(label);
        Stationery.BodyCell(table).Text(sac);
        Stationery.BodyCell(table).AlignRight().Text(rate);
        Stationery.BodyCell(table).AlignRight().Text(amount);
    }

    private static IEnumerable<(string Label, string Rate, Money Amount)> Lines(ReceiptTax tax)
    {
        if (tax.Rate == 0) yield break;
        if (tax.IsBetweenStates) yield return ("IGST", Percent(tax.Rate), tax.Integrated);
        else
        {
            yield return ("CGST", Percent(tax.Rate / 2), tax.Central);
            yield return (IndianStates.TaxOf(tax.Home), Percent(tax.Rate / 2), tax.State);
        }
    }

    private static string Percent(decimal rate) => rate.ToString("0.####", CultureInfo.InvariantCulture) + "%";
}

using System.Globalization;
using Crm.Institute;
using Crm.Pdf;

namespace Crm.Fees;

/// <summary>What a tax invoice says of tax: what is taxed under which code, at which rate, and how much of each tax is paid.</summary>
internal static class ReceiptTaxTable
{
    public static void Add(ColumnDescriptor column, Receipt receipt, CurrentInstitute institute)
    {
        var tax = receipt.Tax!;
        column.Item().Table(table =>
        {
            table.ColumnsDefinition(columns =>
            {
                columns.RelativeColumn(4);
                columns.RelativeColumn();
                columns.RelativeColumn();
                columns.RelativeColumn(1.4f);
            });
            table.Header(h => Stationery.HeaderCells(h, ("Service", false), ("SAC", false), ("Rate", true), ("Amount", true)));
            Row(table, receipt.CourseName + ", taxable value", tax.Sac, "", institute.Show(tax.Taxable));
            foreach (var (label, rate, amount) in Lines(tax)) Row(table, label, "", rate, institute.Show(amount));
            Stationery.BodyCell(table).Text("In all").SemiBold();
            Stationery.BodyCell(table).Text("");
            Stationery.BodyCell(table).Text("");
            Stationery.BodyCell(table).AlignRight().Text(institute.Show(receipt.Amount)).SemiBold();
        });
        column.Item().Text("Tax payable on reverse charge: no").FontSize(8.5f).FontColor(Stationery.Quiet);
    }

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

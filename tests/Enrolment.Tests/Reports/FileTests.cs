using System.Text;
using System.Xml;
using Crm.Institute;
using Crm.Reports;
using CsCheck;
using ExcelDataReader;

namespace Crm.Tests.Reports;

/// <summary>What is written into files is read back by a reader that is not ours.</summary>
public sealed class FileTests
{
    private static readonly Gen<string> AnyText = Gen.OneOf(Gen.String[Gen.Char, 1, 40],
        Gen.String[Gen.Char["_x0041F&<>\"';=+-@ \r\n\t\u0000\u0007\u001F\u0085\u200B\u202E\uD83D\uDE00\uFFFE\uFFFF＝é"], 1, 30]);

    static FileTests() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    private static FunnelReport Of(params string[] sources) => new(new DateOnly(2026, 11, 1), new DateOnly(2026, 11, 30), Row("All"),
        [.. sources.Select(Row)], [Row("Divya Menon")]);

    private static FunnelRow Row(string name) => new(name, 7, 5, 4, 3, 2, 1, Money.FromRupees(81_999.50m), TimeSpan.FromHours(5.5));

    private static List<string> NamesIn(IExcelDataReader reader, int sheet, int column, int head)
    {
        using (reader)
        {
            for (var i = 0; i < sheet; i++) reader.NextResult();
            var names = new List<string>();
            while (reader.Read()) names.Add(reader.GetValue(column)?.ToString() ?? "");
            return names[head..];
        }
    }

    // As RFC 4180 has it.
    private static IEnumerable<List<string>> RecordsOf(string csv)
    {
        var (record, field, quoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < csv.Length; i++)
        {
            if (csv[i] == '"' && quoted && i + 1 < csv.Length && csv[i + 1] == '"') field.Append(csv[++i]);
            else if (csv[i] == '"') quoted = !quoted;
            else if (quoted || csv[i] is not (',' or '\r' or '\n')) field.Append(csv[i]);
            else if (csv[i] is ',' or '\n')
            {
                record.Add(field.ToString());
                field.Clear();
                if (csv[i] == ',') continue;
                yield return record;
                record = [];
            }
        }
    }

    [Fact]
    public void A_column_of_days_is_told_from_one_of_words_and_one_of_amounts()
    {
        var table = new ReportTable("Papers", "Number", ["Day", "Student", "Taxable"],
            [new ReportLine("R-1", new DateOnly(2026, 11, 23), "Anjali", Money.FromRupees(1))],
            new ReportLine("All", "", "", Money.Zero), "");

        Assert.Equal(["day", "words", ""], Enumerable.Range(0, 3).Select(table.ClassOf));
    }

    [Fact]
    public async Task A_workbook_is_read_back_as_it_was_written() => await AnyText.Array[1, 8].SampleAsync(async sources =>
    {
        var file = await FunnelFiles.XlsxAsync(Of(sources), "₹", default);

        var read = NamesIn(ExcelReaderFactory.CreateOpenXmlReader(new MemoryStream(file)), sheet: 1, column: 0, head: 3);

        Assert.Equal(sources.Select(CellText.Held), read);
    }, iter: 300);

    [Fact]
    public async Task A_CSV_file_is_read_back_as_it_was_written_but_for_what_could_run() => await AnyText.Array[1, 8].SampleAsync(
        async sources =>
        {
            var file = await FunnelFiles.CsvAsync(Of(sources), "₹", default);

            var records = RecordsOf(Encoding.UTF8.GetString(file).TrimStart('\uFEFF')).ToList();
            Assert.All(records, record => Assert.Equal(13, record.Count));
            Assert.Equal(["All", .. sources.Select(CellText.ForCsv), "Divya Menon"], records.Skip(1).Select(record => record[3]));
        }, iter: 300);

    [Theory]
    [InlineData("\uFFFE")]
    [InlineData("\uD800")]
    [InlineData("\u0001\u001F\u007F")]
    [InlineData("<&>]]>\"'")]
    [InlineData("_x0041_")]
    public async Task No_name_makes_a_workbook_unreadable(string name)
    {
        var file = await FunnelFiles.XlsxAsync(Of(name) with { ByCounsellor = [Row(name)] }, name, default);

        using var zip = new System.IO.Compression.ZipArchive(new MemoryStream(file));
        foreach (var part in zip.Entries)
        {
            using var xml = XmlReader.Create(part.Open());
            while (xml.Read()) Assert.NotEqual(XmlNodeType.None, xml.NodeType);
        }
        Assert.Equal([CellText.Held(name)], NamesIn(ExcelReaderFactory.CreateOpenXmlReader(new MemoryStream(file)), 2, 0, 3));
    }
}

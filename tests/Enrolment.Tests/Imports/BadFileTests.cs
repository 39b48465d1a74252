using System.Net;
using System.Text;
using Crm.Imports;

namespace Crm.Tests.Imports;

/// <summary>What cannot be taken is said in one sentence, and eats neither memory nor disk.</summary>
public sealed class BadFileTests(TestPostgres postgres)
{
    private const string Headings = "Name,Phone,Course\n";
    private static readonly string Binu = Xlsx.Row("Name", "Phone") + Xlsx.Row("Binu George", "98470 12345");

    private static IEnumerable<(string What, byte[] File, string Said)> Bad()
    {
        yield return ("an empty file", [], "This file is empty.");
        yield return ("blank lines alone", "\n\n  \n"u8.ToArray(), "This file is empty.");
        yield return ("headings alone", Text(Headings), "There are headings in row 1, and nobody below them.");
        yield return ("a picture", [0x89, .. "PNG\r\n"u8, 0, 0, 0, 13, 0, 1, 2, 3], "This is no spreadsheet. Drop a CSV or an XLSX file.");
        yield return ("a page", Text("<!DOCTYPE html><table><tr><td>Name"), "This is no spreadsheet. Drop a CSV or an XLSX file.");
        yield return ("a paper", Text("%PDF-1.7"), "This is no spreadsheet. Drop a CSV or an XLSX file.");
        yield return ("an old workbook", [0xD0, 0xCF, 0x11, 0xE0, 0xA1],
            "This is an old Excel file (.xls), or a workbook with a password.");
        yield return ("something packed", Xlsx.Packed("word/document.xml"), "This is a packed file, but no workbook.");
        yield return ("half a workbook", Xlsx.Of(Binu)[..^200], "This workbook cannot be read");
        yield return ("broken marks", Xlsx.Of("<row><c><v>1</c></row>"), "This workbook cannot be read");
        yield return ("an entity that grows", Xlsx.Of("&x;"), "This workbook cannot be read");
        yield return ("a mark never closed", Text(Headings + "\"Binu,98470 12345\n" + new string('x', 40_000)),
            "In row 2 a quotation mark opens a cell and never closes it");
        yield return ("300 columns", Text(string.Join(',', Enumerable.Repeat("Name", 300))), "Row 1 has more than 200 columns.");
        yield return ("300 columns of a workbook", Xlsx.Of("<row><c r=\"KN1\"><v>1</v></c></row>"), "Row 1 has more than 200 columns.");
        yield return ("a column beyond all numbers", Xlsx.Of("<row><c r=\"ZZZZZZZZZZ2\"><v>1</v></c></row>"),
            "Row 1 has more than 200 columns.");
        yield return ("millions of empty texts", Xlsx.Of(Binu, string.Concat(Enumerable.Repeat("<si/>", 4_000_000))),
            "This workbook unpacks to more than 400 MB");
        yield return ("a cell of 1 MB", Text(Headings + "Binu,98470 12345," + new string('x', 1 << 20)),
            "Row 2 has a cell of more than 32,767 characters, which is the most that one can have.");
        yield return ("a cell of 1 MB in a workbook", Xlsx.Of(Binu + Xlsx.Row(new string('x', 1 << 20))),
            "Row 3 has a cell of more than 32,767");
        yield return ("50,001 rows", Text(Headings + string.Concat(Enumerable.Repeat("Binu,98470 12345,CPC\n", 50_001))),
            "This file has more than 50,000 rows.");
        yield return ("21 MB", new byte[21 * 1024 * 1024], "This file has 21 MB, and 20 MB is the most.");
        yield return ("a row beyond all numbers", Xlsx.Of(Binu + $"<row r=\"{int.MaxValue}\"/>" + Xlsx.Row("Anu", "98470 12346")),
            "This workbook cannot be read");
        yield return ("gigabytes in kilobytes", Xlsx.Of(Grow), "This workbook unpacks to more than 400 MB");
    }

    [Fact]
    public async Task Each_bad_file_is_one_clear_sentence_and_leaves_nothing_behind()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);

        foreach (var (what, file, said) in Bad())
        {
            var page = await desk.DropAsync("people.csv", file);

            Assert.True(page.Status == HttpStatusCode.UnprocessableEntity, $"{what} is answered with {page.Status}");
            Assert.StartsWith("people.csv: " + said, page.ErrorOf("file"));
        }
        Assert.Empty(await desk.App.AllAsync<Import>());
        Assert.Equal("Choose a file first.", (await desk.Browser.SubmitAsync(ImportDesk.DropForm)).ErrorOf("file"));
    }

    [Fact]
    public async Task Empty_rows_formulas_and_errors_are_no_reason_to_refuse_a_whole_workbook()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        const string formula = "<c><f>A1&amp;B1</f></c>", error = "<c t=\"e\"><v>#REF!</v></c>",
            computed = "<c t=\"str\"><f>X</f><v>98470 12347</v></c>";

        await desk.DropAsync("people.xlsx", Xlsx.Of(w =>
        {
            w.Write(Xlsx.Row("Name", "Phone", "Marks"));
            for (var i = 2; i < 1_000_000; i++) w.Write($"<row r=\"{i}\"/>");
            w.Write(Xlsx.Row("Binu George", "98470 12345", error) + Xlsx.Row("Anu Das", formula) + Xlsx.Row("Meera Das", error));
            w.Write(Xlsx.Row("Lijo Das", computed) + Xlsx.Row(error, "98470 12348"));
        }));
        await desk.MapAsync(("Course of rows that name none, or none of the above", "CPC"));

        Assert.Equal((2, 3), (desk.Count("New"), desk.Count("Refused")));
        var refused = await desk.RowsAsync(RowGroup.Refused);
        Assert.StartsWith("1000001 Anu Das", refused[0]);
        Assert.Contains("“Phone” holds a formula without its result: open the file in a spreadsheet program, save it", refused[0]);
        Assert.Contains("“Phone” holds the error #REF!.", refused[1]);
        Assert.Contains("The name holds the error #REF!.", refused[2]);
    }

    [Fact]
    public async Task A_workbook_opens_with_a_sheet_that_its_owner_sees_and_has_hidden_ones_to_choose()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        var (people, old) = (Xlsx.Row("Name", "Phone") + Xlsx.Row("Binu George", "98470 12345"),
            Xlsx.Row("Name", "Phone", "Email") + Xlsx.Row("Anu Das", "98470 12346", "anu@mail.example"));

        await desk.DropAsync("people.xlsx", Xlsx.Of(("Notes", "visible", ""), ("Old", "hidden", old), ("Archive", "veryHidden", old),
            ("New", "visible", people)));
        Assert.Equal("New", desk.Chosen("Sheet"));
        await desk.MapAsync(("Sheet", "Old"));
        Assert.Equal("Old", desk.Chosen("Sheet"));
        await desk.DropAsync("old.xlsx", Xlsx.Of(("Notes", "visible", ""), ("Old", "hidden", old)));
        Assert.Equal("Old", desk.Chosen("Sheet"));
    }

    // Spaces between rows, which are nobody's.
    private static void Grow(StreamWriter writer)
    {
        writer.Write(Binu);
        var spaces = new string(' ', 1 << 20);
        for (var i = 0; i < 420; i++) writer.Write(spaces);
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}

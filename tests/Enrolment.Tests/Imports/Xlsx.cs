using System.IO.Compression;
using System.Text;

namespace Crm.Tests.Imports;

/// <summary>Workbooks written part by part, as programs write them that are not careful, or not kind.</summary>
internal static class Xlsx
{
    private const string Main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    private const string Links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    /// <param name="rows">What stands inside the sheet's data.</param>
    public static byte[] Of(string rows, string? texts = null) => Of(writer => writer.Write(rows), texts);

    public static byte[] Of(Action<StreamWriter> rows, string? texts = null) => Of(texts, ("People", "visible", rows));

    /// <param name="sheets">Each with its name, whether it is shown, as workbooks say that, and what stands inside its data.</param>
    public static byte[] Of(params (string Name, string State, string Rows)[] sheets) =>
        Of(null, [.. sheets.Select(s => (s.Name, s.State, (Action<StreamWriter>)(writer => writer.Write(s.Rows))))]);

    private static byte[] Of(string? texts, params (string Name, string State, Action<StreamWriter> Rows)[] sheets)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, "xl/workbook.xml", w => w.Write($"<workbook {Main} xmlns:r=\"{Links}\"><sheets>"
                + string.Concat(sheets.Select((s, i) => $"<sheet name=\"{s.Name}\" sheetId=\"{i}\" state=\"{s.State}\" r:id=\"rId{i}\"/>"))
                + "</sheets></workbook>"));
            Add(zip, "xl/_rels/workbook.xml.rels", w => w.Write(
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
                + string.Concat(sheets.Select((_, i) =>
                    $"<Relationship Id=\"rId{i}\" Type=\"{Links}/worksheet\" Target=\"/xl/worksheets/sheet{i}.xml\"/>"))
                + "</Relationships>"));
            if (texts is not null) Add(zip, "xl/sharedStrings.xml", w => w.Write($"<sst {Main}>{texts}</sst>"));
            foreach (var (i, sheet) in sheets.Index())
                Add(zip, $"xl/worksheets/sheet{i}.xml", w =>
                {
                    w.Write($"<worksheet {Main}><sheetData>");
                    sheet.Rows(w);
                    w.Write("</sheetData></worksheet>");
                });
        }
        return bytes.ToArray();
    }

    public static byte[] Packed(string name)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true)) Add(zip, name, w => w.Write("x"));
        return bytes.ToArray();
    }

    /// <summary>A row of texts, written into the cells themselves.</summary>
    public static string Row(params string[] cells) =>
        "<row>" + string.Concat(cells.Select(c => c.StartsWith('<') ? c : $"<c t=\"inlineStr\"><is><t>{c}</t></is></c>")) + "</row>";

    private static void Add(ZipArchive zip, string name, Action<StreamWriter> write)
    {
        using var writer = new StreamWriter(zip.CreateEntry(name, CompressionLevel.Fastest).Open(), new UTF8Encoding(false));
        write(writer);
    }
}

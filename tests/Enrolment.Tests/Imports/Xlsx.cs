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

    public static byte[] Of(Action<StreamWriter> rows, string? texts = null)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, "xl/workbook.xml", w => w.Write(
                $"<workbook {Main} xmlns:r=\"{Links}\"><sheets><sheet name=\"People\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"));
            Add(zip, "xl/_rels/workbook.xml.rels", w => w.Write(
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
                + $"<Relationship Id=\"rId1\" Type=\"{Links}/worksheet\" Target=\"/xl/worksheets/sheet1.xml\"/></Relationships>"));
            if (texts is not null) Add(zip, "xl/sharedStrings.xml", w => w.Write($"<sst {Main}>{texts}</sst>"));
            Add(zip, "xl/worksheets/sheet1.xml", w =>
            {
                w.Write($"<worksheet {Main}><sheetData>");
                rows(w);
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

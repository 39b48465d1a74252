using System.IO.Compression;
using System.Text;
using System.Xml;
using Crm.Institute;

namespace Crm.Imports;

/// <summary>
/// The sheets of an XLSX file, row by row. What is read is bounded, not what the file says of itself: a workbook of a few kilobytes can
/// unpack to gigabytes.
/// </summary>
public sealed class Workbook : IDisposable
{
    // What a text takes beside its characters, so that millions of empty ones are not free; and the most sheets that anybody looks at.
    private const int LeastOfText = 8, MostSheets = 200;

    private readonly ZipArchive _zip;
    private readonly Dictionary<string, string> _targets = [];
    private readonly HashSet<string> _hidden = [];
    private readonly bool _from1904;
    private long _left = SheetLimits.UnpackedBytes;
    private List<string>? _texts;
    private WorkbookFormats? _formats;

    private Workbook(ZipArchive zip)
    {
        _zip = zip;
        var targets = RelationsOf("xl/_rels/workbook.xml.rels");
        using var xml = Open("xl/workbook.xml") ?? throw NoWorkbook();
        var sheets = new List<string>();
        while (xml.Read())
        {
            if (xml.NodeType != XmlNodeType.Element) continue;
            if (xml.LocalName == "workbookPr") _from1904 = xml.GetAttribute("date1904") is "1" or "true";
            if (xml.LocalName != "sheet" || xml.GetAttribute("name") is not { } name) continue;
            var isHidden = xml.GetAttribute("state") is "hidden" or "veryHidden";
            var id = Enumerable.Range(0, xml.AttributeCount).Select(i => { xml.MoveToAttribute(i); return (xml.LocalName, xml.Value); })
                .FirstOrDefault(a => a.LocalName == "id").Value ?? "";
            if (!targets.TryGetValue(id, out var target)) continue;
            if (_targets.Count < MostSheets && _targets.TryAdd(name, target) && isHidden) _hidden.Add(name);
        }
    }

    /// <summary>In the order of their tabs; sheets with charts alone have no rows.</summary>
    public IReadOnlyList<string> Sheets => [.. _targets.Keys];

    /// <summary>Whether a spreadsheet program shows no tab of it.</summary>
    public bool IsHidden(string sheet) => _hidden.Contains(sheet);

    /// <exception cref="Refusal">It is no workbook.</exception>
    public static Workbook Open(byte[] bytes)
    {
        try
        {
            return new Workbook(new ZipArchive(new MemoryStream(bytes, writable: false), ZipArchiveMode.Read));
        }
        catch (Exception e) when (e is InvalidDataException or XmlException)
        {
            throw Broken();
        }
    }

    /// <summary>Rows with anything in them, by their numbers; cells as text, dates as ISO 8601 has them.</summary>
    /// <exception cref="Refusal">It cannot be read, or has more than is taken.</exception>
    public IEnumerable<SheetRow> Rows(string sheet)
    {
        using var rows = Guarded(RowsOf(_targets[sheet]));
        while (rows.MoveNext()) yield return rows.Current;
    }

    public void Dispose() => _zip.Dispose();

    // What is wrong inside the file shows only while it is read.
    private static IEnumerator<SheetRow> Guarded(IEnumerable<SheetRow> rows)
    {
        using var each = rows.GetEnumerator();
        while (true)
        {
            try
            {
                if (!each.MoveNext()) yield break;
            }
            catch (Exception e) when (e is InvalidDataException or XmlException or FormatException or OverflowException)
            {
                throw Broken();
            }
            yield return each.Current;
        }
    }

    private IEnumerable<SheetRow> RowsOf(string path)
    {
        _texts ??= Texts();
        _formats ??= WorkbookFormats.Read(Open("xl/styles.xml"), _from1904);
        using var xml = Open(path) ?? throw Broken();
        var number = 0;
        while (xml.Read())
        {
            if (xml.NodeType != XmlNodeType.Element || xml.LocalName != "row") continue;
            // A damaged file may tell a number twice; a row is kept by its own.
            number = int.TryParse(xml.GetAttribute("r"), out var said) && said > number ? said : checked(number + 1);
            if (xml.IsEmptyElement) continue;
            if (new WorkbookRow(xml, _texts, _formats, number).Read() is { Length: > 0 } cells) yield return new SheetRow(number, cells);
        }
    }

    private List<string> Texts()
    {
        var texts = new List<string>();
        using var xml = Open("xl/sharedStrings.xml");
        var length = 0L;
        while (xml?.Read() == true)
        {
            if (xml.NodeType != XmlNodeType.Element || xml.LocalName != "si") continue;
            texts.Add(TextOf(xml));
            length += texts[^1].Length + LeastOfText;
            if (length > SheetLimits.SharedCharacters) throw SheetLimits.UnpacksTooFar();
        }
        return texts;
    }

    /// <summary>The text of an element in all its pieces, without what tells how its letters are read aloud.</summary>
    internal static string TextOf(XmlReader xml)
    {
        if (xml.IsEmptyElement) return "";
        var (text, depth, aloud, chunk) = (new StringBuilder(), xml.Depth, 0, new char[1024]);
        while (xml.Read() && !(xml.NodeType == XmlNodeType.EndElement && xml.Depth == depth))
        {
            if (xml.LocalName == "rPh" && !xml.IsEmptyElement) aloud += xml.NodeType == XmlNodeType.Element ? 1 : -1;
            if (aloud > 0 || xml.NodeType is not (XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.CDATA)) continue;
            // In pieces, of which no more are kept than a cell can have: a text may go on for gigabytes.
            for (int read; (read = xml.ReadValueChunk(chunk, 0, chunk.Length)) > 0;)
                if (text.Length <= SheetLimits.CellLength) text.Append(chunk, 0, read);
        }
        return WorkbookFormats.Unescaped(text.ToString());
    }

    private Dictionary<string, string> RelationsOf(string path)
    {
        var targets = new Dictionary<string, string>();
        using var xml = Open(path);
        while (xml?.Read() == true)
            if (xml is { NodeType: XmlNodeType.Element, LocalName: "Relationship" } && xml.GetAttribute("Id") is { } id
                && xml.GetAttribute("Target") is { } target
                && xml.GetAttribute("Type")?.EndsWith("/worksheet", StringComparison.Ordinal) == true)
                targets[id] = target.StartsWith('/') ? target[1..] : "xl/" + target;
        return targets;
    }

    private XmlReader? Open(string path)
    {
        if (_zip.Entries.FirstOrDefault(e => e.FullName.Equals(path, StringComparison.OrdinalIgnoreCase)) is not { } entry) return null;
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            CloseInput = true,
            IgnoreWhitespace = true,
        };
        return XmlReader.Create(new Bounded(entry.Open(), this), settings);
    }

    private static Refusal Broken() => new("file", "This workbook cannot be read: it is damaged, or another kind of file under the name of "
        + "one. Open it in a spreadsheet program, save it as .xlsx or CSV, and drop that.");

    private static Refusal NoWorkbook() =>
        new("file", "This is a packed file, but no workbook. Unpack it, and drop the CSV or XLSX in it.");

    /// <summary>Counts what is unpacked of all parts together.</summary>
    private sealed class Bounded(Stream inner, Workbook of) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var read = inner.Read(buffer);
            of._left -= read;
            return of._left >= 0 ? read : throw SheetLimits.UnpacksTooFar();
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}

using System.Globalization;
using System.Xml;

namespace Crm.Imports;

/// <summary>Reads the cells of one row of a sheet, at whose element the reader stands.</summary>
internal sealed class WorkbookRow(XmlReader xml, List<string> texts, WorkbookFormats formats, int number)
{
    private readonly List<string> _cells = [];

    /// <returns>Up to the last cell with anything in it; none where all are blank.</returns>
    public string[] Read()
    {
        var depth = xml.Depth;
        var at = 0;
        while (xml.Read() && !(xml.NodeType == XmlNodeType.EndElement && xml.Depth == depth))
        {
            if (xml.NodeType != XmlNodeType.Element || xml.LocalName != "c") continue;
            var column = ColumnOf(xml.GetAttribute("r")) ?? at;
            at = column + 1;
            if (Cell().Trim() is { Length: > 0 } text) Put(column, text);
        }
        return [.. _cells];
    }

    /// <summary>"C7" is 2.</summary>
    internal static int? ColumnOf(string? reference)
    {
        var column = 0;
        foreach (var letter in (reference ?? "").TakeWhile(char.IsAsciiLetter))
            if (column <= SheetLimits.Columns) column = column * 26 + (letter & 31); // further on it is too many, and may be any number
        return column == 0 ? null : column - 1;
    }

    private void Put(int column, string text)
    {
        if (column >= SheetLimits.Columns) throw SheetLimits.TooManyColumns(number);
        if (text.Length > SheetLimits.CellLength) throw SheetLimits.CellTooLong(number);
        while (_cells.Count <= column) _cells.Add("");
        _cells[column] = text;
    }

    private string Cell()
    {
        var (type, style) = (xml.GetAttribute("t") ?? "n", xml.GetAttribute("s"));
        if (xml.IsEmptyElement) return "";
        var (depth, value, formula) = (xml.Depth, "", "");
        while (xml.Read() && !(xml.NodeType == XmlNodeType.EndElement && xml.Depth == depth))
        {
            if (xml.NodeType != XmlNodeType.Element) continue;
            if (xml.LocalName is "v" or "is") value = Workbook.TextOf(xml);
            else if (xml.LocalName == "f") formula = Workbook.TextOf(xml);
        }
        // A program that computes nothing leaves a formula without its result: who reads the row is told.
        return value.Length == 0 && formula.Length > 0 ? "=" + formula : Shown(type, style, value);
    }

    private string Shown(string type, string? style, string value) => type switch
    {
        "s" => int.TryParse(value, out var at) && at >= 0 && at < texts.Count ? texts[at] : "",
        "b" => value == "1" ? "TRUE" : "FALSE",
        "n" when WorkbookFormats.IsShortened(value) => value,
        "n" when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) => formats.Shown(n, style),
        _ => value,
    };
}

using Crm.Institute;

namespace Crm.Imports;

/// <summary>How much of a file is taken, and what is said of one that has more.</summary>
public static class SheetLimits
{
    public const int Bytes = 20 * 1024 * 1024;
    public const int Rows = 50_000;
    public const int Columns = 200;

    /// <summary>The most characters that a cell of a spreadsheet can have.</summary>
    public const int CellLength = 32_767;

    /// <summary>The most that a workbook, which is packed, may unpack to.</summary>
    public const long UnpackedBytes = 400L * 1024 * 1024;

    /// <summary>The most characters that the texts of a workbook may have together: they are all kept at hand while it is read.</summary>
    public const int SharedCharacters = 30_000_000;

    public static Refusal TooLarge(long bytes) =>
        Of($"This file has {Math.Ceiling(bytes / 1048576.0):0} MB, and 20 MB is the most. Save it in parts, each with the headings.");

    public static Refusal TooManyRows() =>
        Of($"This file has more than {Rows:N0} rows. Save it in parts, each with the headings.");

    public static Refusal TooManyColumns(int row) =>
        Of($"Row {row} has more than {Columns} columns. Delete those that nobody needs, and drop the file again.");

    public static Refusal CellTooLong(int row) =>
        Of($"Row {row} has a cell of more than {CellLength:N0} characters, which is the most that one can have.");

    public static Refusal UnpacksTooFar() =>
        Of("This workbook unpacks to more than 400 MB, which no list of people does. Save the sheet as CSV, and drop that.");

    private static Refusal Of(string text) => new("file", text);
}

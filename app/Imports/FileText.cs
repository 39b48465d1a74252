using System.Text;
using System.Text.Unicode;

namespace Crm.Imports;

/// <summary>The text of a file, whatever spreadsheet program wrote it.</summary>
public static class FileText
{
    private static readonly byte[] Utf8Mark = [0xEF, 0xBB, 0xBF], LittleMark = [0xFF, 0xFE], BigMark = [0xFE, 0xFF];
    private static readonly Encoding Windows1252 = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    /// <summary>The encoding that a mark at the beginning names; else UTF-8 where the bytes are that, and Windows-1252 where not.</summary>
    /// <returns>The encoding, and how many bytes its mark has.</returns>
    public static (Encoding Encoding, int Mark) EncodingOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith(Utf8Mark)) return (new UTF8Encoding(true), Utf8Mark.Length);
        if (bytes.StartsWith(LittleMark)) return (Encoding.Unicode, LittleMark.Length);
        if (bytes.StartsWith(BigMark)) return (Encoding.BigEndianUnicode, BigMark.Length);
        return (IsUtf8(bytes) ? new UTF8Encoding(false) : Windows1252, 0);
    }

    /// <summary>The encoding that was written with, by the name that <see cref="NameOf"/> gave it.</summary>
    public static Encoding Named(string name) => name switch
    {
        "utf-8" => new UTF8Encoding(false),
        "utf-8-mark" => new UTF8Encoding(true),
        "windows-1252" => Windows1252,
        _ => Encoding.GetEncoding(name),
    };

    public static string NameOf(Encoding encoding) =>
        encoding is UTF8Encoding && encoding.Preamble.Length > 0 ? "utf-8-mark" : encoding.WebName;

    // One broken letter does not make another encoding of a text that is full of whole ones.
    private static bool IsUtf8(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes)) return true;
        var (whole, broken) = (0, 0);
        while (bytes.Length > 0)
        {
            var status = Rune.DecodeFromUtf8(bytes, out _, out var length);
            if (status != System.Buffers.OperationStatus.Done) broken++;
            else if (length > 1) whole++;
            bytes = bytes[length..];
        }
        return whole > broken;
    }
}

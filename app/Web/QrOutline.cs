using System.Collections;
using System.Globalization;
using System.Text;
using QRCoder;

namespace Crm.Web;

/// <summary>
/// A QR as one outline, sharp at any size: in a square of <see cref="Size"/> units with the empty edge that readers need.
/// </summary>
/// <param name="Path">As SVG writes it.</param>
public sealed record QrOutline(int Size, string Path)
{
    /// <param name="text">What a reader is to find. A seventh of the QR may be dirt or a fold.</param>
    public static QrOutline Of(string text)
    {
        using var data = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var path = new StringBuilder();
        foreach (var (row, y) in data.ModuleMatrix.Select((row, y) => (row, y)))
            foreach (var (from, to) in Runs(row))
                path.Append(CultureInfo.InvariantCulture, $"M{from} {y}h{to - from}v1H{from}z");
        return new QrOutline(data.ModuleMatrix.Count, path.ToString());
    }

    // The dark stretches of a row, from the first of them to the one behind the last.
    private static IEnumerable<(int From, int To)> Runs(BitArray row)
    {
        for (var x = 0; x < row.Length; x++)
        {
            if (!row[x]) continue;
            var from = x;
            while (x < row.Length && row[x]) x++;
            yield return (from, x);
        }
    }
}

/// <param name="Label">What it is for, for who cannot see it.</param>
public sealed record QrView(string Text, string Label);

using System.Text.RegularExpressions;

namespace Crm.Institute;

/// <summary>What was read where a GSTIN was to be typed: the number, or a problem in words for who typed it.</summary>
public sealed record GstinReading(string? Number, string? Problem);

/// <summary>
/// The number under which somebody is registered for goods and services tax in one state of India: the state's two digits, the ten
/// letters and digits of the PAN, which registration of theirs it is, a letter, and a check letter.
/// </summary>
public static partial class Gstin
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const int Length = 15;

    /// <param name="typed">Spaces and hyphens inside do not matter, nor small letters.</param>
    public static GstinReading Read(string typed)
    {
        var number = string.Concat(Characters.Plain(typed).ToUpperInvariant().Where(c => c is not (' ' or '-')));
        if (number.Length != Length) return Refused($"A GSTIN has {Length} letters and digits; this has {number.Length}.");
        if (!Form().IsMatch(number))
            return Refused("A GSTIN is two digits, a PAN such as ABCDE1234F, and three more letters or digits: 32ABCDE1234F1Z9.");
        if (!IndianStates.Has(number[..2]) || number[..2] == IndianStates.Abroad)
            return Refused($"No state has the code {number[..2]}, with which this begins.");
        return CheckOf(number) == number[^1]
            ? new GstinReading(number, null)
            : Refused("The last letter does not fit the others: one of them is mistyped. Copy it from the certificate.");
    }

    /// <summary>The letter with which a number ends, from the fourteen before it.</summary>
    public static char CheckOf(string number)
    {
        var sum = 0;
        for (var i = 0; i < Length - 1; i++)
        {
            var times = Alphabet.IndexOf(number[i], StringComparison.Ordinal) * (i % 2 + 1);
            sum += times / Alphabet.Length + times % Alphabet.Length;
        }
        return Alphabet[(Alphabet.Length - sum % Alphabet.Length) % Alphabet.Length];
    }

    private static GstinReading Refused(string problem) => new(null, problem);

    [GeneratedRegex("^[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z][A-Z][0-9A-Z]$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}

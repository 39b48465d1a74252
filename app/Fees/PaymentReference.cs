using System.Buffers.Binary;
using System.Text.RegularExpressions;
using Crm.Seats;

namespace Crm.Fees;

/// <summary>
/// What a payer's bank is told, and by which the payment is found again in the institute's statement: nine letters and digits such as
/// <c>F7K3P9QXA</c>. It is made of the id of the student's first seat alone, so that it outlives another name, day, plan or batch: a QR
/// on an old letter is paid into the seat that they have now. It is short and first in the note, since banks keep only the beginning
/// of one, and the last letter checks the rest.
/// </summary>
public static partial class PaymentReference
{
    // Without letters and digits that are mistaken for each other.
    private const string Alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    private const int Bits = 5;
    private const int Letters = 7;
    private const char Begins = 'F';

    public static string Of(Enrolment seat) => Of(seat.PaidAs);

    /// <param name="seatId">The first enrolment's.</param>
    public static string Of(Guid seatId)
    {
        // The last bytes of an id are random, the first are its time.
        var random = BinaryPrimitives.ReadUInt64BigEndian(seatId.ToByteArray(bigEndian: true).AsSpan(8));
        var values = Enumerable.Range(0, Letters).Select(i => (int)((random >> (i * Bits)) & 31)).ToArray();
        return Begins + string.Concat(values.Select(v => Alphabet[v])) + Alphabet[Check(values)];
    }

    /// <summary>The references that a line of a bank statement may hold, in capitals; what only looks like one is left out.</summary>
    /// <param name="text">Such as <c>UPI/CR/433312345678/ANJALI/SBIN/f7k3p9qxa CPC-27</c>.</param>
    public static IReadOnlyList<string> FindIn(string text) =>
        [.. Written().Matches(text.ToUpperInvariant()).Select(m => m.Groups["reference"].Value).Where(IsOne).Distinct()];

    /// <summary>Whether this is a reference: the right letters, of which the last checks the others.</summary>
    public static bool IsOne(string text)
    {
        var values = text.Skip(1).Select(c => Alphabet.IndexOf(c, StringComparison.Ordinal)).ToArray();
        return text.Length == Letters + 2 && text[0] == Begins && values.All(v => v >= 0) && Check(values[..Letters]) == values[Letters];
    }

    /// <summary>How the id of the seat ends that it was made of, in eight hexadecimal digits. Others may end so, too.</summary>
    /// <param name="reference">For which <see cref="IsOne"/> holds.</param>
    public static string EndOfSeat(string reference)
    {
        var random = reference.Skip(1).Take(Letters).Select((c, i) => (ulong)Alphabet.IndexOf(c, StringComparison.Ordinal) << (i * Bits));
        return $"{(uint)random.Aggregate(0UL, (sum, bits) => sum | bits):x8}";
    }

    // Luhn's sum over thirty-two letters: one that is mistyped, or two neighbours exchanged, do not pass.
    private static int Check(int[] values)
    {
        var (sum, many) = (0, Alphabet.Length);
        foreach (var (value, i) in values.Select((v, i) => (v, i)))
        {
            var times = value * (i % 2 == 0 ? 2 : 1);
            sum += times / many + times % many;
        }
        return (many - sum % many) % many;
    }

    // Within other text as well, since banks join what they are told: a look ahead lets the next one begin a letter later.
    [GeneratedRegex("(?=(?<reference>F[2-9A-HJ-NP-Z]{8}))", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Written();
}

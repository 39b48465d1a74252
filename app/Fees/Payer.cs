using System.Text.RegularExpressions;
using Crm.Institute;
using Crm.Seats;

namespace Crm.Fees;

/// <summary>What a bank's line tells of who paid, by which way and under which number.</summary>
/// <param name="Reference">The number by which banks know the transfer (UTR, RRN); empty where none was found.</param>
/// <param name="Names">What may be the payer's name, as far as the bank wrote it.</param>
/// <param name="Accounts">UPI addresses and phones by which the payer is known again.</param>
public sealed partial record Payer(PaymentWay Way, string Reference, IReadOnlyList<string> Names, IReadOnlyList<string> Accounts)
{
    private static readonly HashSet<string> NoNames =
    [
        "UPI", "CR", "DR", "NEFT", "IMPS", "RTGS", "MMT", "INB", "MB", "FT", "BY TRANSFER", "TRANSFER", "NEFT CR", "RTGS CR", "IMPS CR",
        "UPI CR", "FEE", "FEES", "PAYMENT", "COURSE FEE", "INSTALMENT", "BANK", "CASH", "DEPOSIT", "CASH DEPOSIT", "CHEQUE", "CLG", "NA",
        "PAYMENT FROM PHONE", "PAYMENT FROM PH", "NO REMARKS", "BY CLG", "TO", "FROM", "INT PD", "INTEREST", "CREDIT INTEREST",
    ];

    public static Payer In(string narration, string column)
    {
        var text = narration.ToUpperInvariant();
        var way = Upi().IsMatch(text) ? PaymentWay.Upi : Cheque().IsMatch(text) ? PaymentWay.Cheque : PaymentWay.BankTransfer;
        var accounts = Addresses().Matches(text).Concat(Phones().Matches(text)).Select(m => m.Value.ToLowerInvariant());
        return new Payer(way, ReferenceIn(text, column.ToUpperInvariant()), NamesIn(text), [.. accounts.Distinct()]);
    }

    private static string ReferenceIn(string text, string column)
    {
        foreach (var said in new[] { text, column })
        {
            // "TRANSFER FROM 4897…" is the bank's own account for all of a sort.
            if (said.StartsWith("TRANSFER FROM", StringComparison.Ordinal)) continue;
            if (Utr().Match(said) is { Success: true } utr) return utr.Value;
            if (Rrn().Match(said) is { Success: true } rrn) return rrn.Value.TrimStart('0').PadLeft(12, '0');
        }
        var plain = column.Contains("TRANSFER", StringComparison.Ordinal) ? "" : Plain(column);
        return plain.Length is >= 6 and <= 30 && plain.Any(char.IsAsciiDigit) ? plain : "";
    }

    private static IReadOnlyList<string> NamesIn(string text) =>
    [
        .. Separators().Split(text).Select(p => p.Trim(' ', '.', ',')).Where(p => Name().IsMatch(p) && !NoNames.Contains(p)).Distinct(),
    ];

    /// <summary>The first letters of the words in what may be the payer's name, each a bit; several letters may share one.</summary>
    public ulong Initials { get; } = Names.Aggregate(0UL, (sum, n) => sum | InitialsOf(n));

    private readonly IReadOnlyList<ComparableName> _comparable = [.. Names.Select(ComparableName.Of)];

    public static ulong InitialsOf(string name) => name.ToUpperInvariant().Split([' ', '.', '\''], StringSplitOptions.RemoveEmptyEntries)
        .Aggregate(0UL, (sum, word) => sum | 1UL << word[0] % 64);

    /// <summary>A reference as it is compared: banks and people write spaces, dashes and leading zeros as they like, and words beside the
    /// bank's number.</summary>
    public static string Plain(string reference)
    {
        var text = reference.ToUpperInvariant();
        var number = Utr().Match(text) is { Success: true } utr ? utr.Value : Rrn().Matches(text) is [var rrn] ? rrn.Value : text;
        return string.Concat(number.Where(char.IsAsciiLetterOrDigit)).TrimStart('0');
    }

    /// <summary>Whether two references cannot be of one transfer: both are whole numbers of banks, and differ.</summary>
    public static bool Contradict(string one, string other) =>
        Plain(one) != Plain(other) && IsOfBank(one) && IsOfBank(other);

    private static bool IsOfBank(string reference) => Rrn().IsMatch(reference) || Utr().IsMatch(reference);

    /// <summary>Whether a name of the payer is somebody's. Nothing tells where all of theirs are in another script.</summary>
    public NameMatch Compare(IReadOnlyList<ComparableName> of)
    {
        if (!CanBeComparedWith(of)) return _comparable.Count == 0 || of.Count == 0 ? NameMatch.Different : NameMatch.CannotTell;
        var best = NameMatch.Different;
        foreach (var name in _comparable)
            foreach (var theirs in of)
                if (name.SharesScriptWith(theirs) && name.CompareTo(theirs) is var match && match < best) best = match;
        return best;
    }

    /// <summary>Whether a name of theirs is in the script of the payer's.</summary>
    public bool CanBeComparedWith(IReadOnlyList<ComparableName> of) => _comparable.Any(name => of.Any(name.SharesScriptWith));

    [GeneratedRegex(@"(?:(?<!\d)[6-9]\d{9}(?:-\d)?|[A-Z0-9][A-Z0-9._]*)@[A-Z]{2,}[A-Z0-9]*", RegexOptions.None, 1000)]
    private static partial Regex Addresses();

    [GeneratedRegex(@"(?<![\dA-Z])[6-9]\d{9}(?![\dA-Z])", RegexOptions.None, 1000)]
    private static partial Regex Phones();

    [GeneratedRegex(@"(?<!\d)\d{12}(?!\d)", RegexOptions.None, 1000)]
    private static partial Regex Rrn();

    [GeneratedRegex(@"(?<![A-Z0-9])(?=[A-Z0-9]*\d{7})[A-Z][A-Z0-9]{15,21}(?![A-Z0-9])", RegexOptions.None, 1000)]
    private static partial Regex Utr();

    // Not within a name; some banks join the direction to it.
    [GeneratedRegex("(?<![A-Z])UPI(?:IN|OUT|AR|CR|DR)?(?![A-Z])", RegexOptions.None, 1000)]
    private static partial Regex Upi();

    [GeneratedRegex(@"\bCLG\b|\bCHQ\b|\bCHEQUE\b", RegexOptions.None, 1000)]
    private static partial Regex Cheque();

    [GeneratedRegex(@"[/*:|;]|-+", RegexOptions.None, 1000)]
    private static partial Regex Separators();

    [GeneratedRegex(@"\A(?=(?:.*\p{L}){3})[\p{L}\p{M} .']{3,60}\z", RegexOptions.None, 1000)]
    private static partial Regex Name();
}

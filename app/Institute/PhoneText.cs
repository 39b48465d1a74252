using System.Text.RegularExpressions;
using PhoneNumbers;

namespace Crm.Institute;

/// <summary>Finds the phone numbers in what was typed. A chunk is a run of digit groups with nothing but spaces, dashes, dots and brackets
/// between them; the other signs and words of a cell part one number from the next.</summary>
internal static partial class PhoneText
{
    private const int Longest = 200;
    private const int FewestDigits = 7;
    private const int MostDigits = 15;
    private const int MostDigitsOfANote = 4;
    private const int MostGroupsToPart = 12;
    private const int FewestDigitsToSearch = 3;
    private const int SameInARow = 7;

    private static readonly PhoneNumberUtil Util = PhoneNumberUtil.GetInstance();

    public static PhoneReading Read(string typed, string region)
    {
        var text = Characters.Plain(typed);
        if (text.Length == 0) return Refused("Enter a phone number.");
        if (text.Length > Longest) return Refused($"Keep this to {Longest} characters; it has {text.Length}.");
        if (Scientific().Match(text) is { Success: true } cell)
        {
            var (fraction, exponent) = (cell.Groups["fraction"].Value, cell.Groups["exponent"].Value);
            if (fraction.Length.ToString() != exponent.TrimStart('0'))
                return Refused($"The last digits of this number are lost: a spreadsheet shortened it to {cell.Groups["number"].Value}. "
                    + "Format its column as text there, and copy the number again.");
            text = cell.Groups["first"].Value + fraction;
        }
        text = WholeCell().Replace(text, "${number}");
        return ReadChunks(text, region);
    }

    public static string? DigitsToSearch(string query, string region)
    {
        var typed = PartToSearch(query);
        // The digits of an address are no number.
        if (query.Contains('@') || Read(query, region).Number is not { } number) return typed;
        // Typed after a dialling prefix or beside a note, the number's digits are not all that was typed.
        if (typed is not null && number.Digits.Contains(typed, StringComparison.Ordinal)) return typed;
        return Util.GetNationalSignificantNumber(Util.Parse(number.E164, null));
    }

    private static string? PartToSearch(string query)
    {
        var text = WholeCell().Replace(Link().Replace(Characters.Plain(query), ""), "${number}").Replace("(0)", "");
        if (!Searched().IsMatch(text)) return null;
        var digits = string.Concat(text.Where(char.IsAsciiDigit));
        // Zeros in front are dialled, not stored; but "0012" may also be the end of a number.
        var stored = digits.TrimStart('0');
        if (stored.Length >= FewestDigitsToSearch) return stored;
        return digits.Length >= FewestDigitsToSearch ? digits : null;
    }

    private static PhoneReading ReadChunks(string text, string region)
    {
        var chunks = Chunks(text);
        var found = new List<PhoneNumbers.PhoneNumber>();
        Chunk? missing = null;
        foreach (var chunk in chunks)
        {
            var numbers = InChunk(chunk, region);
            found.AddRange(numbers);
            if (numbers.Count == 0 && !chunk.IsNote) missing ??= chunk;
        }
        if (missing is null && found.Count > 0) return Taken(found);
        // One number with other signs inside, such as 98470,12345.
        if (chunks.Count > 1 && !text.Any(char.IsLetter) && One(string.Concat(chunks.Select(chunk => chunk.Dialled)), region) is { } whole)
            return Taken([whole]);
        return Refused(missing is { } part && chunks.Count(chunk => !chunk.IsNote) > 1
            ? $"“{part.Typed}” is not a whole phone number. Enter each number with all its digits, such as {Example(region)}."
            : Problem(missing?.Dialled ?? "", region));
    }

    private static PhoneReading Taken(List<PhoneNumbers.PhoneNumber> found)
    {
        var numbers = found.Select(n => PhoneNumber.FromE164(Util.Format(n, PhoneNumberFormat.E164))).Distinct().ToList();
        return new PhoneReading(numbers[0], numbers[1..], null, LooksMadeUp(Util.GetNationalSignificantNumber(found[0])),
            found[0].CountryCodeSource == PhoneNumbers.PhoneNumber.Types.CountryCodeSource.FROM_DEFAULT_COUNTRY);
    }

    private static PhoneReading Refused(string problem) => new(null, [], problem);

    private static List<Chunk> Chunks(string text)
    {
        var chunks = new List<Chunk>();
        var groups = Group().Matches(text);
        for (var i = 0; i < groups.Count;)
        {
            var first = i++;
            while (i < groups.Count && groups[i].Value[0] != '+' && Weak().IsMatch(Between(text, groups[i - 1], groups[i]))) i++;
            var before = first == 0 ? text[..groups[0].Index] : Between(text, groups[first - 1], groups[first]);
            var last = groups[i - 1];
            var after = i == groups.Count ? text[(last.Index + last.Length)..] : Between(text, last, groups[i]);
            var dialled = groups.Skip(first).Take(i - first).Select(group => group.Value.Replace(" ", ""));
            var typed = text[groups[first].Index..(last.Index + last.Length)];
            chunks.Add(new Chunk(typed, [.. dialled], HasWords: (before + after).Any(char.IsLetter)));
        }
        return chunks;
    }

    private static string Between(string text, Match first, Match second) => text[(first.Index + first.Length)..second.Index];

    private static List<PhoneNumbers.PhoneNumber> InChunk(Chunk chunk, string region)
    {
        if (One(chunk.Dialled, region) is { } number) return [number];
        if (chunk.Groups.Count > MostGroupsToPart) return [];
        var ways = Parted(chunk.Groups, region).Take(2).ToList();
        return ways.Count == 1 ? ways[0] : [];
    }

    /// <summary>The ways to part digit groups into numbers, such as "98470 12346 98950 54321" into two.</summary>
    private static IEnumerable<List<PhoneNumbers.PhoneNumber>> Parted(IReadOnlyList<string> groups, string region)
    {
        if (groups.Count == 0) yield return [];
        for (var taken = 1; taken <= groups.Count; taken++)
        {
            if (One(string.Concat(groups.Take(taken)), region) is not { } number) continue;
            foreach (var rest in Parted([.. groups.Skip(taken)], region)) yield return [number, .. rest];
        }
    }

    /// <returns>Null where the digits are no number that somebody can have.</returns>
    private static PhoneNumbers.PhoneNumber? One(string dialled, string region)
    {
        if (Parse(dialled, region) is { } number && IsSomebodys(number)) return number;
        // The country code behind a zero, as in 091 98470 12345.
        if (dialled[0] != '0' || Parse("+" + dialled.TrimStart('0'), region) is not { } other) return null;
        return other.CountryCode == Util.GetCountryCodeForRegion(region) && IsSomebodys(other) ? other : null;
    }

    private static PhoneNumbers.PhoneNumber? Parse(string dialled, string region)
    {
        if (dialled.Length < FewestDigits) return null;
        try
        {
            return Util.ParseAndKeepRawInput(dialled, region);
        }
        catch (NumberParseException)
        {
            // No number: said by Problem, in words for the person who typed it.
            return null;
        }
    }

    private static bool IsSomebodys(PhoneNumbers.PhoneNumber number)
    {
        var digits = Util.GetNationalSignificantNumber(number);
        return Util.IsValidNumber(number) && digits.Distinct().Count() > 1 && !StepsBy(digits, 1);
    }

    private static bool LooksMadeUp(string digits)
    {
        var half = digits.Length / 2;
        return digits.Distinct().Count() == 2 || StepsBy(digits, 9) || digits[..half] == digits[half..]
            || digits.Any(digit => digits.Contains(new string(digit, SameInARow)));
    }

    /// <summary>Whether each digit is the one before it plus the step, modulo ten.</summary>
    private static bool StepsBy(string digits, int step) => digits.Zip(digits.Skip(1), (a, b) => (b - a + 10) % 10).All(d => d == step);

    private static string Problem(string dialled, string region)
    {
        var abroad = "start with + and the country code if it is from abroad.";
        if (dialled.Length >= FewestDigits && dialled.Distinct().Count() == 1) return Nobodys();
        if (Parse(dialled, region) is not { } number) return dialled.Length > MostDigits ? TooMany() : TooFew();
        var length = Util.GetNationalSignificantNumber(number).Length;
        var usual = ExampleOf(Util.GetRegionCodeForCountryCode(number.CountryCode)) is { } example
            ? Util.GetNationalSignificantNumber(example).Length
            : length;
        if (length < usual) return TooFew();
        return length > usual ? TooMany() : Nobodys();

        string Nobodys() => $"Nobody has the number {dialled}. Check its digits; {abroad}";
        string TooFew() => $"Enter a phone number with all its digits, such as {Example(region)}; {abroad}";
        string TooMany() => $"This has too many digits for one phone number. Enter one such as {Example(region)}; {abroad}";
    }

    private static string Example(string region) =>
        region == "IN" || ExampleOf(region) is not { } example ? "98470 12345" : Util.Format(example, PhoneNumberFormat.NATIONAL);

    private static PhoneNumbers.PhoneNumber? ExampleOf(string region) => Util.GetExampleNumberForType(region, PhoneNumberType.MOBILE);

    /// <summary>Digits that may be a number, as typed and as dialled, and whether words stand directly beside them.</summary>
    private sealed record Chunk(string Typed, IReadOnlyList<string> Groups, bool HasWords)
    {
        public string Dialled { get; } = string.Concat(Groups);

        /// <summary>Whether these digits belong to a remark, such as "after 6 pm" or "ext. 12".</summary>
        public bool IsNote => HasWords && Dialled.Length <= MostDigitsOfANote;
    }

    [GeneratedRegex(@"(?:\+ *)?[0-9]+", RegexOptions.None, 1000)]
    private static partial Regex Group();

    [GeneratedRegex(@"\A[ \-.()\[\]_~]*\z", RegexOptions.None, 1000)]
    private static partial Regex Weak();

    // A spreadsheet's way to show a number that is wider than its column.
    [GeneratedRegex(
        @"\A(?:p:)?\+?(?<number>(?<first>[0-9])(?:[.,](?<fraction>[0-9]+))?E\+?(?<exponent>[0-9]{1,2}))\z",
        RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Scientific();

    // A spreadsheet's way to write a whole number as text.
    [GeneratedRegex(@"\A(?<number>.*[0-9]{7})\.00?\z", RegexOptions.None, 1000)]
    private static partial Regex WholeCell();

    [GeneratedRegex(@"\A[a-z]+: *(?=[+(0-9])", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"\A[(\[]?\+?[0-9 \-./()\[\]]+\z", RegexOptions.None, 1000)]
    private static partial Regex Searched();
}

using System.Globalization;
using System.Text.RegularExpressions;
using Crm.Institute;

namespace Crm.Fees;

/// <summary>One movement on the institute's account.</summary>
/// <param name="Amount">Above zero for money that came in, below for what went out.</param>
/// <param name="Reference">What stands in the bank's column for it, which may be no reference at all.</param>
public sealed record StatementLine(DateOnly Day, Money Amount, string Narration, string Reference);

/// <param name="Account">The last digits of the account; empty where the file does not say.</param>
/// <param name="Unread">The rows that look like movements and could not be read, by their numbers.</param>
public sealed record ReadStatement(string Account, IReadOnlyList<StatementLine> Lines, IReadOnlyList<int> Unread);

/// <summary>Finds the movements in the cells of a bank's file: by its headings, whatever stands above, between and below.</summary>
public static partial class StatementReader
{
    private const string Field = "file";
    private const int MostRowsAbove = 80;
    private const int DigitsOfAccount = 4;

    private enum Column { None, Date, ValueDate, Narration, Reference, Debit, Credit, Amount, Sign, Balance }

    private static readonly string[] Days =
    [
        "d/M/yyyy", "d-M-yyyy", "d.M.yyyy", "d/M/yy", "d-M-yy", "d.M.yy", "d-MMM-yyyy", "d-MMM-yy", "d MMM yyyy", "d MMM yy", "d/MMM/yyyy",
        "d/MMM/yy", "d MMMM yyyy", "d-MMMM-yyyy", "MMM d, yyyy", "yyyy-M-d", "yyyy/M/d",
    ];

    /// <exception cref="Refusal">It is no statement; the sentence says what was looked for.</exception>
    public static ReadStatement Read(IReadOnlyList<StatementSheet> sheets)
    {
        var found = sheets.Where(s => At(s) is not null).ToList();
        if (found.Count > 1)
            throw new Refusal(Field, "There is a statement on more than one sheet. Keep each as a file of its own: one would be left out.");
        if (found is [var only])
            return only.Broken is { } broken ? throw broken : Below(Headings.Of(only.Rows[At(only)!.Value])!, only, At(only)!.Value);
        throw sheets.FirstOrDefault(s => s.Broken is not null)?.Broken ?? new Refusal(Field, "No statement was found: it needs a row of "
            + "headings with a date, a narration and the deposits, or an amount with Cr and Dr.");
    }

    // The row of headings.
    private static int? At(StatementSheet sheet) => Enumerable.Range(0, Math.Min(sheet.Rows.Count, MostRowsAbove))
        .Where(i => Headings.Of(sheet.Rows[i]) is not null).Select(i => (int?)i).FirstOrDefault();

    private static ReadStatement Below(Headings headings, StatementSheet sheet, int at)
    {
        var rows = sheet.Rows;
        headings = headings.AsUsedIn(rows.Skip(at + 1));
        if (sheet.IsOpen && headings.EndsInTheMiddle([.. rows.Skip(at + 1)]))
            throw new Refusal(Field, $"The file seems to be cut off in row {rows.Count}, its last. Download it again: nothing was taken in."
                + " If that row is whole, put a line's end behind it.");
        var (lines, unread) = (new List<StatementLine>(), new List<int>());
        for (var i = at + 1; i < rows.Count; i++)
            if (headings.Line(rows[i]) is { } line) lines.Add(line);
            else if (headings.SeemsToBeOne(rows[i])) unread.Add(i + 1);
        return lines.Count > 0
            ? new ReadStatement(AccountIn(rows.Take(at)), lines, unread)
            : throw new Refusal(Field, "There are headings of a statement, and no movement with a day and an amount below.");
    }

    private static string AccountIn(IEnumerable<string[]> above)
    {
        foreach (var row in above)
            if (Account().Match(string.Join(' ', row)) is { Success: true } found)
                return found.Groups["number"].Value is { Length: > DigitsOfAccount } number ? number[^DigitsOfAccount..] : "";
        return "";
    }

    private sealed record Headings(Column[] Columns)
    {
        private bool HasOwnColumns => Columns.Contains(Column.Credit);

        public static Headings? Of(string[] row)
        {
            var columns = row.Select(Meaning).ToArray();
            var isOne = columns.Contains(Column.Date) && (columns.Contains(Column.Credit) || columns.Contains(Column.Amount))
                && (columns.Contains(Column.Narration) || columns.Contains(Column.Reference));
            return isOne ? new Headings(columns) : null;
        }

        /// <returns>The same without a column of other words than signs, such as "UPI" and "NEFT".</returns>
        public Headings AsUsedIn(IEnumerable<string[]> rows)
        {
            var sign = Array.IndexOf(Columns, Column.Sign);
            return sign < 0 || rows.Any(row => SignOf(Of(row, Column.Sign)) is not null and not 0)
                ? this
                : new Headings([.. Columns.Select(c => c == Column.Sign ? Column.None : c)]);
        }

        /// <returns>Null for what is no movement: balances, totals, repeated headings, lines of stars, footers.</returns>
        public StatementLine? Line(string[] row)
        {
            if (Day(Of(row, Column.Date)) is not { } day) return null;
            var narration = string.Join(' ', All(row, Column.Narration));
            if (NoMovement().IsMatch(narration)) return null;
            // Some banks write what went out with a minus, in a column of its own.
            var amount = HasOwnColumns
                ? Amount(Of(row, Column.Credit)).Amount - Whole(Amount(Of(row, Column.Debit)).Amount)
                : Signed(row) ?? Money.Zero;
            return amount == Money.Zero ? null : new StatementLine(day, amount, narration, string.Join(' ', All(row, Column.Reference)));
        }

        /// <summary>Whether the last of the rows below is but the beginning of one, by the others: it has fewer cells, or ends in an amount
        /// with fewer digits behind the point. What is left of it would be another amount, or nobody's.</summary>
        public bool EndsInTheMiddle(IReadOnlyList<string[]> rows)
        {
            var (last, others) = (rows[^1], rows.SkipLast(1).Where(r => Line(r) is not null).ToList());
            if (others.Count == 0 || Day(Of(last, Column.Date)) is null) return false;
            if (last.Length < others.Min(r => r.Length)) return true;
            var at = last.Length - 1;
            var isAmount = Columns.ElementAtOrDefault(at) is Column.Credit or Column.Debit or Column.Amount;
            if (!isAmount || last[at].Length == 0) return false;
            var amounts = others.Select(r => r[at]).Where(a => a.Length > 0).ToList();
            return amounts.Count > 0 && amounts.Min(BehindThePoint) > BehindThePoint(last[at]);
        }

        private static int BehindThePoint(string amount) =>
            amount.Contains('.', StringComparison.Ordinal) ? amount[amount.LastIndexOf('.')..].Count(char.IsDigit) : 0;

        /// <summary>Whether a row that cannot be read is a movement all the same: it has a day and an amount, written in a way that is not
        /// known, or a day with words and no amount at all, as where a workbook has a formula without its result.</summary>
        public bool SeemsToBeOne(string[] row)
        {
            string[] amounts = HasOwnColumns ? [Of(row, Column.Credit), Of(row, Column.Debit)] : [Of(row, Column.Amount)];
            var isWhole = Day(Of(row, Column.Date)) is not null && amounts.Any(a => Amount(a).Amount != Money.Zero);
            // It has a day and an amount, and is left out for its words all the same.
            if (isWhole && (NoMovement().IsMatch(string.Join(' ', All(row, Column.Narration))) || !HasOwnColumns && Signed(row) is null))
                return true;
            if (NoMovement().IsMatch(string.Join(' ', row).TrimStart())) return false;
            if (Day(Of(row, Column.Date)) is null)
                return Of(row, Column.Date).Any(char.IsDigit) && amounts.Any(a => Amount(a).Amount != Money.Zero);
            return amounts.Any(a => a.Any(char.IsLetterOrDigit) && !Written().IsMatch(a)) || SaysSomethingWithoutAmount(row, amounts);
        }

        private bool SaysSomethingWithoutAmount(string[] row, string[] amounts) => amounts.All(a => a.Length == 0)
            && !NoMovement().IsMatch(string.Join(' ', All(row, Column.Narration)))
            && All(row, Column.Narration).Concat(All(row, Column.Reference)).Any(said => said.Any(char.IsLetterOrDigit));

        // "Cr" may stand in a column of its own behind the amount, or behind the amount itself; without either, a minus is what went out.
        // Null where a word stands there that is no sign.
        private Money? Signed(string[] row)
        {
            var (amount, sign) = Amount(Of(row, Column.Amount));
            var at = Array.IndexOf(Columns, Column.Amount);
            var column = Array.IndexOf(Columns, Column.Sign, at);
            if (column < 0) column = Array.IndexOf(Columns, Column.Sign);
            if (sign.Length == 0 && column >= 0 && column < row.Length) sign = row[column];
            return SignOf(sign) switch { null => null, < 0 => -Whole(amount), _ => amount };
        }

        private static Money Whole(Money amount) => amount < Money.Zero ? -amount : amount;

        /// <returns>1 for what came in, -1 for what went out, 0 where nothing is said; null for another word.</returns>
        private static int? SignOf(string said) => string.Concat(said.ToUpperInvariant().Where(char.IsLetter)) switch
        {
            "" => 0,
            "C" or "CR" or "CREDIT" or "CREDITED" or "DEPOSIT" => 1,
            "D" or "DR" or "DEBIT" or "DEBITED" or "W" or "WD" or "WITHDRAWAL" => -1,
            _ => null,
        };

        private string Of(string[] row, Column column)
        {
            var at = Array.IndexOf(Columns, column);
            return at >= 0 && at < row.Length ? row[at] : "";
        }

        private IEnumerable<string> All(string[] row, Column column) =>
            row.Take(Columns.Length).Where((cell, i) => Columns[i] == column && cell.Length > 0 && cell != "-");

        private static Column Meaning(string heading)
        {
            var word = string.Concat(heading.ToLowerInvariant().Where(char.IsLetter));
            return word switch
            {
                "drcr" or "crdr" or "debitcredit" or "creditdebit" or "type" or "transactiontype" or "drcrindicator" => Column.Sign,
                "dr" => Column.Debit,
                "cr" => Column.Credit,
                "bal" => Column.Balance,
                _ when word.Contains("balance") => Column.Balance,
                _ when word.StartsWith("value", StringComparison.Ordinal) => Column.ValueDate,
                _ when word.Contains("withdrawal") || word.StartsWith("debit", StringComparison.Ordinal) => Column.Debit,
                _ when word.Contains("deposit") || word.StartsWith("credit", StringComparison.Ordinal) => Column.Credit,
                _ when word.Contains("amount") || word.EndsWith("amt", StringComparison.Ordinal) => Column.Amount,
                _ when ReferenceWord().IsMatch(word) => Column.Reference,
                _ when word.Contains("narration") || word.Contains("description") || word.Contains("particular") || word.Contains("remark")
                    || word == "details" || word == "transactiondetails" => Column.Narration,
                _ when word.Contains("date") => Column.Date,
                _ => Column.None,
            };
        }
    }

    private static DateOnly? Day(string text)
    {
        var day = Time().Replace(text, "").Trim().Replace("Sept", "Sep", StringComparison.OrdinalIgnoreCase);
        return DateOnly.TryParseExact(day, Days, CultureInfo.InvariantCulture, DateTimeStyles.None, out var read)
            && read.Year is > 2000 and < 2100
            ? read
            : null;
    }

    private static (Money Amount, string Sign) Amount(string text)
    {
        var match = Written().Match(text);
        if (!match.Success || !decimal.TryParse(match.Groups["number"].Value.Replace(",", "", StringComparison.Ordinal).Replace(" ", "",
            StringComparison.Ordinal), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number > Most) return (Money.Zero, "");
        var amount = Money.FromRupees(Math.Round(number, 2));
        var isLess = match.Groups["minus"].Length > 0;
        return (isLess ? -amount : amount, match.Groups["sign"].Value.ToUpperInvariant());
    }

    private const decimal Most = 10_000_000_000;

    // "1234,50" is read neither as 1234.50 nor as 123450.
    private const string CommaForPoint = @"[0-9, ]*,[0-9]{1,2}(?:[^0-9,.]|\z)";

    [GeneratedRegex(@"\A(?<minus>[-(]?)\s*(?:INR|Rs\.?|₹)?\s*(?<number>(?!" + CommaForPoint
        + @")[0-9][0-9, ]*(?:\.[0-9]+)?|\.[0-9]+)\)?\s*(?<sign>Cr|Dr)?\.?\s*\z",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Written();

    [GeneratedRegex(@"[ T]\d{1,2}:\d{2}.*\z", RegexOptions.None, 1000)]
    private static partial Regex Time();

    [GeneratedRegex(@"\A\W*(?:opening|closing) balance|\A\W*(?:b/f|c/f|brought forward|carried forward)\b|\A\W*(?:grand )?total\b",
        RegexOptions.IgnoreCase, 1000)]
    private static partial Regex NoMovement();

    [GeneratedRegex("ref|chq|cheque|utr|instrument|tranid|transactionid", RegexOptions.None, 1000)]
    private static partial Regex ReferenceWord();

    [GeneratedRegex(@"(?:a/?c|account)\b(?! ?name)[^0-9]{0,30}(?<number>[0-9Xx*]{6,20})",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Account();
}

using System.Globalization;
using System.Text.RegularExpressions;
using Crm.Institute;
using Crm.Storage;
using Marten;
using Weasel.Postgresql.Tables;

namespace Crm.Fees;

/// <summary>
/// Numbers of receipts, such as <c>R-2627-0041</c>: without a gap or a repeat within a financial year, whatever the prefix was changed
/// to meanwhile. The row of the year stays locked until the payment is stored, so that a number whose payment fails is the next one's.
/// </summary>
public static partial class ReceiptNumbers
{
    /// <summary>With a sign behind it, the year, a sign and six digits a number has 16 letters, the most that a tax invoice may have.
    /// </summary>
    public const int LongestPrefix = 5;

    private const string Name = "receipt_numbers";
    private const string OfCreditNotes = "CN";
    private const string OfDebitNotes = "DN";

    private const string Next =
        $"""
        with counted as (
            insert into {MartenSetup.Schema}.{Name} as n (of_year, last) values (?, 1)
            on conflict (of_year) do update set last = n.last + 1 returning n.last)
        select last from counted
        """;

    /// <summary>The table, which Marten keeps with its own.</summary>
    public static Table Table()
    {
        var table = new Table($"{MartenSetup.Schema}.{Name}");
        table.AddColumn<string>("of_year").AsPrimaryKey();
        table.AddColumn<int>("last").NotNull();
        return table;
    }

    /// <summary>Takes the next number in the transaction of a session that the caller saves.</summary>
    /// <param name="issuedOn">The day that decides the financial year.</param>
    public static async Task<string> TakeAsync(
        IDocumentSession session, CurrentInstitute institute, DateOnly issuedOn, CancellationToken cancel)
    {
        // By its name and not its first day: a year that begins in another month, but is called the same, goes on counting.
        var year = YearOf(institute.FinancialYearOf(issuedOn));
        var number = await NextAsync(session, year, cancel);
        var prefix = institute.Profile.ReceiptPrefix;
        return prefix[^1] is '-' or '/' ? $"{prefix}{year}{prefix[^1]}{number:0000}" : $"{prefix}-{year}-{number:0000}";
    }

    /// <summary>The same for a credit or a debit note, from the series of those: <c>CN-2627-0003</c>.</summary>
    public static async Task<string> TakeNoteAsync(
        IDocumentSession session, CurrentInstitute institute, DateOnly issuedOn, bool isDebit, CancellationToken cancel)
    {
        var year = $"{(isDebit ? OfDebitNotes : OfCreditNotes)}-{YearOf(institute.FinancialYearOf(issuedOn))}";
        return $"{year}-{await NextAsync(session, year, cancel):0000}";
    }

    private static async Task<int> NextAsync(IDocumentSession session, string series, CancellationToken cancel)
    {
        await session.BeginTransactionAsync(cancel);
        return (await session.AdvancedSql.QueryAsync<int>(Next, cancel, series)).Single();
    }

    /// <returns>Why numbers cannot begin so, in a sentence; null where they can.</returns>
    public static string? WhyNot(string prefix) => prefix.TrimEnd('-', '/') is OfCreditNotes or OfDebitNotes
        ? "Numbers of credit and debit notes begin so. Choose another."
        : Prefix().IsMatch(prefix)
        ? null
        : "Begin with up to 4 capital letters or digits, behind which a hyphen or slash may stand, such as INV/: "
            + "the number of a tax invoice has at most 16.";

    // The year from April 2026 is 2627; one from January is 2027.
    private static string YearOf(DateOnly begins) => begins.Month == 1
        ? begins.Year.ToString(CultureInfo.InvariantCulture)
        : $"{begins.Year % 100:00}{(begins.Year + 1) % 100:00}";

    [GeneratedRegex("^[A-Z0-9]([A-Z0-9/-]{0,2}[A-Z0-9])?[/-]?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Prefix();
}

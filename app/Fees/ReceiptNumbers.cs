using System.Globalization;
using Crm.Institute;
using Crm.Storage;
using Marten;
using Weasel.Postgresql.Tables;

namespace Crm.Fees;

/// <summary>
/// Numbers of receipts, such as <c>R-2627-0041</c>: without a gap or a repeat within a financial year. The row of the year stays
/// locked until the payment is stored, so that a number whose payment fails is the next one's.
/// </summary>
public static class ReceiptNumbers
{
    /// <summary>With the year and five digits a number has 16 letters, the most that a tax invoice may have.</summary>
    public const int LongestPrefix = 4;

    private const string Name = "receipt_numbers";

    private const string Next =
        $"""
        with counted as (
            insert into {MartenSetup.Schema}.{Name} as n (begins, last) values (?, 1)
            on conflict (begins) do update set last = n.last + 1 returning n.last)
        select last from counted
        """;

    /// <summary>The table, which Marten keeps with its own.</summary>
    public static Table Table()
    {
        var table = new Table($"{MartenSetup.Schema}.{Name}");
        table.AddColumn<DateOnly>("begins").AsPrimaryKey();
        table.AddColumn<int>("last").NotNull();
        return table;
    }

    /// <summary>Takes the next number in the transaction of a session that the caller saves.</summary>
    /// <param name="issuedOn">The day that decides the financial year.</param>
    public static async Task<string> TakeAsync(
        IDocumentSession session, CurrentInstitute institute, DateOnly issuedOn, CancellationToken cancel)
    {
        await session.BeginTransactionAsync(cancel);
        var begins = institute.FinancialYearOf(issuedOn);
        var number = (await session.AdvancedSql.QueryAsync<int>(Next, cancel, begins)).Single();
        return $"{institute.Profile.ReceiptPrefix}-{YearOf(begins)}-{number:0000}";
    }

    // The year from April 2026 is 2627; one from January is 2027.
    private static string YearOf(DateOnly begins) => begins.Month == 1
        ? begins.Year.ToString(CultureInfo.InvariantCulture)
        : $"{begins.Year % 100:00}{(begins.Year + 1) % 100:00}";
}

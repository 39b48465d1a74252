using System.Globalization;
using Crm.Institute;
using Crm.Storage;
using Marten;

namespace Crm.Privacy;

/// <summary>A line of the audit as it is read.</summary>
/// <param name="Line">Its id, which Marten would take for a document's by the name of Id.</param>
/// <param name="By">Who did it, as they were called at the time.</param>
public sealed record AuditLine(Guid Line, DateTimeOffset At, string Kind, string By, Guid? Whom, string What, int? Count, string? Address);

/// <summary>What is looked for in the audit.</summary>
/// <param name="By">The member of staff who did it.</param>
/// <param name="Whom">The person or member of staff that it was done to.</param>
/// <param name="Before">The place after which the page begins, as the page before it gave it.</param>
public sealed record AuditFilter(Guid? By, AuditKind? Kind, Guid? Whom, DateOnly? From, DateOnly? To, string? Before);

/// <summary>The lines of the audit, the latest first, page by page.</summary>
public static class AuditList
{
    public const string Table = $"{MartenSetup.Schema}.audit_entries";

    private const int PageSize = 100;

    private const string Columns = """
        jsonb_build_object('Line', id, 'At', at, 'Kind', kind, 'By', by_name, 'Whom', whom, 'What', what, 'Count', count,
            'Address', address)
        """;

    /// <returns>The page, and the place after which the next one begins; null at the end.</returns>
    public static async Task<(IReadOnlyList<AuditLine> Lines, string? Next)> ReadAsync(
        IQuerySession session, AuditFilter filter, InstituteClock clock, CancellationToken cancel)
    {
        var (sql, values) = (new List<string> { "true" }, new List<object>());
        void And(string condition, params object?[] of)
        {
            if (of.Contains(null)) return;
            sql.Add(condition);
            values.AddRange(of!);
        }
        And("by_id = ?", filter.By);
        And("kind = ?", filter.Kind?.ToString());
        And("whom = ?", filter.Whom);
        And("at >= ?", filter.From is { } from ? clock.StartOf(from) : null);
        And("at < ?", filter.To is { } to ? clock.StartOf(to.AddDays(1)) : null);
        if (Place(filter.Before) is var (at, id)) And("(at, id) < (?, ?)", at, id);
        var found = await session.AdvancedSql.QueryAsync<AuditLine>(
            $"select {Columns} from {Table} where {string.Join(" and ", sql)} order by at desc, id desc limit {PageSize + 1}", cancel,
            [.. values]);
        List<AuditLine> shown = [.. found.Take(PageSize)];
        return (shown, found.Count > PageSize ? $"{shown[^1].At.UtcTicks}-{shown[^1].Line:N}" : null);
    }

    /// <summary>All lines about some persons, the first one first.</summary>
    public static Task<IReadOnlyList<AuditLine>> AboutAsync(IQuerySession session, Guid[] whom, CancellationToken cancel) =>
        session.AdvancedSql.QueryAsync<AuditLine>(
            $"select {Columns} from {Table} where whom = any(?) order by at, id", cancel, (object)whom);

    private static (DateTimeOffset At, Guid Id)? Place(string? before) =>
        before?.Split('-') is [var ticks, var id] && Guid.TryParse(id, out var last)
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at < DateTimeOffset.MaxValue.Ticks
            ? (new DateTimeOffset(at, TimeSpan.Zero), last)
            : null;
}

using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Marten;
using Npgsql;

namespace Crm.Reports;

/// <summary>How far the leads of one group came. A lead counts in every stage it has reached, also where it was lost later.</summary>
/// <param name="Fees">Agreed with those who enrolled.</param>
/// <param name="FirstContact">The median time from the enquiry to the first conversation, or null where there was none.</param>
public sealed record FunnelRow(
    string Name, int Enquiries, int Contacted, int Counselled, int Offered, int Enrolled, int Lost, Money Fees, TimeSpan? FirstContact)
{
    public IReadOnlyList<(string Name, int Count)> Stages =>
        [("Enquiries", Enquiries), ("Contacted", Contacted), ("Counselled", Counselled), ("Offered", Offered), ("Enrolled", Enrolled)];

    /// <summary>The stages, and those lost.</summary>
    public IReadOnlyList<int> Counts => [.. Stages.Select(s => s.Count), Lost];

    /// <summary>A time in its one unit, such as "5.5 h".</summary>
    public static string InWords(TimeSpan? time) => time switch
    {
        null => "–",
        { TotalHours: < 1 } t => $"{t.TotalMinutes:0} min",
        { TotalHours: < 48 } t => $"{t.TotalHours:0.#} h",
        { } t => $"{t.TotalDays:0.#} days",
    };
}

/// <param name="Title">What the rows are grouped by.</param>
public sealed record FunnelTableView(string Title, IReadOnlyList<FunnelRow> Rows);

/// <summary>The leads received from the first day to the last, both included, in the institute's time.</summary>
public sealed record FunnelReport(
    DateOnly From, DateOnly To, FunnelRow Total, IReadOnlyList<FunnelRow> BySource, IReadOnlyList<FunnelRow> ByCounsellor)
{
    /// <summary>What the report calls leads that nobody has taken.</summary>
    public const string Unassigned = "Nobody yet";

    private const string All = "All";

    /// <param name="session">To ask what sources and counsellors are called by now.</param>
    public static async Task<FunnelReport> LoadAsync(
        NpgsqlDataSource database, IQuerySession session, DateOnly from, DateOnly to, InstituteClock clock, CancellationToken cancel)
    {
        var (book, staff) = (await SourceBook.LoadAsync(session, cancel), StaffNames.Of(await session.Query<User>().ToListAsync(cancel)));
        var figures = await new FunnelReader(database, clock).ReadAsync(from, to, cancel);
        var gone = await figures.NamesAsync(figures.ByCounsellor.Keys.Where(id => !staff.ContainsKey(id)), cancel);
        return new FunnelReport(from, to, FunnelFigures.Of(figures.BySource.Values).Named(All),
            RowsOf(figures.BySource.GroupBy(s => book.NameOf(s.Key), s => s.Value).Select(g => FunnelFigures.Of(g).Named(g.Key))),
            RowsOf(figures.ByCounsellor.Select(c => c.Value.Named(
                c.Key == Guid.Empty ? Unassigned : staff.GetValueOrDefault(c.Key) ?? gone.GetValueOrDefault(c.Key, "")))));
    }

    private static IReadOnlyList<FunnelRow> RowsOf(IEnumerable<FunnelRow> rows) =>
        [.. rows.Where(r => r.Enquiries > 0).OrderByDescending(r => r.Enquiries).ThenBy(r => r.Name, StringComparer.Ordinal)];
}

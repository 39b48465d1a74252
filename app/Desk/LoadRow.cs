using Crm.Accounts;
using Crm.Institute;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Desk;

/// <summary>What waits for one counsellor.</summary>
/// <param name="Counsellor">A user's id; null for leads of nobody.</param>
public sealed record LoadRow(Guid? Counsellor, string Name, int Overdue, int Today, int New, int Unplanned)
{
    /// <summary>The list of those of them that wait so, from which they can be handed over.</summary>
    public string AddressOf(Waiting waiting) =>
        "/leads" + new LeadFilter(Counsellor: Counsellor?.ToString() ?? LeadFilter.Nobody, Waiting: waiting).ToQuery();

    /// <returns>By the most that is late.</returns>
    public static async Task<IReadOnlyList<LoadRow>> ReadAsync(IQuerySession session, InstituteClock clock, CancellationToken cancel)
    {
        var (now, tomorrow) = (clock.Now, clock.StartOf(clock.Today.AddDays(1)));
        var counted = await session.AdvancedSql.QueryAsync<Counted>($"""
            select jsonb_build_object('Counsellor', d.counsellor_id,
                'Overdue', count(*) filter (where d.follow_up_due_at < ?),
                'Today', count(*) filter (where d.follow_up_due_at >= ? and d.follow_up_due_at < ?),
                'New', count(*) filter (where d.unplanned_since is not null and d.stage = 'New'),
                'Unplanned', count(*) filter (where d.unplanned_since is not null and d.stage <> 'New'))
            from {LeadEntry.Leads} where d.unplanned_since is not null or d.follow_up_due_at < ? group by d.counsellor_id
            """, cancel, now, now, tomorrow, tomorrow);
        var staff = (await session.Query<User>().ToListAsync(cancel)).ToDictionary(u => u.Id);
        return [.. counted.Select(c => new LoadRow(c.Counsellor, NameOf(c.Counsellor, staff), c.Overdue, c.Today, c.New, c.Unplanned))
            .OrderByDescending(r => r.Overdue).ThenByDescending(r => r.New)];
    }

    private static string NameOf(Guid? id, Dictionary<Guid, User> staff) =>
        id is null || !staff.TryGetValue(id.Value, out var user) ? "Nobody"
        : user.Active ? user.Name
        : $"{user.Name}, who is not here any more";

    private sealed record Counted(Guid? Counsellor, int Overdue, int Today, int New, int Unplanned);
}

using Crm.Leads;

namespace Crm.Desk;

/// <summary>The leads that wait for a call, in the order in which they are called.</summary>
internal static class Queues
{
    public static IQueryable<Lead> DueBefore(this IQueryable<Lead> leads, DateTimeOffset moment) =>
        leads.Where(l => l.FollowUpDueAt < moment).OrderBy(l => l.FollowUpDueAt);

    public static IQueryable<Lead> DueBetween(this IQueryable<Lead> leads, DateTimeOffset from, DateTimeOffset to) =>
        leads.Where(l => l.FollowUpDueAt >= from && l.FollowUpDueAt < to).OrderBy(l => l.FollowUpDueAt);

    /// <summary>Those that nobody has reached and nobody has planned to call.</summary>
    public static IQueryable<Lead> ToBeCalled(this IQueryable<Lead> leads) =>
        leads.Where(l => l.Stage == Stage.New && l.FollowUpDueAt == null).OrderByDescending(l => l.ReceivedAt);
}

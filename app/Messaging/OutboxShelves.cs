using Crm.Institute;
using Marten;

namespace Crm.Messaging;

/// <summary>How the outbox page sorts messages: what is wrong comes first, what is scheduled for later after what waits now.</summary>
public enum Shelf { Failed, Unconfirmed, Waiting, Scheduled, Sent, Cancelled }

/// <param name="Total">How many there are, of which the first are shown.</param>
/// <param name="Leaves">Whether a mail server is set.</param>
public sealed record ShelfView(
    Shelf Shelf, IReadOnlyList<OutboxMessage> Messages, int Total, bool IsWhole, bool Leaves, InstituteClock Clock)
{
    public string Title => Shelf switch
    {
        Shelf.Failed => "Did not leave",
        Shelf.Unconfirmed => "May have arrived",
        Shelf.Waiting => "Waiting to leave",
        Shelf.Scheduled => "Scheduled",
        _ => Format.Words(Shelf),
    };

    public string? Explanation => Shelf switch
    {
        Shelf.Failed when Messages.Count > 0 => "Correct what is wrong, then send again.",
        Shelf.Unconfirmed when Messages.Count > 0 => "The mail server had these when the line broke. Look at its log, or ask, then decide.",
        _ => null,
    };
}

/// <summary>Which messages stand on a shelf.</summary>
internal static class OutboxShelves
{
    public static IQueryable<OutboxMessage> On(this IQuerySession session, Shelf shelf, DateTimeOffset now)
    {
        var all = session.Query<OutboxMessage>();
        return shelf switch
        {
            Shelf.Failed => all.Where(m => m.Status == MessageStatus.Failed),
            Shelf.Unconfirmed => all.Where(m => m.Status == MessageStatus.Unconfirmed),
            Shelf.Waiting => all.Where(m =>
                m.Status == MessageStatus.Sending || (m.Status == MessageStatus.Queued && (m.DueAt <= now || m.Attempts > 0))),
            Shelf.Scheduled => all.Where(m => m.Status == MessageStatus.Queued && m.DueAt > now && m.Attempts == 0),
            Shelf.Sent => all.Where(m => m.Status == MessageStatus.Sent),
            _ => all.Where(m => m.Status == MessageStatus.Cancelled),
        };
    }

    /// <summary>What is still to leave, in the order in which it will; everything else, the latest first.</summary>
    public static IQueryable<OutboxMessage> Ordered(this IQueryable<OutboxMessage> messages, Shelf shelf) =>
        shelf is Shelf.Waiting or Shelf.Scheduled ? messages.OrderBy(m => m.DueAt) : messages.OrderByDescending(m => m.DueAt);
}

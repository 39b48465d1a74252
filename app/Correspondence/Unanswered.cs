using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Marten;

namespace Crm.Correspondence;

/// <summary>What is to be known of who may be written to once more: their lead, their others, and what was written to them.</summary>
/// <param name="Theirs">All leads of the person.</param>
/// <param name="Written">All messages to the person.</param>
/// <param name="Waits">Whether the lead stands on a list of who waits for a seat.</param>
/// <param name="Leaves">Whether mail leaves this machine: then what was kept as a file before it did has reached nobody.</param>
public sealed record Unanswered(Lead Lead, IReadOnlyList<Lead> Theirs, IReadOnlyList<OutboxMessage> Written, bool Waits, bool Leaves)
{
    // Who is called within that time may not be reached; who is called later has asked for it.
    private static readonly TimeSpan Soon = TimeSpan.FromDays(1);

    public static async Task<Unanswered> LoadAsync(IQuerySession session, Lead lead, bool leaves, CancellationToken cancel)
    {
        var person = lead.PersonId;
        return new Unanswered(lead, await session.Query<Lead>().Where(l => l.PersonId == person).ToListAsync(cancel),
            await session.Query<OutboxMessage>().Where(m => m.PersonId == person).ToListAsync(cancel),
            (await session.LoadManyAsync<Batch>(cancel, lead.Waits)).Any(b => b.PlaceOf(lead.Id) is not null), leaves);
    }

    /// <summary>The last one that was sent of what this lead asked for.</summary>
    public OutboxMessage? Brochure =>
        Brochures.Where(m => m.Status == MessageStatus.Sent && !(Leaves && m.IsKeptAsFile)).MaxBy(m => m.SentAt);

    /// <summary>What it is of.</summary>
    public string CourseName => Lead.CourseId == Brochure?.TopicId ? Lead.CourseName
        : Lead.OtherCourses.Find(c => c.Id == Brochure?.TopicId)?.Name ?? Lead.CourseName;

    /// <summary>When they asked for it: what stands in a file was asked before it was known here.</summary>
    public DateTimeOffset AskedAt => Lead.Enquiries > 1 && Brochure is { } sent ? sent.CreatedAt : Lead.ReceivedAt;

    private IEnumerable<OutboxMessage> Brochures => Written.Where(m => m.LeadId == Lead.Id && m.Kind == MessageKinds.Brochure);

    /// <param name="own">The message that would ask, where it is written already.</param>
    /// <returns>Why they are not to be written to, in a sentence for staff; null where they are.</returns>
    public string? WhyNot(DateTimeOffset now, OutboxMessage? own)
    {
        if (Lead.ContactedAt is not null || !Lead.IsOpen) return "The applicant was reached, or has decided.";
        if (Theirs.Any(l => l.Id != Lead.Id && HasAnswered(l))) return "The applicant was reached about another enquiry.";
        if (Lead.Asked is not null || Waits) return "The applicant waits for a discount or a seat.";
        if (Lead.FollowUp is { } due && due.DueAt > now + Soon) return "A later follow-up is planned.";
        if (Brochure is not { SentAt: { } sentAt }) return "No brochure has reached the applicant.";
        if (sentAt > now - Nudges.After || Brochures.Any(IsOnItsWay)) return "A brochure was sent since.";
        if (sentAt <= now - Nudges.TooLate) return "It would come too late.";
        if (Written.Any(m => m.Kind == MessageKinds.Personal && m.LeadId == Lead.Id && m.CreatedAt > sentAt))
            return "A counsellor has written since.";
        return Written.Any(m => m.Kind == MessageKinds.Nudge && IsBefore(m, own) && m.CreatedAt > now - Nudges.TooLate)
            ? "The applicant was asked already."
            : null;
    }

    // Of two that were written at once, as of two records that were merged since, one leaves.
    private static bool IsBefore(OutboxMessage message, OutboxMessage? own) => message.Status != MessageStatus.Cancelled
        && (own is null || (message.CreatedAt, message.Id).CompareTo((own.CreatedAt, own.Id)) < 0);

    private static bool IsOnItsWay(OutboxMessage message) => message.Status is MessageStatus.Queued or MessageStatus.Sending;

    private bool HasAnswered(Lead other) =>
        other.ContactedAt >= Lead.ReceivedAt || other.IsEnrolled && other.CourseId == Lead.CourseId;
}

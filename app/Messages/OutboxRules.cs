using Crm.Leads;
using Crm.Storage;
using Marten;

namespace Crm.Messages;

/// <summary>Which waiting messages a change to a lead makes pointless.</summary>
public static class OutboxRules
{
    // One statement in the change's own transaction: a message claimed meanwhile is no longer Queued and is left alone.
    private const string Cancel =
        $$"""update {{MartenSetup.Schema}}.mt_doc_outboxmessage set status = 'Cancelled', data = jsonb_set(data, '{Status}', '"Cancelled"') where status = 'Queued' and """;

    /// <summary>Cancels reminders of follow-ups that are over, and nudges to applicants who have been reached or have decided.</summary>
    public static void CancelStale(IDocumentSession session, Guid leadId, IReadOnlyList<object> events)
    {
        foreach (var e in events)
        {
            var over = e switch { FollowUpDone done => done.FollowUpId, FollowUpCancelled cancelled => cancelled.FollowUpId, _ => Guid.Empty };
            if (over != Guid.Empty) CancelReminder(session, over);
            if (e is LeadEnrolled or LeadLost or EmailsStopped or OfferMade or StageChanged { To: not LeadStage.New } or ContactLogged { Outcome: ContactOutcome.Connected })
                session.QueueSqlCommand(Cancel + "(data ->> 'LeadId')::uuid = ? and data ->> 'Kind' = 'FollowUp'", leadId);
        }
    }

    /// <summary>
    /// Asked just before sending: a message that was <see cref="MessageStatus.Sending"/> while its lead changed, and came
    /// back into the queue, was passed over by <see cref="CancelStale"/>.
    /// </summary>
    /// <returns>Why it is not to be sent, or null where it is.</returns>
    public static string? WhyPointless(OutboxMessage message, Lead lead) => message.Kind switch
    {
        MessageKind.Reminder => lead.FollowUp?.Id == message.FollowUpId ? null : "The follow-up is over.",
        _ when message.ToApplicant && lead.Email is null => "The applicant has no email address any more.",
        MessageKind.EnrolmentLetter => null,
        _ when lead.EmailsStopped => "The applicant asked for no more emails.",
        MessageKind.FollowUp when lead.ContactedAt is not null || !lead.IsOpen => "The applicant was reached, or has decided.",
        _ => null,
    };

    public static void CancelReminder(IDocumentSession session, Guid followUpId) =>
        session.QueueSqlCommand(Cancel + "(data ->> 'FollowUpId')::uuid = ?", followUpId);
}

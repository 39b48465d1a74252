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

    public static void CancelReminder(IDocumentSession session, Guid followUpId) =>
        session.QueueSqlCommand(Cancel + "(data ->> 'FollowUpId')::uuid = ?", followUpId);
}

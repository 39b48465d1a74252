using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Crm.Messages;
using Crm.Web;
using Marten;

namespace Crm.Counselling;

/// <summary>Follow-ups and who keeps them: each planned one has a reminder to its counsellor in the outbox, stored with it.</summary>
public sealed class FollowUps(LeadChanges changes, Letters letters)
{
    public Task<Lead?> ScheduleAsync(Guid leadId, Actor by, DateTimeOffset dueAt, string? purpose, CancellationToken cancel) =>
        changes.ApplyAsync(leadId, async (lead, session) =>
        {
            var events = LeadRules.Schedule(lead, by, Guid.CreateVersion7(by.At), dueAt, purpose);
            if ((lead.CounsellorId ?? by.UserId) is { } id && await session.LoadAsync<User>(id, cancel) is { Active: true } counsellor)
                session.Store(letters.Reminder(lead, events.OfType<FollowUpScheduled>().Single(), counsellor));
            return events;
        }, cancel);

    /// <summary>Gives a lead to a counsellor, and the reminder of its follow-up with it.</summary>
    public Task<Lead?> AssignAsync(Guid leadId, Actor by, Guid counsellorId, CancellationToken cancel) =>
        changes.ApplyAsync(leadId, async (lead, session) =>
        {
            if (await session.LoadAsync<User>(counsellorId, cancel) is not { Active: true } counsellor)
                throw new Refusal("counsellor", "Choose somebody who may sign in.");
            var events = LeadRules.Assign(lead, by, counsellor.Id, counsellor.Name);
            if (events.Count > 0 && lead.FollowUp is { } due && due.DueAt > by.At)
            {
                OutboxRules.CancelReminder(session, due.Id);
                session.Store(letters.Reminder(lead, new FollowUpScheduled(by.At, by.Name, due.Id, due.DueAt, due.Purpose), counsellor));
            }
            return events;
        }, cancel);
}

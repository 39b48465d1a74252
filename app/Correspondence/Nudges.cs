using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Storage;
using Marten;

namespace Crm.Correspondence;

/// <summary>
/// Writes once more to who was sent a brochure days ago and whom nobody has reached since. It is looked for when it is due: what was
/// written ahead would have to be taken back by all that comes in between. Any process may sweep at any time: each is written under a lock
/// on its person, and once. Whether it still holds is asked again when it leaves.
/// </summary>
public sealed class Nudges(
    IDocumentStore store, CurrentInstitute institute, InstituteClock clock, Letters letters, IMailTransport mail,
    ILogger<Nudges> logger)
{
    /// <summary>How long after the brochure left.</summary>
    public static readonly TimeSpan After = TimeSpan.FromDays(3);

    /// <summary>After how long it would surprise, as after a long standstill, and is not written any more.</summary>
    public static readonly TimeSpan TooLate = TimeSpan.FromDays(10);

    // By the index of what was sent and when; most of these were reached on the first day.
    private const string Unreached = $"""
        where d.stage = 'New' and d.data ->> 'ContactedAt' is null and d.id = any(array(
            select (m.data ->> 'LeadId')::uuid from {MartenSetup.Schema}.mt_doc_outboxmessage m
            where m.status = 'Sent' and m.due_at > ? and m.due_at <= ? and m.data ->> 'Kind' = '{MessageKinds.Brochure}'))
            and not exists (select from {MartenSetup.Schema}.mt_doc_outboxmessage n
                where (n.data ->> 'LeadId')::uuid = d.id and n.data ->> 'Kind' = '{MessageKinds.Nudge}')
        """;

    /// <summary>Writes to everybody whose time has come.</summary>
    public async Task SweepAsync(CancellationToken cancel)
    {
        await institute.RefreshAsync(cancel);
        if (!institute.Profile.IsComplete()) return;
        foreach (var lead in await FindAsync(cancel))
            try
            {
                await WriteAsync(lead.Id, lead.PersonId, cancel);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                // The others are written to all the same, and this one at the next sweep.
                logger.LogError(e, "Whoever has the lead {Lead} could not be written to once more", lead.Id);
            }
    }

    private async Task<IReadOnlyList<Lead>> FindAsync(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.QueryAsync<Lead>(Unreached, cancel, clock.Now - TooLate, clock.Now - After);
    }

    private async Task WriteAsync(Guid id, Guid personId, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        // Another process that sweeps waits here; and of two leads of one person, one for the other.
        if (await session.LockAsync<Person>(personId, cancel) is not { } person) return;
        if (await session.LoadAsync<Lead>(id, cancel) is not { } lead || lead.PersonId != person.Id) return;
        var unreached = await Unanswered.LoadAsync(session, lead, mail.LeavesMachine, cancel);
        if (unreached.WhyNot(clock.Now, null) is not null) return;
        if (await Addressee.FindAsync(session, person.Id, lead, new Stamp(Actor.System, clock.Now), cancel) is not { } to) return;
        session.Store(letters.Nudge(to, unreached));
        await session.SaveChangesAsync(cancel);
    }
}

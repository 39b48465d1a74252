using Crm.Changes;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Storage;
using Marten;

namespace Crm.Counselling;

/// <summary>Does to many leads what was ordered, some at a time. Each goes by the rules of the single act, and is left out with the
/// reason where they refuse.</summary>
public sealed class BulkWork(IDocumentStore store, LeadWriter leads, IEnumerable<BulkAct> acts, InstituteClock clock) : IChangeWork
{
    private const string NotThere = "Is not there any more";
    private const string SamePerson = "Is a lead of the same person as another";
    private const string SoAlready = "Is so already";

    // Persons of whom a lead was dealt with before, among those of the next few.
    private const string Touched = $"""
        select l.person_id from {MartenSetup.Schema}.change_rows r join {MartenSetup.Schema}.mt_doc_lead l on l.id = r.stream_id
        where r.change_id = ? and r.state = 'Done' and l.person_id = any(?)
        """;

    public ChangeKind Kind => ChangeKind.Bulk;

    /// <summary>Begins in a session that the caller saves.</summary>
    /// <param name="ids">Of the leads, in the order of their ids.</param>
    public static Change Begin(IDocumentSession session, BulkOrder order, Guid[] ids, Stamp stamp)
    {
        var change = ChangeWriter.Begin(session, ChangeKind.Bulk, order.Words, stamp);
        order.Id = change.Id;
        session.Store(order);
        change.Plan(session, StreamKind.Lead, ids);
        return change;
    }

    /// <summary>What would become of leads now.</summary>
    /// <returns>Why each of those that would be left out would be; null for the others.</returns>
    public static IEnumerable<string?> Try(BulkAct act, BulkOrder order, IEnumerable<(Lead Lead, Person Person)> rows, Stamp stamp)
    {
        var people = new HashSet<Guid>();
        foreach (var (lead, person) in rows) yield return WhyNot(() => act.Decide(lead, person, order, stamp), person, people);
    }

    public async Task<bool> ContinueAsync(Guid change, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        if (await ChangeWriter.TakeAsync(session, change, cancel) is not { } work) return false;
        var rows = await ChangeRows.AfterAsync(session, change, work.Seen, ChangeWorker.AtOnce, cancel, RowState.Planned);
        if (rows.Count == 0) work.End(session, clock.Now);
        else work.Complete(session, await DoAsync(session, work, rows, cancel));
        await session.SaveChangesAsync(cancel);
        return rows.Count > 0;
    }

    private async Task<IReadOnlyList<ChangeRow>> DoAsync(
        IDocumentSession session, Change work, IReadOnlyList<ChangeRow> rows, CancellationToken cancel)
    {
        var order = await session.LoadAsync<BulkOrder>(work.Id, cancel)
            ?? throw new InvalidOperationException($"The change {work.Id} has no order.");
        var act = acts.First(a => a.Key == order.Act);
        var known = (await session.LoadManyAsync<Lead>(cancel, [.. rows.Select(r => r.Stream)])).ToDictionary(l => l.Id);
        var people = (await session.LoadManyAsync<Person>(cancel, [.. known.Values.Select(l => l.PersonId).Distinct()]))
            .ToDictionary(p => p.Id);
        var touched = (await session.QueryAsync<Guid>(Touched, cancel, work.Id, people.Keys.ToArray())).ToHashSet();
        var (stamp, done) = (new Stamp(work.By, clock.Now), new List<ChangeRow>());
        foreach (var row in rows)
            done.Add(known.GetValueOrDefault(row.Stream) is { } lead && people.GetValueOrDefault(lead.PersonId) is { } person
                ? await DoAsync(session, row, lead, person, touched, (l, p) => act.Decide(l, p, order, stamp), stamp, cancel)
                : row with { State = RowState.Skipped, Why = NotThere });
        return done;
    }

    private async Task<ChangeRow> DoAsync(IDocumentSession session, ChangeRow row, Lead lead, Person person, HashSet<Guid> touched,
        Func<Lead, Person, BulkDecision> decide, Stamp stamp, CancellationToken cancel)
    {
        ChangeRow Left(string why) => row with { State = RowState.Skipped, Why = why };
        if (WhyNot(() => decide(lead, person), person, touched) is { } why) return Left(why);
        try
        {
            // Decided anew under the lock: a colleague may have been quicker.
            var ofPerson = decide(lead, person).OfPerson.Count > 0;
            if (ofPerson) await PersonWriter.ChangeAsync(session, person.Id, stamp, p => decide(lead, p).OfPerson, cancel);
            else
                await leads.ChangeAsync(session, lead.Id, stamp, w => Task.FromResult(decide(w.Lead, person).OfLead), person, cancel);
            return row with
            {
                State = RowState.Done,
                Kind = ofPerson ? StreamKind.Person : StreamKind.Lead,
                Stream = ofPerson ? person.Id : lead.Id,
            };
        }
        catch (Refusal refusal)
        {
            return Left(Reason(refusal));
        }
    }

    private static string? WhyNot(Func<BulkDecision> decide, Person person, HashSet<Guid> people)
    {
        try
        {
            var decision = decide();
            if (decision.OfLead.Count + decision.OfPerson.Count == 0) return SoAlready;
            var isOfPerson = decision.OfPerson.Count > 0 || decision.OfLead.Any(e => e is EmailWritten);
            return isOfPerson && !people.Add(person.Id) ? SamePerson : null;
        }
        catch (Refusal refusal)
        {
            return Reason(refusal);
        }
    }

    private static string Reason(Refusal refusal) => refusal.Message.TrimEnd('.');
}

using Crm.Institute;
using Crm.People;
using Crm.Storage;
using Hangfire;
using Marten;
using Npgsql;

namespace Crm.Privacy;

/// <summary>Erases at night whose time is over: all of their leads are lost, and nothing has happened for as long as managers have set.
/// </summary>
public sealed class Retention(
    IDocumentStore store, NpgsqlDataSource source, Eraser eraser, OldPapers papers, NightClock nights, InstituteClock clock,
    ILogger<Retention> logger)
{
    /// <summary>The name on the schedule.</summary>
    public const string Sweep = "retention";

    // Of so many each night, so that a first night does not last till the morning.
    private const int MostANight = 500;

    // Whoever has a seat, or a lead that is open, is not due. Nor is who came to be known since, without a lead.
    private const string Due = $"""
        where d.data ->> 'MergedInto' is null and coalesce(d.data ->> 'ErasedAs', '') = ''
            and (d.data ->> 'RegisteredAt')::timestamptz < ?
            and not exists (select 1 from {MartenSetup.Schema}.mt_doc_lead l
                where l.person_id = d.id and (l.stage <> 'Lost' or l.last_activity_at >= ?))
            and not exists (select 1 from {MartenSetup.Schema}.mt_doc_enrolment e where (e.data ->> 'PersonId')::uuid = d.id)
            and not exists (select 1 from {MartenSetup.Schema}.mt_doc_keptlonger k
                where k.id = d.id and (k.data ->> 'Until')::date >= ?)
        order by d.id limit ?
        """;

    private const string Gone = $"""
        select distinct e.stream_id from {MartenSetup.Schema}.mt_events e
        where {GonePeople.Gone} and (e.data ->> 'At')::timestamptz < ? limit ?
        """;

    /// <summary>Who is due, those who have been known longest first; nobody where nothing is set.</summary>
    public async Task<IReadOnlyList<Person>> DueAsync(IQuerySession session, PrivacySettings settings, int most, CancellationToken cancel)
    {
        if (settings.LostMonths is not { } months) return [];
        var before = clock.StartOf(clock.Today.AddMonths(-months));
        return await session.QueryAsync<Person>(Due, cancel, before, before, clock.Today, most);
    }

    [AutomaticRetry(Attempts = 0)]
    public async Task RunAsync(CancellationToken cancel)
    {
        await eraser.ReconcileAsync(cancel);
        await eraser.SweepFilesAsync(cancel);
        if (await nights.DoubtAsync(cancel) is { } doubt)
            logger.LogWarning("The clock says {Now:yyyy-MM-dd}, and the last night's work was done on {Last:yyyy-MM-dd}: nothing is erased "
                + "by time until a manager has said that the clock is right", doubt.Now, doubt.LastRun);
        else await LetGoAsync(cancel);
    }

    private async Task LetGoAsync(CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        var settings = await PrivacySettings.LoadAsync(session, cancel);
        var run = nights.RunNow();
        foreach (var person in await DueAsync(session, settings, MostANight, cancel)) await EraseAsync(person.Id, run, cancel);
        foreach (var id in await GoneAsync(session, settings, cancel)) await EraseAsync(id, run, cancel);
        run.AuditLines = await Audit.ThinAsync(source, clock.Now.AddMonths(-settings.AuditMonths), cancel);
        run.Papers = await papers.LetGoAsync(settings, cancel);
        NightClock.Note(session, run);
        if (run.AuditLines > 0)
            Audit.Note(session, AuditEntry.Of(AuditKind.AuditThinned, new Stamp(Actor.System, clock.Now)) with
            { Count = (int)Math.Min(run.AuditLines, int.MaxValue) });
        await session.SaveChangesAsync(cancel);
        if (run.Erased.Count > 0) logger.LogInformation("{Count} persons were erased whose time was over", run.Erased.Count);
    }

    private async Task<IReadOnlyList<Guid>> GoneAsync(IQuerySession session, PrivacySettings settings, CancellationToken cancel) =>
        settings.LostMonths is { } months
            ? await session.AdvancedSql.QueryAsync<Guid>(Gone, cancel, clock.StartOf(clock.Today.AddMonths(-months)), MostANight)
            : [];

    private async Task EraseAsync(Guid person, RetentionRun run, CancellationToken cancel)
    {
        var stamp = new Stamp(Actor.System, clock.Now);
        try
        {
            var entry = AuditEntry.Of(AuditKind.Erased, stamp);
            if (await eraser.EraseAsync(person, ErasureReason.TimeOver, stamp, entry, cancel) is { } erased) run.Erased.Add(erased.Id);
        }
        catch (Refusal refusal)
        {
            run.Left[refusal.Message] = run.Left.GetValueOrDefault(refusal.Message) + 1;
        }
    }
}

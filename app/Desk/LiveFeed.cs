using System.Collections.Concurrent;
using System.Threading.Channels;
using Crm.Accounts;
using Crm.Institute;
using Crm.Storage;
using Marten;

namespace Crm.Desk;

/// <summary>Something that happened to somebody, whichever process wrote it down.</summary>
/// <param name="Leads">The lead that it happened to; all of theirs where it happened to the person.</param>
/// <param name="Whose">The counsellors in whose hands the person's leads are.</param>
/// <param name="By">The member of staff who did it; null where nobody of them did.</param>
public sealed record LiveChange(IReadOnlyList<Guid> Leads, Guid Person, IReadOnlyList<Guid> Whose, Guid? By);

/// <summary>Who listens to what happens, with what is waiting to be told.</summary>
public sealed class LiveListener(Guid user, Action<LiveListener> leave) : IDisposable
{
    // Who is told of so many at once looks at everything anew; what is beyond them is not missed.
    internal const int Most = 200;

    private readonly Channel<LiveChange> _waiting = Channel.CreateBounded<LiveChange>(
        new BoundedChannelOptions(Most) { FullMode = BoundedChannelFullMode.DropWrite });

    public Guid User { get; } = user;

    public ChannelReader<LiveChange> Waiting => _waiting.Reader;

    public void Dispose() => leave(this);

    /// <summary>Whether it was told already what happened while its page was on its way.</summary>
    internal bool HasCaughtUp { get; set; }

    internal void Tell(LiveChange change) => _waiting.Writer.TryWrite(change);
}

/// <summary>
/// Follows the events of all processes and tells those who listen: one small question every moment while anybody does, and none while
/// nobody does.
/// </summary>
public sealed class LiveFeed(IDocumentStore store, Sessions sessions, InstituteClock clock, ILogger<LiveFeed> logger) : BackgroundService
{
    /// <summary>How many may listen for one user at once, and in this process at all.</summary>
    public const int MostOfUser = 6, Most = 400;

    private const string Schema = MartenSetup.Schema;

    // A number is given out before it is stored, so that a lower one may come after a higher one: those of this while are looked at again.
    private const string Settled = "interval '30 seconds'";

    // What happened while a page was on its way to who listens now.
    private const string OnTheWay = "interval '5 seconds'";

    private const int AtOnce = 1000;

    private static readonly string Following = $"""
        select jsonb_build_object('Seq', e.seq_id, 'IsSettled', e.timestamp < now() - {Settled},
            'IsRecent', e.timestamp > now() - {OnTheWay}, 'Person', who.id, 'Leads', case
                when l.id is not null then array[l.id]
                when s.id is not null then array[(s.data ->> 'LeadId')::uuid]
                else array(select o.id from {Schema}.mt_doc_lead o where o.person_id = who.id) end,
            'By', (e.data -> 'By' ->> 'UserId')::uuid, 'Whose', array(select distinct o.counsellor_id from {Schema}.mt_doc_lead o
                where o.person_id = who.id and o.counsellor_id is not null))
        from {Schema}.mt_events e
        left join {Schema}.mt_doc_lead l on l.id = e.stream_id
        left join {Schema}.mt_doc_enrolment s on s.id = e.stream_id
        left join {Schema}.mt_doc_person p on p.id = e.stream_id
        cross join lateral (select coalesce(l.person_id, (s.data ->> 'PersonId')::uuid, p.id) as id) who
        where who.id is not null and e.seq_id > coalesce(?::bigint, (select max(seq_id) from {Schema}.mt_events) - 200)
        order by e.seq_id limit {AtOnce}
        """;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<LiveListener, byte> _listeners = new();
    private readonly HashSet<long> _told = [];
    private long? _mark;

    /// <summary>How many listen.</summary>
    public int Listening => _listeners.Count;

    /// <returns>Null where too many listen already.</returns>
    public LiveListener? Listen(Guid user)
    {
        if (_listeners.Count >= Most || _listeners.Keys.Count(l => l.User == user) >= MostOfUser) return null;
        var listener = new LiveListener(user, leaving => _listeners.TryRemove(leaving, out _));
        _listeners[listener] = 0;
        return listener;
    }

    /// <summary>Whether who began to listen is still signed in.</summary>
    public async Task<bool> MayListenAsync(HttpContext http) =>
        await sessions.CurrentAsync(http) is { } session && session.EndsAt > clock.Now;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await TellAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task TellAsync(CancellationToken cancel)
    {
        if (_listeners.IsEmpty)
        {
            _mark = null;
            _told.Clear();
            return;
        }
        try
        {
            await ReadAsync(cancel);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The database is away; pages say so when they are asked for, and what was missed is told when it is back.
            logger.LogDebug(e, "What happened could not be read");
        }
    }

    private async Task ReadAsync(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var listeners = _listeners.Keys; // who comes later is told at the next turn
        var happened = await session.AdvancedSql.QueryAsync<Happened>(Following, cancel, (object?)_mark ?? DBNull.Value);
        foreach (var one in happened)
        {
            if (one.IsSettled) _mark = one.Seq;
            var isNew = _told.Add(one.Seq);
            foreach (var listener in listeners.Where(l => l.HasCaughtUp ? isNew : one.IsRecent))
                listener.Tell(new LiveChange(one.Leads, one.Person, one.Whose, one.By));
        }
        foreach (var listener in listeners) listener.HasCaughtUp = true;
        // Of very many at once those who listen look at everything anew: what comes late among them is not waited for.
        if (happened.Count == AtOnce) _mark = happened[^1].Seq;
        _told.RemoveWhere(seq => seq <= _mark);
    }

    private sealed record Happened(
        long Seq, bool IsSettled, bool IsRecent, IReadOnlyList<Guid> Leads, Guid Person, IReadOnlyList<Guid> Whose, Guid? By);
}

using Crm.Institute;
using Marten;

namespace Crm.Privacy;

/// <param name="LastRun">When the last of the nightly runs was, as far as the clock was believed.</param>
/// <param name="Now">What the clock says.</param>
public sealed record ClockDoubt(DateTimeOffset LastRun, DateTimeOffset Now);

/// <summary>
/// Whether the clock is believed by what cannot be taken back. Each night's run is noted. Where the last is too long ago, the machine stood
/// still or its clock has leapt; which of the two, a manager has to say.
/// </summary>
public sealed class NightClock(IDocumentStore store, InstituteClock clock)
{
    // An institute that was closed for its long holidays goes on by itself; no clock that leapt by less makes much of a difference.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(35);

    /// <summary>Begins to watch with the first start, before anything is old enough to go.</summary>
    public async Task BeginAsync(CancellationToken cancel)
    {
        if (await LastRunAsync(cancel) is not null) return;
        await using var session = store.LightweightSession();
        Note(session, RunNow());
        await session.SaveChangesAsync(cancel);
    }

    /// <returns>Null where nothing speaks against the clock.</returns>
    public async Task<ClockDoubt?> DoubtAsync(CancellationToken cancel)
    {
        var now = clock.Now;
        return await LastRunAsync(cancel) is { } last && now - last > Longest ? new ClockDoubt(last, now) : null;
    }

    /// <summary>Notes that a run is of now; of those that came to nothing only the last is kept.</summary>
    public static void Note(IDocumentSession session, RetentionRun run)
    {
        session.DeleteWhere<RetentionRun>(r => r.IsEmpty && r.Id != run.Id);
        session.Store(run);
    }

    public RetentionRun RunNow() => new() { Id = Guid.CreateVersion7(clock.Now), At = clock.Now };

    // What is of a moment that has not come yet, is of a clock that was ahead.
    private async Task<DateTimeOffset?> LastRunAsync(CancellationToken cancel)
    {
        var now = clock.Now;
        await using var session = store.QuerySession();
        var last = await session.Query<RetentionRun>().Where(r => r.At <= now).OrderByDescending(r => r.At).FirstOrDefaultAsync(cancel);
        return last?.At;
    }
}

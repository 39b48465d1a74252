using Crm.Storage;

namespace Crm.Enquiries;

/// <summary>
/// Takes one thing at a time at once, and those that come meanwhile together: nobody waits for others to come, and the more there are
/// the less each costs. See <c>Decisions/a-crowd.md</c>.
/// </summary>
/// <param name="together">Takes one or several; null for each that it cannot take.</param>
internal sealed class Crowd<T, TTaken>(Func<IReadOnlyList<T>, Task<IReadOnlyList<TTaken?>>> together) where TTaken : class
{
    private const int Most = 64;

    // While the program prepares one, the database carries out another: two processors have enough to do with that.
    private static readonly int Lanes = Math.Clamp(Environment.ProcessorCount / 2, 1, MartenSetup.AtHand);

    // So long one keeps others waiting, and not for as long as it waits itself, such as for a record that somebody else has locked.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _waiting = new();
    private int _busy;

    /// <summary>Takes it by itself where there is nobody else.</summary>
    /// <returns>Null where it could not be taken so.</returns>
    /// <exception cref="OperationCanceledException">Nobody waits any more; whether it was taken is not known.</exception>
    public async Task<TTaken?> TakeAsync(T one, CancellationToken cancel)
    {
        if (Enter(one) is { } waiting) return await waiting.Taken.Task.WaitAsync(cancel);
        var taking = together([one]);
        await LeaveAfterAsync(taking);
        return (await taking)[0];
    }

    private Waiting? Enter(T one)
    {
        lock (_lock)
        {
            if (_busy < Lanes)
            {
                _busy++;
                return null;
            }
            var waiting = new Waiting(one, new(TaskCreationOptions.RunContinuationsAsynchronously));
            _waiting.Enqueue(waiting);
            return waiting;
        }
    }

    // Who leaves a lane has those go on who wait.
    private void Leave()
    {
        List<Waiting> next = [];
        lock (_lock)
        {
            while (next.Count < Most && _waiting.TryDequeue(out var waiting)) next.Add(waiting);
            if (next.Count == 0) _busy--;
        }
        if (next.Count > 0) _ = Task.Run(() => LeaveAfterAsync(TakeTogetherAsync(next)));
    }

    private async Task LeaveAfterAsync(Task taking)
    {
        await taking.WaitAsync(Longest).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // who waits for it is told
        Leave();
    }

    private async Task TakeTogetherAsync(List<Waiting> crowd)
    {
        try
        {
            var taken = await together([.. crowd.Select(w => w.One)]);
            for (var i = 0; i < crowd.Count; i++) crowd[i].Taken.SetResult(taken[i]);
        }
        catch (Exception e)
        {
            foreach (var waiting in crowd) waiting.Taken.TrySetException(e);
        }
    }

    private sealed record Waiting(T One, TaskCompletionSource<TTaken?> Taken);
}

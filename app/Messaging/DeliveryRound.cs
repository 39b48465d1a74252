using System.Collections.Concurrent;
using Crm.Institute;

namespace Crm.Messaging;

/// <summary>Messages that are left for another time, since nobody took them: on all ways out of one round.</summary>
/// <param name="before">Those that nobody took in the rounds before.</param>
internal sealed class SetAside(IEnumerable<Guid> before)
{
    private readonly ConcurrentDictionary<Guid, bool> _ids = new(before.Select(id => KeyValuePair.Create(id, true)));

    public IReadOnlyCollection<Guid> Ids => [.. _ids.Keys];

    public void Add(Guid message) => _ids[message] = true;

    public void Remove(Guid message) => _ids.TryRemove(message, out _);
}

/// <summary>
/// One round through the queue, on one way out. It tells what lies in a server from what lies in a message: two messages in a row that
/// nobody took mean the server, one among others that were answered means that message.
/// </summary>
/// <param name="isFirst">Whether this way judges the server. One beside it ends with the first message that is not taken on it: perhaps
/// the server wants no more ways than one, and the first takes that message.</param>
/// <param name="pause">In which the queue was until now; null where it was in none, and on a way beside the first.</param>
internal sealed class DeliveryRound(
    OutboxStore queue, IMailTransport transport, SetAside setAside, bool isFirst, QueuePause? pause, ILogger logger) : IAsyncDisposable
{
    private const int MeansTheServer = 2;

    private readonly List<Guid> _suspects = [];

    // Those of the rounds before are tried last: two that nobody takes would come before all others again and again.
    private List<Guid> _former = [.. pause?.Suspects ?? []];

    // Of these, those that are tried after others were served in this round: it is not the server that does not take them.
    private readonly HashSet<Guid> _probed = [];
    private bool _wasPaused = pause is not null;
    private bool _wayHasServed;
    private int _broken;
    private string? _trouble;
    private IMailSession? _way;
    private Claim? _next;

    /// <summary>Open while a message is claimed.</summary>
    public IMailSession Way => _way ?? throw new InvalidOperationException("No message is claimed.");

    /// <summary>How many messages this way has served.</summary>
    public int Served { get; private set; }

    /// <summary>Whether its messages were not taken, or no line came about.</summary>
    public bool IsBroken => _broken == MeansTheServer || _trouble is not null;

    /// <summary>Claims the next message, with a way ready for it.</summary>
    /// <returns>Null where none is due, or none can leave.</returns>
    public async Task<Claim?> NextAsync(CancellationToken cancel)
    {
        if (_broken == MeansTheServer) return null;
        if (_next is { } next)
        {
            _next = null;
            return next;
        }
        if (_way is not { IsOpen: true } && !await OpenAsync(cancel)) return null;
        if (await queue.ClaimAsync(setAside.Ids, cancel) is { } claim) return claim;
        return TakesFormer() ? await queue.ClaimAsync(setAside.Ids, cancel) : null;
    }

    private bool TakesFormer()
    {
        if (_former.Count == 0) return false;
        foreach (var id in _former) setAside.Remove(id);
        if (Served > 0) _probed.UnionWith(_former);
        _former = [];
        return true;
    }

    /// <summary>Notes what became of a message, and learns from it.</summary>
    /// <param name="note">Writes it onto the message.</param>
    /// <param name="goesOn">Whether another is asked for afterwards.</param>
    public async Task NoteAsync(Claim claim, Handover handover, Action<OutboxMessage> note, bool goesOn)
    {
        // On a way that serves, the next is claimed with it: one round trip and one write to disk for both.
        if (goesOn && handover.Fate == Fate.Taken && Way.IsOpen) _next = await queue.ChangeAndClaimAsync(claim, note, setAside.Ids);
        else await queue.ChangeAsync(claim, note);
        switch (handover.Fate)
        {
            case Fate.Taken or Fate.RefusedForNow or Fate.RefusedForGood: await ServedAsync(); break;
            case Fate.NotTaken or Fate.Unknown when !isFirst: _broken = MeansTheServer; break;
            case Fate.NotTaken when _wayHasServed: await CloseAsync(); break; // servers end a line after some messages: once more
            case Fate.NotTaken when _probed.Contains(claim.Message.Id):
                setAside.Add(claim.Message.Id);
                await queue.BlameAsync([claim.Message.Id], handover.Why!);
                await CloseAsync();
                break;
            case Fate.NotTaken:
                setAside.Add(claim.Message.Id);
                _suspects.Add(claim.Message.Id);
                await BrokeAsync(handover.Why!);
                break;
            case Fate.Unknown: await BrokeAsync(handover.Why!); break;
            default:
                setAside.Add(claim.Message.Id);
                await CloseAsync();
                break;
        }
    }

    /// <summary>Has the queue wait where mail cannot leave.</summary>
    public async Task EndAsync()
    {
        if (_trouble is null) return;
        var next = await queue.PauseAsync(_trouble, [.. _former, .. _suspects]);
        logger.LogWarning("Mail waits until {Next:u}: {Trouble}", next.NextTryAt, LogText.Masked(_trouble));
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_next is not null) await queue.ChangeAsync(_next, m => m.PutBack());
        }
        finally
        {
            await CloseAsync();
        }
    }

    private async Task<bool> OpenAsync(CancellationToken cancel)
    {
        await CloseAsync();
        if (!await queue.HasDueAsync(setAside.Ids, cancel) && !(TakesFormer() && await queue.HasDueAsync(setAside.Ids, cancel)))
        {
            // What waited was cancelled meanwhile: there is nothing to say of the server any more.
            if (_wasPaused && setAside.Ids.Count == 0) await queue.ResumeAsync(cancel);
            return false;
        }
        try
        {
            _way = await transport.OpenAsync(cancel);
            return true;
        }
        catch (MailServerException e)
        {
            _trouble = e.Message;
            return false;
        }
    }

    private async Task ServedAsync()
    {
        if (_wasPaused) await queue.ResumeAsync(CancellationToken.None);
        if (_suspects.Count > 0) await queue.BlameAsync(_suspects, _trouble!);
        _suspects.Clear();
        (_wayHasServed, _wasPaused, _broken, _trouble) = (true, false, 0, null);
        Served++;
    }

    private Task BrokeAsync(string why)
    {
        (_broken, _trouble) = (_broken + 1, why);
        return CloseAsync();
    }

    private async Task CloseAsync()
    {
        if (_way is not null) await _way.DisposeAsync();
        (_way, _wayHasServed) = (null, false);
    }
}

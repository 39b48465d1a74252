using Crm.Institute;
using Marten;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Crm.Messaging;

/// <summary>
/// Sends what the outbox holds. The way out is made ready first, so that a server that is away concerns the queue and no message. Then
/// each message is claimed, handed over and marked, each step committed: a crash before the handing over sends it again, one during it
/// leaves it <see cref="MessageStatus.Unconfirmed"/> for a person.
/// </summary>
public sealed class OutboxDelivery(
    IDocumentStore store, OutboxStore queue, IMailTransport transport, EmailComposer composer, MessageChecks checks,
    CurrentInstitute institute, InstituteClock clock, IOptions<SmtpOptions> smtp, ILogger<OutboxDelivery> logger)
{
    /// <summary>How long a stop of the program waits for the message being handed over to come to its final dot.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    // Ways out at once, where many messages wait: most of a message's time is spent on answers of the server and of the database.
    private const int MostWays = 16;

    // A way is added with so many messages served: a few leave on one, as most servers like it.
    private const int PerWay = 10;

    // Where one was turned away, another is tried after so many more: the server may want no more ways, or may only have been busy.
    private const int Patience = 100;

    // Where the first has found nothing due while others are under way, it looks again so soon.
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    /// <summary>Sends every message that is due, then returns; at once where the queue waits.</summary>
    public async Task DeliverDueAsync(CancellationToken cancel)
    {
        await queue.RecoverAsync(cancel);
        await institute.RefreshAsync(cancel);
        if (!institute.Profile.IsComplete()) return; // nobody is written to by an institute without a name
        var pause = await queue.CurrentPauseAsync(cancel);
        if (pause?.HoldsAt(clock.Now) == true) return;
        var setAside = new SetAside(pause?.Suspects ?? []);
        await using var round = new DeliveryRound(queue, transport, setAside, isFirst: true, pause, logger);
        var others = new Ways();
        try
        {
            await DeliverAllAsync(round, others, setAside, cancel);
            // What has come meanwhile is the first's too, and so is what a way beside it gave back last.
            while (await others.AreLeftAsync(Glance)) await DeliverAllAsync(round, others, setAside, cancel);
        }
        finally
        {
            await EndAsync(round, others);
        }
    }

    private async Task DeliverAllAsync(DeliveryRound round, Ways others, SetAside setAside, CancellationToken cancel)
    {
        while (await round.NextAsync(cancel) is { } claim)
        {
            await DeliverAsync(claim, round, cancel);
            cancel.ThrowIfCancellationRequested();
            if (others.MayAdd(round.Served)) others.Add(BesideAsync(setAside, cancel));
        }
    }

    // What the first way has learnt is noted, also where one beside it failed.
    private static async Task EndAsync(DeliveryRound round, Ways others)
    {
        try
        {
            await others.EndAsync();
        }
        finally
        {
            await round.EndAsync();
        }
    }

    /// <summary>Sends on one more way, as long as it serves: where the server wants no more of them, the first goes on.</summary>
    /// <returns>Whether it ended because nothing was due.</returns>
    private async Task<bool> BesideAsync(SetAside setAside, CancellationToken cancel)
    {
        await using var round = new DeliveryRound(queue, transport, setAside, isFirst: false, pause: null, logger);
        while (!cancel.IsCancellationRequested && await round.NextAsync(cancel) is { } claim) await DeliverAsync(claim, round, cancel);
        return !round.IsBroken;
    }

    private async Task DeliverAsync(Claim claim, DeliveryRound round, CancellationToken cancel)
    {
        using var mime = await PrepareAsync(claim, cancel);
        if (mime is null) return;
        var now = clock.Now;
        if (!await queue.ChangeAsync(claim, m => m.HandOver(now, claim.Message)))
        {
            logger.LogWarning("Message {Message} was taken over by another process", claim.Message.Id);
            return;
        }
        // The server can take the message until the last of these moments, and no later process before the lease is over.
        var last = now + smtp.Value.Lease - smtp.Value.AfterTheDot;
        using var stop = new CancellationTokenSource();
        await using var grace = cancel.Register(() => stop.CancelAfter(Grace));
        var handover = await round.Way.SendAsync(mime, () => clock.Now < last, stop.Token);
        if (handover.Why is { } why)
            logger.LogWarning("Message {Message}: {Fate}: {Why}", claim.Message.Id, handover.Fate, LogText.Masked(why));
        await round.NoteAsync(claim, handover, m => Note(m, handover), goesOn: !cancel.IsCancellationRequested);
    }

    /// <returns>Null where it is not to be handed over; why is noted on the message.</returns>
    private async Task<MimeMessage?> PrepareAsync(Claim claim, CancellationToken cancel)
    {
        // Whom it is to and what it is about are read once, though several ask for them.
        await using var session = store.IdentitySession();
        try
        {
            if (await checks.WhyPointlessAsync(claim.Message, session, cancel) is not { } pointless)
                return await composer.ComposeAsync(claim.Message, session, leaves: true, cancel);
            await queue.ChangeAsync(claim, m => m.Cancel(pointless));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await queue.ChangeAsync(claim, m => m.PutBack());
        }
        catch (Exception e) when (OutboxStore.IsOfTheDatabase(e) || e is IOException)
        {
            logger.LogWarning(e, "Message {Message} could not be made now", claim.Message.Id);
            await queue.ChangeAsync(claim, m => m.TryLater($"It could not be made: {e.Message}", clock.Now));
        }
        catch (Exception e)
        {
            // Trying again makes no message out of one that cannot be written: staff are to see it at once.
            logger.LogWarning(e, "Message {Message} cannot be made", claim.Message.Id);
            await queue.ChangeAsync(claim, m => m.Fail($"It cannot be made: {e.Message}", refused: false));
        }
        return null;
    }

    private void Note(OutboxMessage message, Handover handover)
    {
        switch (handover.Fate)
        {
            case Fate.Taken: message.Sent(clock.Now, handover.File); break;
            case Fate.RefusedForNow: message.TryLater(handover.Why!, clock.Now); break;
            case Fate.RefusedForGood: message.Fail(handover.Why!, refused: true); break;
            case Fate.Unknown: message.Doubt(handover.Why!); break;
            default: message.PutBack(); break;
        }
    }

    /// <summary>The ways out beside the first.</summary>
    private sealed class Ways
    {
        private readonly List<Task<bool>> _ways = [];
        private int _served, _notBefore;

        /// <summary>Waits until one of them ends, or so long.</summary>
        /// <returns>False where none was left before.</returns>
        /// <exception cref="Exception">What one of them has thrown.</exception>
        public async Task<bool> AreLeftAsync(TimeSpan atMost)
        {
            if (_ways.Count == 0) return false;
            await Task.WhenAny([.. _ways, Task.Delay(atMost)]);
            if (_ways.Find(w => w.IsCompleted && !w.IsCompletedSuccessfully) is { } failed) await failed;
            LetGo();
            return true;
        }

        /// <param name="served">How many messages the first has served.</param>
        public bool MayAdd(int served)
        {
            _served = served;
            LetGo();
            return _ways.Count < MostWays - 1 && served > (_ways.Count + 1) * PerWay && served >= _notBefore;
        }

        private void LetGo()
        {
            foreach (var ended in _ways.Where(w => w.IsCompletedSuccessfully).ToList())
            {
                _ways.Remove(ended);
                if (!ended.Result) _notBefore = _served + Patience;
            }
        }

        public void Add(Task<bool> way) => _ways.Add(way);

        public Task EndAsync() => Task.WhenAll(_ways);
    }
}

using Crm.Institute;
using Crm.Pdf;
using Hangfire;
using MailKit.Net.Smtp;
using Marten;
using MimeKit;

namespace Crm.Messaging;

/// <summary>
/// Sends what the outbox holds. A message is claimed, then handed to the server, then marked sent, each step committed:
/// a crash before the handing over sends it again, one during it leaves it <see cref="MessageStatus.Unconfirmed"/> for a person.
/// </summary>
public sealed class OutboxDelivery(
    IDocumentStore store, IMailTransport transport, EmailComposer composer, IEnumerable<IMessageCheck> checks,
    CurrentInstitute institute, InstituteClock clock, ILogger<OutboxDelivery> logger)
{
    public const int MaxAttempts = 8;

    // Longer than any handing over takes (the SMTP client gives up after 30 s), so that no live claim is taken for dead.
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(3);

    /// <summary>Sends every message that is due, then returns.</summary>
    [AutomaticRetry(Attempts = 0)] // the next sweep is the retry
    public async Task DeliverDueAsync(CancellationToken cancel)
    {
        await RecoverAsync(cancel);
        await institute.RefreshAsync(cancel);
        if (!institute.Profile.IsComplete()) return; // nobody is written to by an institute without a name
        while (await ClaimAsync(cancel) is { } message)
        {
            await DeliverAsync(message, cancel);
            cancel.ThrowIfCancellationRequested();
        }
    }

    private async Task RecoverAsync(CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        await session.BeginTransactionAsync(cancel);
        var dead = await session.QueryAsync<OutboxMessage>(
            "where status = 'Sending' and (data ->> 'ClaimedAt')::timestamptz < ? for update skip locked", cancel, clock.Now - Lease);
        foreach (var message in dead)
        {
            message.Status = message.HandedOverAt is null ? MessageStatus.Queued : MessageStatus.Unconfirmed;
            if (message.HandedOverAt is not null) message.Error = "The program stopped while the mail server was taking this message.";
            session.Store(message);
        }
        await session.SaveChangesAsync(cancel);
    }

    // One at a time, so that a claim is never older than one delivery takes.
    private async Task<OutboxMessage?> ClaimAsync(CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        await session.BeginTransactionAsync(cancel);
        var due = await session.QueryAsync<OutboxMessage>(
            "where status = 'Queued' and due_at <= ? order by due_at limit 1 for update skip locked", cancel, clock.Now);
        if (due is not [var message]) return null;
        (message.Status, message.ClaimedAt, message.HandedOverAt) = (MessageStatus.Sending, clock.Now, null);
        session.Store(message);
        await session.SaveChangesAsync(cancel);
        return message;
    }

    private async Task DeliverAsync(OutboxMessage message, CancellationToken cancel)
    {
        message.Attempts++;
        try
        {
            if (await WhyPointlessAsync(message, cancel) is { } why) (message.Status, message.Error) = (MessageStatus.Cancelled, why);
            else await ComposeAndHandOverAsync(message, cancel);
        }
        catch (MissingGlyphException e)
        {
            // Trying again makes no letter out of one that no font has: staff are to see it.
            (message.Status, message.Error) = (MessageStatus.Failed, e.Message);
            logger.LogWarning(e, "Message {Message} could not be made", message.Id);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            // Nothing was handed over: the server was not reached, or the message could not be made.
            Retry(message, e);
        }
        catch (OperationCanceledException)
        {
            (message.Status, message.Attempts) = (MessageStatus.Queued, message.Attempts - 1);
        }
        await SaveAsync(message);
    }

    private async Task ComposeAndHandOverAsync(OutboxMessage message, CancellationToken cancel)
    {
        using var mime = await composer.ComposeAsync(message, cancel);
        await using var session = await transport.OpenAsync(cancel);
        // Renewed here: composing or connecting may have used up the lease that the claim began.
        (message.ClaimedAt, message.HandedOverAt) = (clock.Now, clock.Now);
        await SaveAsync(message);
        await HandOverAsync(message, mime, session, cancel);
    }

    // The address may have been corrected while the message waited, its owner may have stopped it, or the world moved on.
    private async Task<string?> WhyPointlessAsync(OutboxMessage message, CancellationToken cancel)
    {
        await using var query = store.QuerySession();
        foreach (var check in checks)
        {
            var verdict = await check.JudgeAsync(message, query, cancel);
            if (verdict.Pointless is { } why) return why;
            (message.To, message.ToName) = (verdict.To, verdict.ToName);
        }
        return null;
    }

    private async Task HandOverAsync(OutboxMessage message, MimeMessage mime, IMailSession session, CancellationToken cancel)
    {
        try
        {
            message.File = await session.SendAsync(mime, cancel);
            (message.Status, message.SentAt, message.Error) = (MessageStatus.Sent, clock.Now, null);
        }
        catch (SmtpCommandException e) when ((int)e.StatusCode is >= 400 and < 500)
        {
            Retry(message, e);
        }
        catch (SmtpCommandException e)
        {
            (message.Status, message.Error) = (MessageStatus.Failed, e.Message);
            logger.LogWarning(e, "The mail server refused message {Message}", message.Id);
        }
        catch (Exception e)
        {
            (message.Status, message.Error) = (MessageStatus.Unconfirmed,
                $"The line broke while the mail server was taking this message: {e.Message}");
            logger.LogWarning(e, "It is unknown whether message {Message} arrived", message.Id);
        }
    }

    private void Retry(OutboxMessage message, Exception e)
    {
        message.Error = e.Message;
        message.HandedOverAt = null;
        message.Status = message.Attempts < MaxAttempts ? MessageStatus.Queued : MessageStatus.Failed;
        message.DueAt = clock.Now + TimeSpan.FromMinutes(Math.Pow(2, message.Attempts - 1)); // 1, 2, 4 … 64 minutes
        logger.LogWarning(e, "Message {Message} was not sent at attempt {Attempt}", message.Id, message.Attempts);
    }

    // Not cancellable: what happened to a message is written down even while the process stops.
    private async Task SaveAsync(OutboxMessage message)
    {
        await using var session = store.LightweightSession();
        session.Store(message);
        await session.SaveChangesAsync(CancellationToken.None);
    }
}

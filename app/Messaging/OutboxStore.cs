using System.Text;
using System.Text.Json.Nodes;
using Crm.Institute;
using Crm.Storage;
using Marten;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Messaging;

/// <summary>A message that this process alone may send, until the lease ends.</summary>
/// <param name="Id">Tells this claim from a later one on the same message.</param>
/// <param name="Message">As it was when it was claimed: what becomes of it is written to the row, not to this.</param>
/// <param name="Row">What is stored, as far as whoever holds the claim changes it.</param>
public sealed record Claim(Guid Id, OutboxMessage Message, string Row)
{
    internal string Row { get; set; } = Row;
}

/// <summary>What the outbox holds, as one queue that many processes share.</summary>
public sealed class OutboxStore(
    IDocumentStore store, NpgsqlDataSource database, OutboxSignal signal, InstituteClock clock, IOptions<SmtpOptions> smtp)
{
    internal const string Table = $"{MartenSetup.Schema}.mt_doc_outboxmessage";
    private const int TriesToWrite = 10;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(2);

    // What waited longest fails with the reason for which all waits.
    private const string GiveUp =
        $$"""
        update {{Table}} set status = case when data ->> 'MayBeAt' is null then 'Failed' else 'Unconfirmed' end,
            data = data || jsonb_build_object(
                'Status', case when data ->> 'MayBeAt' is null then 'Failed' else 'Unconfirmed' end, 'Error', ?::text)
        where status = 'Queued' and due_at <= ?
        """;

    // Whether what was due before a restoration had left by then, only a person can tell.
    private const string Doubt =
        $$"""
        update {{Table}} set status = 'Unconfirmed',
            data = data || jsonb_build_object('Status', 'Unconfirmed', 'MayBeAt', data -> 'To', 'Error', ?::text)
        where status = 'Queued' and due_at <= ?
        """;

    private const string AllAgain =
        $$"""
        update {{Table}} set status = 'Queued', due_at = ?, data = data - array['HandedOverAt', 'Error']
            || jsonb_build_object('Status', 'Queued', 'DueAt', ?::timestamptz, 'Attempts', 0, 'Refused', false)
        where status = 'Failed'
        """;

    /// <summary>Which message has been due for longest ($1: UTC now; $2: ids of those that are left for another time).</summary>
    public const string NextDue = $"""
        select id from {Table} where status = 'Queued' and due_at <= $1 and not id = any($2)
            order by due_at limit 1 for update skip locked
        """;

    // One statement each, and so one round trip and one commit: of a brochure's time, most went to the database.
    private const string ClaimOne = $$"""
        update {{Table}} set status = 'Sending',
            data = data - 'HandedOverAt' || jsonb_build_object('Status', 'Sending', 'Claim', $3::uuid, 'ClaimedAt', $1::timestamptz)
        where id = ({{NextDue}})
        returning data::text
        """;

    private const string ChangeClaimed = $$"""
        update {{Table}} set
            data = jsonb_strip_nulls(data || $3), status = (data || $3) ->> 'Status', due_at = ((data || $3) ->> 'DueAt')::timestamptz
        where id = $1 and data ->> 'Claim' = $2
        """;

    /// <summary>Takes over what dead processes had claimed.</summary>
    public async Task RecoverAsync(CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        await session.BeginTransactionAsync(cancel);
        var dead = await session.QueryAsync<OutboxMessage>(
            "where status = 'Sending' and (data ->> 'ClaimedAt')::timestamptz < ? for update skip locked", cancel,
            clock.Now - smtp.Value.Lease);
        foreach (var message in dead)
        {
            message.Recover();
            session.Store(message);
        }
        await session.SaveChangesAsync(cancel);
    }

    /// <param name="except">Messages that are left for another time.</param>
    public async Task<bool> HasDueAsync(IReadOnlyCollection<Guid> except, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.QueryAsync<OutboxMessage>(
            "where status = 'Queued' and due_at <= ? and not d.id = any(?) limit 1", cancel, clock.Now, except.ToArray()) is [_];
    }

    /// <summary>Claims the message that has been due for longest. One at a time, so that no claim waits for others' delivery.</summary>
    public async Task<Claim?> ClaimAsync(IReadOnlyCollection<Guid> except, CancellationToken cancel)
    {
        var id = Guid.NewGuid();
        await using var command = database.CreateCommand(ClaimOne);
        command.Parameters.AddRange(ToClaim(id, except));
        return await command.ExecuteScalarAsync(cancel) is string row ? new Claim(id, Read(row), row) : null;
    }

    /// <summary>Writes what happens to a claimed message onto the row as it now is: what others have changed of it meanwhile stays.
    /// </summary>
    /// <returns>False where the claim has been taken over: then nothing was written, and nothing may be sent.</returns>
    public async Task<bool> ChangeAsync(Claim claim, Action<OutboxMessage> change)
    {
        for (var left = TriesToWrite; ; left--)
            try
            {
                return await TryChangeAsync(claim, change);
            }
            catch (Exception e) when (left > 1 && IsOfTheDatabase(e))
            {
                // The server has the message, perhaps: not to write that down would leave it to a person.
                await Task.Delay(BetweenTries);
            }
    }

    /// <summary>The same of a message that is done with, and claims in the same transaction what has been due for longest.</summary>
    /// <param name="except">Messages that are left for another time.</param>
    /// <returns>Null where nothing is due, or where that could not be asked now.</returns>
    public async Task<Claim?> ChangeAndClaimAsync(Claim claim, Action<OutboxMessage> change, IReadOnlyCollection<Guid> except)
    {
        var id = Guid.NewGuid();
        await using var both = database.CreateBatch();
        both.BatchCommands.Add(new(ChangeClaimed));
        both.BatchCommands[0].Parameters.AddRange(Changed(claim, change).Parameters);
        both.BatchCommands.Add(new(ClaimOne));
        both.BatchCommands[1].Parameters.AddRange(ToClaim(id, except));
        try
        {
            return await both.ExecuteScalarAsync(CancellationToken.None) is string row ? new Claim(id, Read(row), row) : null;
        }
        catch (Exception e) when (IsOfTheDatabase(e))
        {
            await ChangeAsync(claim, change);
            return null;
        }
    }

    // Not cancellable: what happened to a message is written down even while the process stops.
    private async Task<bool> TryChangeAsync(Claim claim, Action<OutboxMessage> change)
    {
        var (message, row, parameters) = Changed(claim, change);
        await using var command = database.CreateCommand(ChangeClaimed);
        command.Parameters.AddRange(parameters);
        if (await command.ExecuteNonQueryAsync(CancellationToken.None) == 0) return false;
        claim.Row = row;
        if (message.Status == MessageStatus.Queued) signal.Raise();
        return true;
    }

    private (OutboxMessage Message, string Row, NpgsqlParameter[] Parameters) Changed(Claim claim, Action<OutboxMessage> change)
    {
        var message = Read(claim.Row);
        change(message);
        var row = store.Options.Serializer().ToJson(message);
        return (message, row,
        [
            new() { Value = message.Id }, new() { Value = claim.Id.ToString() },
            new() { Value = Difference(claim.Row, row), NpgsqlDbType = NpgsqlDbType.Jsonb },
        ]);
    }

    private NpgsqlParameter[] ToClaim(Guid claim, IReadOnlyCollection<Guid> except) =>
        [new() { Value = clock.Now }, new() { Value = except.ToArray() }, new() { Value = claim }];

    private OutboxMessage Read(string row) =>
        store.Options.Serializer().FromJson<OutboxMessage>(new MemoryStream(Encoding.UTF8.GetBytes(row)));

    private static string Difference(string before, string after)
    {
        var (was, now) = (JsonNode.Parse(before)!.AsObject(), JsonNode.Parse(after)!.AsObject());
        foreach (var (name, value) in was)
            if (!now.ContainsKey(name)) now[name] = null; // what has no value any more is not written
            else if (JsonNode.DeepEquals(now[name], value)) now.Remove(name);
        return now.ToJsonString();
    }

    /// <summary>Says of messages that nobody took, while others were, that it is their own doing.</summary>
    public async Task BlameAsync(IEnumerable<Guid> messages, string why)
    {
        foreach (var id in messages)
            await ChangeAsync(id, m => m.Status == MessageStatus.Queued, m => m.TryLater(why, clock.Now));
    }

    public async Task<QueuePause?> CurrentPauseAsync(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.LoadAsync<QueuePause>(QueuePause.TheOne, cancel);
    }

    /// <summary>Has the queue wait, for longer each time, and gives up what has waited for three days.</summary>
    /// <param name="suspects">Messages that nobody took, of this try and of those before it.</param>
    public async Task<QueuePause> PauseAsync(string reason, IReadOnlyCollection<Guid> suspects)
    {
        await using var session = store.LightweightSession();
        var pause = QueuePause.After(await session.LoadAsync<QueuePause>(QueuePause.TheOne), reason, suspects, clock.Now);
        session.Store(pause);
        if (pause.HasGivenUpAt(clock.Now))
            session.QueueSqlCommand(GiveUp, $"Given up after three days. {reason}", clock.Now - QueuePause.GivesUpAfter);
        await session.SaveChangesAsync(CancellationToken.None);
        return pause;
    }

    /// <summary>Ends the pause: mail leaves again.</summary>
    public async Task ResumeAsync(CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        session.Delete<QueuePause>(QueuePause.TheOne);
        await session.SaveChangesAsync(cancel);
    }

    /// <summary>Tries at once, without forgetting since when mail waits.</summary>
    public async Task TryNowAsync(bool withFailed, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        if (withFailed) session.QueueSqlCommand(AllAgain, clock.Now, clock.Now);
        if (await session.LoadAsync<QueuePause>(QueuePause.TheOne, cancel) is { } pause)
        {
            pause.NextTryAt = clock.Now;
            session.Store(pause);
        }
        await session.SaveChangesAsync(cancel);
    }

    /// <summary>Has mail leave again that waited for a manager's word after a restoration.</summary>
    /// <param name="old">Whether what was due before the restoration leaves too; where it does not, each is asked about.</param>
    public async Task ReleaseAsync(bool old, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        if (await session.LockAsync<QueuePause>(QueuePause.TheOne, cancel) is not { AwaitsWord: true } pause) return;
        if (!old) session.QueueSqlCommand(Doubt, "It was due before the restoration, and may have left by then.", pause.Since);
        session.Delete(pause);
        await session.SaveChangesAsync(cancel);
    }

    /// <summary>Whether trying again may help: the message is not to blame for it.</summary>
    public static bool IsOfTheDatabase(Exception e) => e is NpgsqlException || e.InnerException is NpgsqlException;

    // Not cancellable: what happened to a message is written down even while the process stops.
    private async Task<bool> ChangeAsync(Guid id, Func<OutboxMessage, bool> may, Action<OutboxMessage> change)
    {
        await using var session = store.LightweightSession();
        if (await session.LockAsync<OutboxMessage>(id, CancellationToken.None) is not { } message || !may(message)) return false;
        change(message);
        session.Store(message);
        await session.SaveChangesAsync(CancellationToken.None);
        return true;
    }
}

using Crm.Institute;
using Crm.Storage;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Messaging;

/// <summary>
/// Has restored mail wait for a manager: what waited in the backup may have left since it was made, and a copy that is restored for a trial
/// is to write to nobody.
/// </summary>
internal sealed class MailAfterRestoration(IDocumentStore store, InstituteClock clock) : IAfterRestoration
{
    private const string Hold = $"""
        insert into {MartenSetup.Schema}.mt_doc_queuepause (id, data) values ($1, $2) on conflict (id) do update set data = excluded.data
        """;

    public async Task ChangeAsync(RestoredRows restored, CancellationToken cancel)
    {
        var pause = QueuePause.AfterRestoration(
            $"This database was restored from a backup of {Format.DateAndTime(clock.Local(restored.MadeAt))}.", clock.Now);
        await using var hold = new NpgsqlCommand(Hold, restored.Connection);
        hold.Parameters.Add(new() { Value = pause.Id });
        hold.Parameters.Add(new() { Value = store.Options.Serializer().ToJson(pause), NpgsqlDbType = NpgsqlDbType.Jsonb });
        await hold.ExecuteNonQueryAsync(cancel);
    }
}

using Crm.Operations;
using Crm.Storage;

namespace Crm.Accounts;

/// <summary>
/// Has nobody come in by what a restored backup says of a moment that is over: sessions may have been ended since, and links used. Who may
/// do more or less than a moment ago, or sign in otherwise, is told to whoever restores.
/// </summary>
internal sealed class AccessAfterRestoration(ILogger<AccessAfterRestoration> logger) : IAfterRestoration
{
    private const string Users = "mt_doc_user", Keys = "mt_doc_passkey", Schema = MartenSetup.Schema;

    public async Task ChangeAsync(RestoredRows restored, CancellationToken cancel)
    {
        await restored.Connection.DoAsync($"delete from {Schema}.mt_doc_staffsession; delete from {Schema}.mt_doc_accesslink", cancel);
        var before = await restored.Connection.RowsAsync(
            $"select to_regclass('{restored.Aside}.{Users}') is not null and to_regclass('{restored.Aside}.{Keys}') is not null",
            r => r.GetBoolean(0), cancel);
        if (!before[0]) return;
        foreach (var (name, what) in await restored.Connection.RowsAsync(
            Differences(restored.Aside), r => (r.GetString(0), r.GetString(1)), cancel))
            logger.LogWarning("{Name} is again as the backup has it, and was otherwise: {What}. Look at their page", name, what);
    }

    private static string Differences(string aside) => $"""
        select name, what from (
            select n.data ->> 'Name' as name, concat_ws(', ',
                case when n.data -> 'Role' is distinct from o.data -> 'Role' then 'the role' end,
                case when n.data -> 'Active' is distinct from o.data -> 'Active' then 'whether they may sign in' end,
                case when n.data -> 'PasswordHash' is distinct from o.data -> 'PasswordHash' then 'the password' end,
                case when n.data -> 'Authenticator' is distinct from o.data -> 'Authenticator' then 'the authenticator' end,
                case when {KeysOf(Schema)} is distinct from {KeysOf(aside)} then 'the passkeys' end) as what
            from {Schema}.{Users} n join {aside}.{Users} o using (id)) both_of_them
        where what <> '' order by name
        """;

    private static string KeysOf(string schema) =>
        $"(select array_agg(k.id order by k.id) from {schema}.{Keys} k where (k.data ->> 'UserId')::uuid = n.id)";
}

using Crm.Storage;
using Npgsql;

namespace Crm.Operations;

/// <summary>
/// What of a database is Enrolment's: the tables and sequences of its schema, and the journal of its scripts. Hangfire's tables are not
/// backed up: the schedule is written at every start, and what is to be done lies in the outbox.
/// </summary>
internal static class DatabaseCatalog
{
    private const string Ours = $"(n.nspname = '{MartenSetup.Schema}' or n.nspname = '{Migrations.JournalSchema}' "
        + $"and c.relname like '{Migrations.JournalTable}%')";

    private const string TablesSql = $"""
        select n.nspname || '.' || c.relname,
            (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''),
            (select coalesce(array_agg(distinct rn.nspname || '.' || r.relname), array[]::text[]) from pg_constraint k
             join pg_class r on r.oid = k.confrelid join pg_namespace rn on rn.oid = r.relnamespace
             where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and {Ours} order by 1
        """;

    private const string SequencesSql = $"""
        select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'S' and {Ours} order by 1
        """;

    private const string IndexesSql = $"""
        select n.nspname || '.' || c.relname, pg_get_indexdef(i.indexrelid) from pg_index i
        join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = '{MartenSetup.Schema}' and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid)
        """;

    /// <summary>Tables in an order in which each stands behind those it refers to.</summary>
    public static async Task<IReadOnlyList<(string Name, string[] Columns)>> TablesAsync(
        NpgsqlConnection connection, CancellationToken cancel)
    {
        var found = await connection.RowsAsync(TablesSql,
            r => (Name: r.GetString(0), Columns: r.GetFieldValue<string[]>(1), Needs: r.GetFieldValue<string[]>(2)), cancel);
        var ordered = new List<(string, string[])>();
        for (var rest = found.ToList(); rest.Count > 0;)
        {
            // Of tables that refer to each other in a circle, none is first: their rows are then refused by name, not lost.
            var next = rest.FindIndex(t => !t.Needs.Any(need => rest.Exists(o => o.Name == need)));
            ordered.Add((rest[Math.Max(next, 0)].Name, rest[Math.Max(next, 0)].Columns));
            rest.RemoveAt(Math.Max(next, 0));
        }
        return ordered;
    }

    public static async Task<IReadOnlyList<SequenceEntry>> SequencesAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var all = new List<SequenceEntry>();
        foreach (var name in await connection.RowsAsync(SequencesSql, r => r.GetString(0), cancel))
            all.AddRange(await connection.RowsAsync($"select last_value, is_called from {name}",
                r => new SequenceEntry(name, r.GetInt64(0), r.GetBoolean(1)), cancel));
        return all;
    }

    /// <summary>Indexes that no constraint needs, with the statement that makes each: rows go in faster without them.</summary>
    public static Task<IReadOnlyList<(string Name, string Made)>> IndexesAsync(NpgsqlConnection connection, CancellationToken cancel) =>
        connection.RowsAsync(IndexesSql, r => (r.GetString(0), r.GetString(1)), cancel);

    public static async Task<IReadOnlyList<T>> RowsAsync<T>(
        this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel)) rows.Add(read(reader));
        return rows;
    }

    public static async Task DoAsync(this NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }
}

using System.Collections.Concurrent;
using Npgsql;

namespace Crm.Tests;

/// <summary>
/// Databases that tests are done with. To empty one takes a tenth of the time of making a new one, which is a copy of 850 files.
/// Only those go to another test that look like a new one: with its schema, its settings, its size, and with nobody at work in it.
/// </summary>
public sealed class UsedDatabases
{
    private const string Tables = """
        select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname not like 'pg\_%' and n.nspname <> 'information_schema'
        """;

    private const string Looks = """
        with own as (select oid, nspname from pg_namespace where nspname not like 'pg\_%' and nspname <> 'information_schema')
        select md5(concat_ws('|',
            (select string_agg(concat_ws(',', own.nspname, relname, relkind, relnatts, relchecks, relhastriggers, reltuples, relacl,
                    relpersistence, reloptions), ';' order by own.nspname, relname) from pg_class join own on own.oid = relnamespace),
            (select string_agg(own.nspname || proname || md5(prosrc), ';' order by own.nspname, proname, prosrc)
                from pg_proc join own on own.oid = pronamespace),
            (select string_agg(tgname || tgenabled::text, ';' order by tgname, tgenabled) from pg_trigger where not tgisinternal),
            (select string_agg(indisvalid::text, '') from pg_index where not indisvalid),
            (select string_agg(extname, ';' order by extname) from pg_extension),
            (select string_agg(setconfig::text, ';') from pg_db_role_setting s join pg_database d on d.oid = setdatabase
                where d.datname = current_database())))
            , pg_database_size(current_database())
            , (select count(*) from pg_stat_activity where datname = current_database() and state <> 'idle')
        """;

    private const string Empty = """
        do $$
        declare
            r record;
        begin
            for r in
                select c.oid::regclass as name, c.relhastriggers as guarded
                from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where c.relkind = 'r' and n.nspname not like 'pg\_%' and n.nspname <> 'information_schema'
                order by (select count(*) from pg_constraint f where f.confrelid = c.oid)
            loop
                if r.guarded then execute format('alter table %s disable trigger user', r.name); end if;
                execute format('delete from %s', r.name);
                if r.guarded then execute format('alter table %s enable trigger user', r.name); end if;
            end loop;
            for r in select format('%I.%I', schemaname, sequencename) as name, start_value from pg_sequences where last_value is not null
            loop
                perform setval(r.name, r.start_value, false);
            end loop;
        end $$
        """;

    private readonly ConcurrentQueue<string> _databases = new();

    // Of the tables that the migrations fill, such as the list of migrations itself.
    private readonly List<(string Table, string Rows)> _rows = [];
    private readonly List<(string Name, long Last)> _sequences = [];
    private (string Schema, long Size) _new;

    /// <summary>Remembers what a new database looks like.</summary>
    public async Task LearnAsync(string template)
    {
        await using var source = Open(template);
        await using var connection = await source.OpenConnectionAsync();
        foreach (var table in await ReadAsync(connection, Tables, row => row.GetString(0)))
        {
            var sql = $"select jsonb_agg(t)::text from {table} t having count(*) > 0";
            if (await ReadAsync(connection, sql, row => row.GetString(0)) is [var rows]) _rows.Add((table, rows));
        }
        _sequences.AddRange(await ReadAsync(connection,
            "select format('%I.%I', schemaname, sequencename), last_value from pg_sequences where last_value is not null",
            row => (row.GetString(0), row.GetInt64(1))));
        await connection.CloseAsync();
        var (schema, size, _) = await LookAsync(source);
        _new = (schema, size);
    }

    public void Add(string database) => _databases.Enqueue(database);

    /// <returns>The connection string of one that is empty now; null where there is none.</returns>
    public async Task<string?> TakeAsync()
    {
        for (var tries = _databases.Count; tries > 0 && _databases.TryDequeue(out var database); tries--)
        {
            try
            {
                if (await EmptiedAsync(database) is not { } isEmpty) continue; // it is not used again
                if (isEmpty) return database;
                _databases.Enqueue(database); // whoever is at work may be about to leave
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
            {
                // Its test has dropped it.
            }
        }
        return null;
    }

    /// <returns>False where somebody is at work in it; null where it is not what it was.</returns>
    private async Task<bool?> EmptiedAsync(string database)
    {
        await using var source = Open(database);
        var (schema, size, atWork) = await LookAsync(source);
        if (schema != _new.Schema || size > 2 * _new.Size) return null;
        if (atWork != 1) return false;
        await EmptyAsync(source);
        return true;
    }

    private static async Task<List<T>> ReadAsync<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var rows = await command.ExecuteReaderAsync();
        var all = new List<T>();
        while (await rows.ReadAsync()) all.Add(read(rows));
        return all;
    }

    private static NpgsqlDataSource Open(string database) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { MaxPoolSize = 1 }.ConnectionString);

    private static async Task<(string Schema, long Size, long AtWork)> LookAsync(NpgsqlDataSource source)
    {
        await using var look = source.CreateCommand(Looks);
        await using var row = await look.ExecuteReaderAsync();
        await row.ReadAsync();
        return (row.GetString(0), row.GetInt64(1), row.GetInt64(2));
    }

    private async Task EmptyAsync(NpgsqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var whole = await connection.BeginTransactionAsync();
        await using (var empty = new NpgsqlCommand(Empty, connection)) await empty.ExecuteNonQueryAsync();
        foreach (var (table, rows) in _rows)
        {
            await using var fill = new NpgsqlCommand(
                $"insert into {table} overriding system value select * from jsonb_populate_recordset(null::{table}, $1::jsonb)",
                connection);
            fill.Parameters.Add(new() { Value = rows });
            await fill.ExecuteNonQueryAsync();
        }
        foreach (var (name, last) in _sequences)
        {
            await using var go = new NpgsqlCommand("select setval($1::text::regclass, $2)", connection);
            go.Parameters.Add(new() { Value = name });
            go.Parameters.Add(new() { Value = last });
            await go.ExecuteNonQueryAsync();
        }
        await whole.CommitAsync();
    }
}

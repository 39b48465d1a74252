using Crm.Storage;
using Npgsql;
using NpgsqlTypes;
using Weasel.Postgresql.Tables;

namespace Crm.Imports;

/// <summary>What is to become of a row, or has.</summary>
/// <param name="Place">Its turn among those that go in, from 1; null where it does not.</param>
/// <param name="Why">The reason, in words.</param>
/// <param name="Twin">The row of this file that is of the same person.</param>
public sealed record Verdict(int Number, int? Place, RowGroup Group, string? Why, int? Twin, Guid? PersonId);

/// <summary>A row with its verdict, for a page or for going in.</summary>
/// <param name="Cells">None of a row that went in: what it said is on its lead.</param>
public sealed record JudgedRow(Verdict Verdict, string[] Cells, Guid? LeadId, string? Became)
{
    public SheetRow Row => new(Verdict.Number, Cells);
}

/// <summary>
/// The rows of files that wait to go in: tables of their own, which are written and read fifty thousand rows at a time, and forgotten
/// when they are finished with.
/// </summary>
public static class ImportRows
{
    private const string Files = MartenSetup.Schema + ".import_files";
    private const string Rows = MartenSetup.Schema + ".import_rows";
    private const string Verdicts = MartenSetup.Schema + ".import_verdicts";
    private const string Judged = $"""
        select v.number, v.place, v.kind, v.why, v.twin, v.person_id, r.cells, v.lead_id, v.became
        from {Verdicts} v left join {Rows} r on r.import_id = v.import_id and r.number = v.number
        """;

    public static IEnumerable<Table> Tables()
    {
        var files = new Table(Files);
        files.AddColumn<Guid>("import_id").AsPrimaryKey();
        files.AddColumn("bytes", "bytea").NotNull();
        var rows = new Table(Rows);
        rows.AddColumn<Guid>("import_id").AsPrimaryKey();
        rows.AddColumn<int>("number").AsPrimaryKey();
        rows.AddColumn("cells", "text[]").NotNull();
        var verdicts = new Table(Verdicts);
        verdicts.AddColumn<Guid>("import_id").AsPrimaryKey();
        verdicts.AddColumn<int>("number").AsPrimaryKey();
        verdicts.AddColumn<int>("place");
        verdicts.AddColumn<string>("kind").NotNull();
        verdicts.AddColumn<string>("why");
        verdicts.AddColumn<int>("twin");
        verdicts.AddColumn<Guid>("person_id");
        verdicts.AddColumn<Guid>("lead_id");
        verdicts.AddColumn<string>("became");
        verdicts.Indexes.Add(new IndexDefinition("import_verdicts_place") { Columns = ["import_id", "place"] });
        verdicts.Indexes.Add(new IndexDefinition("import_verdicts_kind") { Columns = ["import_id", "kind", "number"] });
        return [files, rows, verdicts];
    }

    public static async Task KeepFileAsync(NpgsqlConnection database, Guid import, byte[] bytes, CancellationToken cancel)
    {
        await using var command = Command(database, $"insert into {Files} (import_id, bytes) values ($1, $2)", import, bytes);
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <returns>Null where it is finished with.</returns>
    public static async Task<byte[]?> FileAsync(NpgsqlConnection database, Guid import, CancellationToken cancel)
    {
        await using var command = Command(database, $"select bytes from {Files} where import_id = $1", import);
        return (byte[]?)await command.ExecuteScalarAsync(cancel);
    }

    /// <summary>Writes rows in the place of those that were there.</summary>
    public static async Task WriteAsync(NpgsqlConnection database, Guid import, IEnumerable<SheetRow> rows, CancellationToken cancel)
    {
        await ForgetAsync(database, Rows, import, cancel);
        await using var copy = await database.BeginBinaryImportAsync(
            $"copy {Rows} (import_id, number, cells) from stdin (format binary)", cancel);
        foreach (var row in rows)
        {
            await copy.StartRowAsync(cancel);
            await copy.WriteAsync(import, NpgsqlDbType.Uuid, cancel);
            await copy.WriteAsync(row.Number, NpgsqlDbType.Integer, cancel);
            await copy.WriteAsync(Storable(row.Cells), NpgsqlDbType.Array | NpgsqlDbType.Text, cancel);
        }
        await copy.CompleteAsync(cancel);
    }

    /// <summary>All rows, one after the other: nothing else can be asked of the connection meanwhile.</summary>
    public static async IAsyncEnumerable<SheetRow> ReadAsync(
        NpgsqlConnection database, Guid import, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await using var command = Command(database, $"select number, cells from {Rows} where import_id = $1 order by number", import);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) yield return new SheetRow(reader.GetInt32(0), reader.GetFieldValue<string[]>(1));
    }

    public static async Task JudgeAsync(NpgsqlConnection database, Guid import, IEnumerable<Verdict> verdicts, CancellationToken cancel)
    {
        await ForgetAsync(database, Verdicts, import, cancel);
        await using var copy = await database.BeginBinaryImportAsync(
            $"copy {Verdicts} (import_id, number, place, kind, why, twin, person_id) from stdin (format binary)", cancel);
        foreach (var verdict in verdicts)
        {
            await copy.StartRowAsync(cancel);
            await copy.WriteAsync(import, NpgsqlDbType.Uuid, cancel);
            await copy.WriteAsync(verdict.Number, NpgsqlDbType.Integer, cancel);
            await WriteAsync(copy, verdict.Place, NpgsqlDbType.Integer, cancel);
            await copy.WriteAsync(verdict.Group.ToString(), NpgsqlDbType.Text, cancel);
            if (verdict.Why is { } why) await copy.WriteAsync(why, NpgsqlDbType.Text, cancel);
            else await copy.WriteNullAsync(cancel);
            await WriteAsync(copy, verdict.Twin, NpgsqlDbType.Integer, cancel);
            await WriteAsync(copy, verdict.PersonId, NpgsqlDbType.Uuid, cancel);
        }
        await copy.CompleteAsync(cancel);
    }

    /// <summary>Tells the planner how many rows have come: before it knows, it reads all of them for each batch.</summary>
    public static async Task CountForPlansAsync(NpgsqlConnection database, CancellationToken cancel)
    {
        await using var command = Command(database, $"analyze {Rows}, {Verdicts}");
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>The rows of one group, from a number on.</summary>
    public static Task<IReadOnlyList<JudgedRow>> PageAsync(
        NpgsqlConnection database, Guid import, RowGroup group, int after, int count, CancellationToken cancel) =>
        JudgedAsync(Command(database, $"{Judged} where v.import_id = $1 and v.kind = $2 and v.number > $3 order by v.number limit $4",
            import, group.ToString(), after, count), cancel);

    /// <summary>The next rows that go in, in their order.</summary>
    public static Task<IReadOnlyList<JudgedRow>> NextAsync(
        NpgsqlConnection database, Guid import, int taken, int count, CancellationToken cancel) =>
        JudgedAsync(Command(database, $"{Judged} where v.import_id = $1 and v.place > $2 order by v.place limit $3", import, taken, count),
            cancel);

    /// <summary>Notes what became of rows, one value of each list a row.</summary>
    public const string Note = $"""
        update {Verdicts} v set kind = u.kind, why = u.why, became = u.became,
            person_id = nullif(u.person, '')::uuid, lead_id = nullif(u.lead, '')::uuid
        from unnest(?::int[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[]) u (number, kind, why, person, lead, became)
        where v.import_id = ? and v.number = u.number
        """;

    public static async Task<Dictionary<RowGroup, int>> CountAsync(NpgsqlConnection database, Guid import, CancellationToken cancel)
    {
        await using var command = Command(
            database, $"select kind, count(*)::int from {Verdicts} where import_id = $1 group by kind", import);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var counts = new Dictionary<RowGroup, int>();
        while (await reader.ReadAsync(cancel)) counts[Enum.Parse<RowGroup>(reader.GetString(0))] = reader.GetInt32(1);
        return counts;
    }

    /// <summary>Forgets the file, which is needed no more once it goes in.</summary>
    public static Task ForgetFileAsync(NpgsqlConnection database, Guid import, CancellationToken cancel) =>
        ForgetAsync(database, Files, import, cancel);

    /// <summary>Forgets what the rows said that went in: it is on their leads. Those that were refused can still be fetched.</summary>
    public static async Task ForgetTakenAsync(NpgsqlConnection database, Guid import, CancellationToken cancel)
    {
        await using var command = Command(database, $"""
            delete from {Rows} r using {Verdicts} v
            where r.import_id = $1 and v.import_id = $1 and v.number = r.number and v.became is not null
            """, import);
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Forgets what all its rows said; what became of them stays.</summary>
    public static Task ForgetCellsAsync(NpgsqlConnection database, Guid import, CancellationToken cancel) =>
        ForgetAsync(database, Rows, import, cancel);

    /// <summary>Forgets all of an import but its own record.</summary>
    public static async Task ForgetAllAsync(NpgsqlConnection database, Guid import, CancellationToken cancel)
    {
        foreach (var table in new[] { Files, Rows, Verdicts }) await ForgetAsync(database, table, import, cancel);
    }

    /// <summary>Forgets the files and cells of imports that were dropped before a moment.</summary>
    public static async Task ForgetOlderAsync(NpgsqlConnection database, DateTimeOffset before, CancellationToken cancel)
    {
        foreach (var table in new[] { Files, Rows })
        {
            await using var command = Command(database, $"""
                delete from {table} where import_id in (
                    select id from {MartenSetup.Schema}.mt_doc_import where (data ->> 'DroppedAt')::timestamptz < $1)
                """, before.UtcDateTime);
            await command.ExecuteNonQueryAsync(cancel);
        }
    }

    private static async Task<IReadOnlyList<JudgedRow>> JudgedAsync(NpgsqlCommand judged, CancellationToken cancel)
    {
        await using var command = judged;
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<JudgedRow>();
        while (await reader.ReadAsync(cancel))
        {
            var verdict = new Verdict(reader.GetInt32(0), Number(reader, 1), Enum.Parse<RowGroup>(reader.GetString(2)), Text(reader, 3),
                Number(reader, 4), Id(reader, 5));
            rows.Add(new JudgedRow(verdict, reader.IsDBNull(6) ? [] : reader.GetFieldValue<string[]>(6), Id(reader, 7), Text(reader, 8)));
        }
        return rows;
    }

    private static async Task ForgetAsync(NpgsqlConnection database, string table, Guid import, CancellationToken cancel)
    {
        await using var command = Command(database, $"delete from {table} where import_id = $1", import);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static async Task WriteAsync<T>(NpgsqlBinaryImporter copy, T? value, NpgsqlDbType type, CancellationToken cancel)
        where T : struct
    {
        if (value is { } known) await copy.WriteAsync(known, type, cancel);
        else await copy.WriteNullAsync(cancel);
    }

    // PostgreSQL's text holds no NUL, and no halves of surrogate pairs.
    private static string[] Storable(string[] cells) => Array.Exists(cells, c => c.AsSpan().ContainsAny(Unstorable))
        ? [.. cells.Select(Institute.CellText.Held)]
        : cells;

    private static readonly System.Buffers.SearchValues<char> Unstorable =
        System.Buffers.SearchValues.Create([.. Enumerable.Range(0xD800, 0x800).Append(0).Select(c => (char)c)]);

    private static int? Number(NpgsqlDataReader reader, int at) => reader.IsDBNull(at) ? null : reader.GetInt32(at);

    private static string? Text(NpgsqlDataReader reader, int at) => reader.IsDBNull(at) ? null : reader.GetString(at);

    private static Guid? Id(NpgsqlDataReader reader, int at) => reader.IsDBNull(at) ? null : reader.GetGuid(at);

    private static NpgsqlCommand Command(NpgsqlConnection database, string sql, params object[] values)
    {
        var command = new NpgsqlCommand(sql, database);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}

using Npgsql;

namespace Crm.Operations;

/// <summary>
/// How many rows each table has, what they add up to, and the rooms' own figures: two databases with the same hold the same.
/// </summary>
/// <param name="Tables">By name: rows, and the sum of a number made of each row.</param>
internal sealed record DatabaseFacts(
    IReadOnlyDictionary<string, (long Rows, string Digest)> Tables, IReadOnlyDictionary<string, string> Figures)
{
    /// <summary>Has every server write values in one way, whatever its own settings are, and wait for as long as it takes.</summary>
    public const string Settings = """
        set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';
        set local extra_float_digits = 1; set local bytea_output = 'hex';
        set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0
        """;

    /// <summary>Of a connection in a transaction with <see cref="Settings"/>.</summary>
    public static async Task<DatabaseFacts> OfAsync(NpgsqlConnection connection, IEnumerable<string> tables,
        IEnumerable<BackupFigure> figures, CancellationToken cancel)
    {
        var counted = new Dictionary<string, (long, string)>();
        foreach (var table in tables)
        {
            var sql = $"select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text from {table} t";
            counted[table] = (await connection.RowsAsync(sql, r => (r.GetInt64(0), r.GetString(1)), cancel))[0];
        }
        var read = new Dictionary<string, string>();
        foreach (var figure in figures)
            read[figure.Name] = (await connection.RowsAsync(figure.Sql, r => r.GetString(0), cancel))[0];
        return new DatabaseFacts(counted, read);
    }

    public static DatabaseFacts Of(BackupContents contents) =>
        new(contents.Tables.ToDictionary(t => t.Name, t => (t.Rows, t.Digest)), contents.Figures);

    /// <summary>What is not the same in another database, in words; nothing where all is.</summary>
    public IEnumerable<string> Differences(DatabaseFacts other)
    {
        foreach (var (name, (rows, digest)) in Tables)
        {
            if (!other.Tables.TryGetValue(name, out var its)) yield return $"{name} is missing";
            else if (its.Rows != rows) yield return $"{name} has {its.Rows} rows and not {rows}";
            else if (its.Digest != digest) yield return $"{name} has other rows";
        }
        foreach (var difference in FiguresThatDiffer(other)) yield return difference;
    }

    /// <summary>What an upgrade must not have changed: how many rows a table has that was there before, and the rooms' figures.</summary>
    /// <param name="meant">Tables that the scripts say they take rows from.</param>
    public IEnumerable<string> Losses(DatabaseFacts after, IReadOnlySet<string> meant) =>
        Tables.Where(t => t.Value.Rows > RowsOf(after, t.Key) && !meant.Contains(t.Key))
            .Select(t => after.Tables.ContainsKey(t.Key)
                ? $"{t.Key} has {RowsOf(after, t.Key)} rows and had {t.Value.Rows}"
                : $"{t.Key} is gone, with all that was in it")
            .Concat(FiguresThatDiffer(after));

    private static long RowsOf(DatabaseFacts facts, string table) => facts.Tables.TryGetValue(table, out var its) ? its.Rows : 0;

    private IEnumerable<string> FiguresThatDiffer(DatabaseFacts other) =>
        from figure in Figures
        where other.Figures.TryGetValue(figure.Key, out var its) && its != figure.Value
        select $"{figure.Key}: {other.Figures[figure.Key]} and not {figure.Value}";
}

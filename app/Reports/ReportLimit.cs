using Npgsql;

namespace Crm.Reports;

/// <summary>
/// Keeps reports from taking what the public form and the counsellors need: in one process two are read at a time, and a statement of
/// theirs is given up, by the server too, sooner than one of a page.
/// </summary>
public static class ReportLimit
{
    /// <summary>How many reports are read at a time; more wait for their turn, without a connection.</summary>
    public const int AtOnce = 2;

    /// <summary>Seconds after which a statement is given up, unless all are sooner.</summary>
    public const int Longest = 10;

    private static readonly SemaphoreSlim Turns = new(AtOnce);

    /// <summary>Has whoever asks for a report wait for a turn.</summary>
    public static TBuilder TakesTurns<TBuilder>(this TBuilder routes) where TBuilder : IEndpointConventionBuilder =>
        routes.AddEndpointFilter(async (context, next) =>
        {
            await Turns.WaitAsync(context.HttpContext.RequestAborted);
            try
            {
                return await next(context);
            }
            finally
            {
                Turns.Release();
            }
        });

    /// <summary>A statement of a report, with its limit.</summary>
    internal static NpgsqlCommand Command(NpgsqlDataSource database, string sql, params IEnumerable<object> values)
    {
        var command = database.CreateCommand(sql);
        command.CommandTimeout = Math.Min(Longest, new NpgsqlConnectionStringBuilder(database.ConnectionString).CommandTimeout);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }

    internal static async Task<IReadOnlyList<T>> RowsAsync<T>(NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, T> read,
        CancellationToken cancel, params IEnumerable<object> values)
    {
        await using var command = Command(database, sql, values);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var all = new List<T>();
        while (await rows.ReadAsync(cancel)) all.Add(read(rows));
        return all;
    }
}

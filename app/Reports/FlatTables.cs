using Npgsql;

namespace Crm.Reports;

/// <summary>What is done to the flat tables, a statement after the other in one transaction.</summary>
internal static class FlatTables
{
    // A rebuild walks all leads once.
    private const int Patience = 600;

    public static async Task ChangeAsync(
        NpgsqlDataSource database, IEnumerable<(string Sql, object[] Values)> statements, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        foreach (var (sql, values) in statements)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction) { CommandTimeout = Patience };
            foreach (var value in values) command.Parameters.Add(new() { Value = value });
            await command.ExecuteNonQueryAsync(cancel);
        }
        await transaction.CommitAsync(cancel);
    }
}

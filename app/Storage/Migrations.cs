using System.Reflection;
using DbUp;
using DbUp.Engine;
using Hangfire.PostgreSql;
using Npgsql;
using Weasel.Core.Migrations;

namespace Crm.Storage;

/// <summary>Brings a database to the schema in <c>migrations/</c>, and Hangfire's tables to Hangfire's.</summary>
public static class Migrations
{
    // A script may rewrite a large table.
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    /// <exception cref="CannotStartException">A script failed; it was rolled back, those before it stand.</exception>
    public static async Task ApplyAsync(string connectionString, ILogger logger, CancellationToken cancel = default)
    {
        await using var gate = await StartGate.PassAsync(connectionString, logger, cancel);
        var result = DeployChanges.To.PostgresqlDatabase(connectionString)
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.EndsWith(".sql", StringComparison.Ordinal))
            .WithVariablesDisabled() // function bodies are dollar-quoted
            .WithTransactionPerScript()
            .WithExecutionTimeout(Patience)
            .JournalToPostgresqlTable("public", "schema_migrations")
            .LogToNowhere()
            .Build()
            .PerformUpgrade();
        if (!result.Successful)
            throw new CannotStartException(
                $"The database could not be brought to this version, {result.ErrorScript?.Name} failed: {result.Error.Message}",
                result.Error);
        foreach (SqlScript script in result.Scripts) logger.LogInformation("Applied {Migration}", script.Name);

        await using var hangfire = new NpgsqlConnection(connectionString);
        await hangfire.OpenAsync(cancel);
        PostgreSqlObjectsInstaller.Install(hangfire, "hangfire");
        // Hangfire lets a lock go that is old, but not one that has no age or, by a clock that was wrong, comes from the future.
        await using var clear = new NpgsqlCommand(
            "delete from hangfire.lock where acquired is null or acquired > (now() at time zone 'utc') + interval '1 minute'", hangfire);
        await clear.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Lets Marten write, as the next numbered script, what separates the database from the configuration.</summary>
    /// <returns>The file written, or null where the two agree.</returns>
    public static async Task<string?> WriteNextAsync(Marten.IDocumentStore store, string folder, string name)
    {
        var migration = await store.Storage.Database.CreateMigrationAsync();
        if (migration.Difference == Weasel.Core.SchemaPatchDifference.None) return null;
        var number = Directory.GetFiles(folder, "*.sql").Length + 1;
        var path = Path.Combine(folder, $"{number:0000}-{name}.sql");
        await store.Storage.Database.WriteMigrationFileAsync(path);
        foreach (var drop in Directory.GetFiles(folder, "*.drop.sql")) File.Delete(drop);
        return path;
    }
}

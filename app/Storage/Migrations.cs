using System.Reflection;
using System.Text.RegularExpressions;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Transactions;
using Hangfire.PostgreSql;
using Npgsql;
using Weasel.Core.Migrations;

namespace Crm.Storage;

/// <summary>What stands by while a database that has data is brought to a new version.</summary>
public interface IUpgradeGuard
{
    /// <summary>Is called before anything changes.</summary>
    /// <param name="missing">The scripts that are to be applied, one or more.</param>
    /// <exception cref="CannotStartException">It must not be changed, and why.</exception>
    Task BeforeAsync(IReadOnlyList<SqlScript> missing, CancellationToken cancel);

    /// <summary>Is called on the connection in whose transaction everything was changed, before that is kept.</summary>
    /// <exception cref="CannotStartException">It must not be kept, and why.</exception>
    Task CheckAsync(NpgsqlConnection connection, CancellationToken cancel);
}

/// <summary>Brings a database to the schema in <c>migrations/</c>, and Hangfire's tables to Hangfire's.</summary>
public static partial class Migrations
{
    public const string JournalSchema = "public", JournalTable = "schema_migrations";

    // A script may rewrite a large table.
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    /// <summary>The scripts of this version, in their order.</summary>
    public static IReadOnlyList<SqlScript> Scripts { get; } = [.. ReadScripts()];

    /// <summary>Applies what is missing in one transaction: all of it, or nothing.</summary>
    /// <param name="guard">Stands by where the database has been used before.</param>
    /// <param name="scripts">Those of this version where none are given.</param>
    /// <exception cref="CannotStartException">A script failed, or the guard refused; the database is as it was before.</exception>
    public static async Task ApplyAsync(string connectionString, ILogger logger, IUpgradeGuard? guard = null,
        IReadOnlyList<SqlScript>? scripts = null, CancellationToken cancel = default)
    {
        scripts ??= Scripts;
        await using var gate = await StartGate.PassAsync(connectionString, logger, cancel);
        await using var connection = await OpenAsync(connectionString, cancel);
        var applied = await AppliedAsync(connection, cancel);
        if (applied.Except(scripts.Select(s => s.Name)).FirstOrDefault() is { } unknown)
            throw new CannotStartException($"The database is of a newer Enrolment than this one, which does not know {unknown}. "
                + "Start that newer one, or restore a backup that was made before.");
        if (applied.Count == 0) guard = null;
        if (scripts.Where(s => !applied.Contains(s.Name)).ToList() is { Count: > 0 } missing)
        {
            if (guard is not null) await guard.BeforeAsync(missing, cancel);
            await UpgradeAsync(connection, scripts, guard, logger, cancel);
        }
        await PrepareHangfireAsync(connection, cancel);
    }

    /// <summary>Where several processes start, one of them, or a command, is to migrate.</summary>
    /// <exception cref="CannotStartException">That has not been done.</exception>
    public static async Task AssertAppliedAsync(string connectionString, CancellationToken cancel = default)
    {
        await using var connection = await OpenAsync(connectionString, cancel);
        var applied = await AppliedAsync(connection, cancel);
        if (!Scripts.Select(s => s.Name).Order().SequenceEqual(applied.Order()))
            throw new CannotStartException("The database is not of this version, and Migrate:OnStart is false. Run the command "
                + "migrate once, with this version and the same settings, then start.");
    }

    /// <returns>The names of the scripts that a database has seen; none where it is new.</returns>
    public static async Task<IReadOnlyList<string>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var there = new NpgsqlCommand($"select to_regclass('{JournalSchema}.{JournalTable}') is not null", connection);
        if (!(bool)(await there.ExecuteScalarAsync(cancel))!) return [];
        await using var command = new NpgsqlCommand(
            $"select scriptname from {JournalSchema}.{JournalTable} order by schemaversionsid", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var names = new List<string>();
        while (await reader.ReadAsync(cancel)) names.Add(reader.GetString(0));
        return names;
    }

    /// <summary>Applies those scripts that the journal lacks, in the transaction that the connection is in, and journals them.</summary>
    /// <exception cref="CannotStartException">A script failed.</exception>
    public static IReadOnlyList<string> ApplyWithin(NpgsqlConnection connection, IReadOnlyList<SqlScript> scripts)
    {
        var result = DeployChanges.To.PostgresqlDatabase(new MigrationConnection(connection))
            .WithScripts(scripts)
            .WithVariablesDisabled() // function bodies are dollar-quoted
            .WithoutTransaction() // there is one
            .WithExecutionTimeout(Patience)
            .JournalToPostgresqlTable(JournalSchema, JournalTable)
            .LogToNowhere()
            .Build()
            .PerformUpgrade();
        return result.Successful
            ? [.. result.Scripts.Select(s => s.Name)]
            : throw new CannotStartException($"The database could not be brought to this version, {result.ErrorScript?.Name} failed: "
                + $"{result.Error.Message} It is as it was before.", result.Error);
    }

    /// <summary>
    /// The tables that scripts say they take rows from, each in a line of its own with the reason:
    /// <c>-- deletes from enrolment.mt_doc_thing: nobody reads them since there are batches</c>.
    /// </summary>
    public static IReadOnlySet<string> DeclaredLosses(IEnumerable<SqlScript> scripts) =>
        scripts.SelectMany(s => Declaration().Matches(s.Contents)).Select(m => m.Groups["name"].Value).ToHashSet();

    [GeneratedRegex(@"^-- deletes from (?<name>[a-z0-9_]+\.[a-z0-9_]+): \S", RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Declaration();

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

    private static async Task UpgradeAsync(NpgsqlConnection connection, IReadOnlyList<SqlScript> scripts, IUpgradeGuard? guard,
        ILogger logger, CancellationToken cancel)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var names = ApplyWithin(connection, scripts);
        if (guard is not null) await guard.CheckAsync(connection, cancel);
        await transaction.CommitAsync(cancel);
        foreach (var name in names) logger.LogInformation("Applied {Migration}", name);
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancel);
        return connection;
    }

    private static async Task PrepareHangfireAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        PostgreSqlObjectsInstaller.Install(connection, "hangfire");
        // Hangfire lets a lock go that is old, but not one that has no age or, by a clock that was wrong, comes from the future.
        await using var clear = new NpgsqlCommand(
            "delete from hangfire.lock where acquired is null or acquired > (now() at time zone 'utc') + interval '1 minute'", connection);
        await clear.ExecuteNonQueryAsync(cancel);
    }

    private static IEnumerable<SqlScript> ReadScripts()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Order())
        {
            using var text = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return new SqlScript(name, text.ReadToEnd());
        }
    }
}

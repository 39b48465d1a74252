using Crm.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

[assembly: AssemblyFixture(typeof(Crm.Tests.TestPostgres))]

namespace Crm.Tests;

/// <summary>
/// One real PostgreSQL for all tests, without the waits that only
/// durability needs; each test's database is a copy of a migrated one.
/// </summary>
public sealed class TestPostgres : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-tests-");
    private readonly UsedDatabases _used = new();
    private PrivatePostgres? _server;

    public async ValueTask InitializeAsync()
    {
        var settings = new Dictionary<string, string>
        {
            ["fsync"] = "off",
            ["synchronous_commit"] = "off",
            ["full_page_writes"] = "off",
            ["max_connections"] = "300",
            // A database that lives for a second is neither tidied nor written out early.
            ["autovacuum"] = "off",
            ["bgwriter_lru_maxpages"] = "0",
        };
        await PackClusterAsync(settings);
        _server = await PrivatePostgres.StartAsync(new PrivatePostgresOptions(_folder.FullName, settings), NullLogger.Instance);
        await Migrations.ApplyAsync(_server.ConnectionString, NullLogger.Instance);
        await _used.LearnAsync(_server.ConnectionString);
        NpgsqlConnection.ClearAllPools(); // a database with connections cannot be copied
    }

    /// <returns>The connection string of a database with the schema of the migrations, and nothing else in it.</returns>
    // Copying its files takes half the time of writing each page to the log.
    public async Task<string> CreateDatabaseAsync() =>
        await _used.TakeAsync() ?? await CreateAsync($"template {PrivatePostgres.Database} strategy file_copy");

    /// <summary>Takes a database of <see cref="CreateDatabaseAsync"/> back when its test is over, so that another may have it.</summary>
    public void GiveBack(string database) => _used.Add(database);

    /// <returns>The connection string of a new database with nothing in it.</returns>
    /// <param name="locale">In PostgreSQL's words, such as <c>locale 'C'</c>; the server's where nothing is said.</param>
    public Task<string> CreateEmptyDatabaseAsync(string locale = "") => CreateAsync($"template template0 {locale}");

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    // Of it all new data folders of the tests are made, and of the programs that they start, as those of a published copy are.
    private static async Task PackClusterAsync(Dictionary<string, string> settings)
    {
        var (packed, program) = (Path.Combine(AppContext.BaseDirectory, "cluster.tar.br"), typeof(PrivatePostgres).Assembly.Location);
        if (File.Exists(packed) && File.GetLastWriteTimeUtc(packed) > File.GetLastWriteTimeUtc(program)) return;
        var folder = Directory.CreateTempSubdirectory("enrolment-packed-");
        try
        {
            var anew = new PrivatePostgresOptions(folder.FullName, settings, Packed: "");
            await using (var server = await PrivatePostgres.StartAsync(anew, NullLogger.Instance))
            {
                await Migrations.ApplyAsync(server.ConnectionString, NullLogger.Instance);
                await server.PackAsync(Path.Combine(folder.FullName, "packed"));
            }
            var part = packed + Guid.NewGuid().ToString("N"); // beside other runs
            File.Copy(Path.Combine(folder.FullName, "packed"), part);
            File.Move(part, packed, overwrite: true);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<string> CreateAsync(string how)
    {
        var name = "t" + Guid.NewGuid().ToString("N");
        var settings = new NpgsqlConnectionStringBuilder(_server!.ConnectionStringFor(PrivatePostgres.Beside)) { Pooling = false };
        await using var source = NpgsqlDataSource.Create(settings.ConnectionString);
        await using var create = source.CreateCommand($"create database {name} {how}");
        await create.ExecuteNonQueryAsync();
        var own = new NpgsqlConnectionStringBuilder(_server.ConnectionStringFor(name)) { MaxPoolSize = 25, ConnectionIdleLifetime = 10 };
        return own.ConnectionString;
    }
}

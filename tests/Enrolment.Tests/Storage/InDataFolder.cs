using System.Runtime.Versioning;
using Crm.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests.Storage;

/// <summary>A data folder, and the server that is started in it.</summary>
[SupportedOSPlatform("linux")]
public abstract class InDataFolder : IDisposable
{
    protected static readonly Dictionary<string, string> Quick = new() { ["fsync"] = "off" };

    protected InDataFolder() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes are looked at in /proc.");

    protected DirectoryInfo Data { get; } = Directory.CreateTempSubdirectory("enrolment-postgres-");
    protected string Folder => Data.FullName;
    protected string Cluster => Path.Combine(Folder, "postgres");

    public void Dispose()
    {
        Data.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    protected static Task<PrivatePostgres> StartInAsync(string folder) =>
        PrivatePostgres.StartAsync(new PrivatePostgresOptions(folder, Quick), NullLogger.Instance);

    protected Task<PrivatePostgres> StartAsync() => StartAsync([]);

    protected Task<PrivatePostgres> StartAsync(Dictionary<string, string> settings) =>
        PrivatePostgres.StartAsync(new PrivatePostgresOptions(Folder, settings), NullLogger.Instance);

    protected int ServerId() => int.Parse(File.ReadLines(Path.Combine(Cluster, "postmaster.pid")).First());

    // A process that ended stays listed as a zombie until its parent asks for its exit code.
    protected static bool IsAlive(int id) =>
        File.Exists($"/proc/{id}/stat") && File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1][0] is not ('Z' or 'X');

    protected static async Task WriteAsync(PrivatePostgres server, string what)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await ExecuteAsync(connection, "create table if not exists things (what text)");
        await ExecuteAsync(connection, $"insert into things values ('{what}')");
    }

    protected static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    protected static async Task<IReadOnlyList<string>> ReadAsync(PrivatePostgres server, string sql = "select what from things")
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync()) rows.Add(reader.GetString(0));
        return rows;
    }
}

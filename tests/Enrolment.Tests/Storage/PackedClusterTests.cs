using System.Runtime.Versioning;
using Crm.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests.Storage;

/// <summary>The cluster that a published copy brings, from which new data folders are made.</summary>
[SupportedOSPlatform("linux")]
public sealed class PackedClusterTests : InDataFolder
{
    // PostgreSQL draws it when a cluster is made: where it is the same, it was made once.
    private const string Number = "select system_identifier::text from pg_control_system()";

    private string Packed => Path.Combine(Folder, "cluster.tar.br");

    [Fact]
    public async Task A_new_folder_is_made_of_it_with_its_tables_and_a_password_of_its_own()
    {
        var (number, password) = await PackAsync();

        await using var server = await StartNewAsync("one");

        Assert.InRange(new FileInfo(Packed).Length, 100_000, 1_500_000);
        Assert.Equal([number], await ReadAsync(server, Number));
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        Assert.Equal(Migrations.Scripts.Select(s => s.Name), await Migrations.AppliedAsync(connection, default));
        Assert.Equal(["hangfire"], await ReadAsync(server, "select nspname::text from pg_namespace where nspname = 'hangfire'"));
        await WriteAsync(server, "works");
        Assert.Equal(["works"], await ReadAsync(server));
        var own = await File.ReadAllTextAsync(Path.Combine(Folder, "one", "postgres.password"));
        Assert.NotEqual(password, own);
        foreach (var role in new[] { "postgres", "enrolment" })
            await Assert.ThrowsAsync<PostgresException>(() => ComeInAsync(server, role, password));
        await ComeInAsync(server, "postgres", own);
    }

    [Fact]
    public async Task What_was_made_of_it_is_there_after_a_kill_and_another_start()
    {
        await PackAsync();
        await using (var first = await StartNewAsync("one"))
        {
            await WriteAsync(first, "kept");
            var pid = int.Parse(File.ReadLines(Path.Combine(Folder, "one/postgres/postmaster.pid")).First());
            System.Diagnostics.Process.GetProcessById(pid).Kill();
        }

        await using var second = await StartNewAsync("one");

        Assert.Equal(["kept"], await ReadAsync(second));
    }

    [Theory]
    [InlineData("cut short")]
    [InlineData("spoilt")]
    public async Task One_that_is_not_whole_is_told_and_done_without(string how)
    {
        var (number, _) = await PackAsync();
        var bytes = await File.ReadAllBytesAsync(Packed);
        if (how == "cut short") bytes = bytes[..(bytes.Length / 2)];
        else bytes.AsSpan(bytes.Length / 2, 1000).Fill(0xff);
        await File.WriteAllBytesAsync(Packed, bytes);
        using var log = new Log();

        await using var server = await PrivatePostgres.StartAsync(
            new PrivatePostgresOptions(Path.Combine(Folder, "one"), Quick, Packed: Packed), log);

        Assert.Contains($"{Packed} is not whole, so that a new database is made without it", log.Text);
        Assert.NotEqual([number], await ReadAsync(server, Number));
        await WriteAsync(server, "works");
        Assert.Equal(["works"], await ReadAsync(server));
    }

    private async Task<(string Number, string Password)> PackAsync()
    {
        var folder = Path.Combine(Folder, "packed");
        var anew = new PrivatePostgresOptions(folder, Quick, Packed: "");
        await using var server = await PrivatePostgres.StartAsync(anew, NullLogger.Instance);
        await Migrations.ApplyAsync(server.ConnectionString, NullLogger.Instance);
        var number = (await ReadAsync(server, Number))[0];
        await server.PackAsync(Packed);
        return (number, await File.ReadAllTextAsync(Path.Combine(folder, "postgres.password")));
    }

    private Task<PrivatePostgres> StartNewAsync(string name) =>
        PrivatePostgres.StartAsync(new PrivatePostgresOptions(Path.Combine(Folder, name), Quick, Packed: Packed), NullLogger.Instance);

    private static async Task ComeInAsync(PrivatePostgres server, string role, string password)
    {
        var settings = new NpgsqlConnectionStringBuilder(server.ConnectionString)
        {
            Username = role,
            Password = password,
            Pooling = false,
        };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
    }
}

using System.Diagnostics;
using System.Net;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Crm.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests.Storage;

/// <summary>The app's own PostgreSQL: it keeps what was committed, whatever way the last run ended.</summary>
[SupportedOSPlatform("linux")]
public sealed class PrivatePostgresTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-postgres-");

    // Entered by the user that the server runs as, so that root's cluster is in this folder too.
    public PrivatePostgresTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes are looked at in /proc.");
        _folder.UnixFileMode |= UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
    }

    private string Folder => _folder.FullName;
    private string Cluster => Path.Combine(Folder, "postgres");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Rows_survive_a_stop_and_a_start()
    {
        await using (var first = await StartAsync()) await WriteAsync(first, "kept");

        await using var second = await StartAsync();

        Assert.Equal(["kept"], await ReadAsync(second));
    }

    [Fact]
    public async Task Rows_committed_before_the_server_was_killed_are_recovered()
    {
        await using (var first = await StartAsync())
        {
            await WriteAsync(first, "committed");
            await using var open = new NpgsqlConnection(first.ConnectionString);
            await open.OpenAsync();
            await using var transaction = await open.BeginTransactionAsync();
            await ExecuteAsync(open, "insert into things values ('not committed')");
            Process.GetProcessById(ServerId()).Kill();
        }

        await using var second = await StartAsync();

        Assert.Equal(["committed"], await ReadAsync(second));
    }

    [Fact]
    public async Task A_server_whose_app_died_is_stopped_and_its_rows_are_there()
    {
        int orphan;
        var program = await RunningProgram.StartAsync(Folder, "--seed", "demo");
        await using (program)
        {
            orphan = ServerId();
            await program.KillAsync();
        }
        Assert.True(IsAlive(orphan));

        await using var server = await StartAsync();

        Assert.False(IsAlive(orphan));
        Assert.NotEqual(orphan, ServerId());
        Assert.Equal("2000", (await ReadAsync(server, "select count(*)::text from enrolment.mt_doc_lead"))[0]);
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("postgres.new")]
    public async Task A_cluster_left_half_made_is_made_anew(string left)
    {
        var half = _folder.CreateSubdirectory(left);
        half.CreateSubdirectory("base");
        await File.WriteAllTextAsync(Path.Combine(half.FullName, "postgresql.conf"), "half of it");

        await using var server = await StartAsync();

        await WriteAsync(server, "works");
        Assert.Equal(["works"], await ReadAsync(server));
        Assert.False(Directory.Exists(Cluster + ".new"));
    }

    [Fact]
    public async Task A_password_file_left_empty_is_written_anew()
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "postgres.password"), "");

        await using var server = await StartAsync();

        await WriteAsync(server, "works");
        Assert.Equal(["works"], await ReadAsync(server));
    }

    [Fact]
    public async Task A_second_start_on_the_same_folder_is_refused_and_says_which_folder()
    {
        await using var first = await StartAsync();
        var server = ServerId();

        var refused = await Assert.ThrowsAsync<PrivatePostgresException>(StartAsync);

        Assert.StartsWith($"Another Enrolment uses the data folder {Folder}.", refused.Message);
        Assert.Equal(server, ServerId());
        await WriteAsync(first, "still served");
        Assert.Equal(["still served"], await ReadAsync(first));
    }

    [Fact]
    public async Task A_folder_can_be_started_again_after_a_start_that_failed()
    {
        await Assert.ThrowsAsync<PrivatePostgresException>(() => StartAsync(new() { ["shared_buffers"] = "nonsense" }));

        await using var server = await StartAsync();

        await WriteAsync(server, "works");
        Assert.Equal(["works"], await ReadAsync(server));
    }

    [Fact]
    public async Task What_the_server_logged_is_told_where_it_does_not_start()
    {
        var failed = await Assert.ThrowsAsync<PrivatePostgresException>(() => StartAsync(new() { ["shared_buffers"] = "nonsense" }));

        Assert.StartsWith("PostgreSQL did not start.", failed.Message);
        Assert.Contains("invalid value for parameter \"shared_buffers\": \"nonsense\"", failed.Message);
    }

    [Fact]
    public async Task Started_by_root_the_server_runs_as_another_user()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root starts it as another user.");

        await using var server = await StartAsync();

        var user = (await File.ReadAllLinesAsync("/etc/passwd")).Select(l => l.Split(':')).Single(f => f[0] == server.RunsAs);
        var status = await File.ReadAllTextAsync($"/proc/{ServerId()}/status");
        var ids = Regex.Match(status, @"^Uid:\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)$", RegexOptions.Multiline).Groups.Values.Skip(1)
            .Select(g => g.Value);
        Assert.NotEqual("0", user[2]);
        Assert.All(ids, id => Assert.Equal(user[2], id));
    }

    [Fact]
    public async Task The_password_is_for_the_owners_eyes_alone_and_the_server_asks_for_it()
    {
        await using var server = await StartAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Folder, "postgres.password")));
        Assert.False(File.Exists(Path.Combine(Folder, "initdb.password")));
        await using var stranger = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.ConnectionString)
        {
            Password = "guessed",
            Pooling = false
        }.ConnectionString);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => stranger.OpenAsync());
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
    }

    [Fact]
    public async Task A_cluster_of_a_version_that_is_not_installed_is_left_alone_and_the_message_says_which()
    {
        Directory.CreateDirectory(Cluster);
        await File.WriteAllTextAsync(Path.Combine(Cluster, "PG_VERSION"), "9999\n");

        var refused = await Assert.ThrowsAsync<PrivatePostgresException>(StartAsync);

        Assert.Matches(@"^The data folder was made by PostgreSQL 9999, but only \d+(, \d+)* was found\. Install PostgreSQL 9999",
            refused.Message);
        Assert.Equal("9999\n", await File.ReadAllTextAsync(Path.Combine(Cluster, "PG_VERSION")));
    }

    [Fact]
    public async Task The_program_serves_and_stops_in_order_when_asked_to()
    {
        await using var program = await RunningProgram.StartAsync(Folder);
        using var browser = program.Browse();
        var server = ServerId();

        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/enquire")).Status);
        Assert.True(IsAlive(server));
        var exit = await program.TerminateAsync();

        Assert.True(exit == 0, program.Output);
        Assert.False(IsAlive(server));
        Assert.False(File.Exists(Path.Combine(Cluster, "postmaster.pid")));
    }

    [Fact]
    public async Task After_the_program_was_killed_it_serves_the_same_leads_again()
    {
        string email, password;
        IReadOnlyList<string> before;
        await using (var program = await RunningProgram.StartAsync(Folder, "--seed", "demo"))
        {
            var told = Regex.Match(program.Output, @"Sign in as manager (\S+) with the password (\S+)");
            (email, password) = (told.Groups[1].Value, told.Groups[2].Value);
            before = await LeadsAsync(program, email, password);
            await program.KillAsync();
        }

        await using var again = await RunningProgram.StartAsync(Folder);

        Assert.NotEmpty(before);
        Assert.Equal(before, await LeadsAsync(again, email, password));
    }

    private static async Task<IReadOnlyList<string>> LeadsAsync(RunningProgram program, string email, string password)
    {
        using var browser = program.Browse();
        await browser.GetAsync("/signin");
        var page = await browser.SubmitAsync("form[action='/signin']", new() { ["email"] = email, ["password"] = password });
        Assert.Equal("/today", page.Path);
        return (await browser.GetAsync("/leads")).Texts("td.who");
    }

    private Task<PrivatePostgres> StartAsync() => StartAsync([]);

    private Task<PrivatePostgres> StartAsync(Dictionary<string, string> settings) =>
        PrivatePostgres.StartAsync(new PrivatePostgresOptions(Folder, settings), NullLogger.Instance);

    private int ServerId() => int.Parse(File.ReadLines(Path.Combine(Cluster, "postmaster.pid")).First());

    // A process that ended stays listed as a zombie until its parent asks for its exit code.
    private static bool IsAlive(int id) =>
        File.Exists($"/proc/{id}/stat") && File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1][0] is not ('Z' or 'X');

    private static async Task WriteAsync(PrivatePostgres server, string what)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await ExecuteAsync(connection, "create table if not exists things (what text)");
        await ExecuteAsync(connection, $"insert into things values ('{what}')");
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(PrivatePostgres server, string sql = "select what from things")
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

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
public sealed class PrivatePostgresTests : InDataFolder
{
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
        var program = await RunningProgram.StartAsync(Folder, "--seed", "demo", "--Demo:Leads=200");
        await using (program)
        {
            orphan = ServerId();
            await program.KillAsync();
        }
        Assert.True(IsAlive(orphan));

        await using var server = await StartAsync();

        Assert.False(IsAlive(orphan));
        Assert.NotEqual(orphan, ServerId());
        Assert.Equal("200", (await ReadAsync(server, "select count(*)::text from enrolment.mt_doc_lead"))[0]);
    }

    [Fact]
    public async Task A_cluster_left_half_made_is_made_anew()
    {
        var half = Data.CreateSubdirectory("postgres.new");
        half.CreateSubdirectory("base");
        await File.WriteAllTextAsync(Path.Combine(half.FullName, "postgresql.conf"), "half of it");

        await using var server = await StartAsync();

        await WriteAsync(server, "works");
        Assert.Equal(["works"], await ReadAsync(server));
        Assert.False(Directory.Exists(Cluster + ".new"));
    }

    [Theory]
    [InlineData("PG_VERSION")]
    [InlineData("global/pg_control")]
    [InlineData("postgresql.conf")]
    public async Task A_cluster_that_is_not_whole_is_refused_and_nothing_of_it_deleted(string lost)
    {
        foreach (var name in new[] { "base/1/1259", "PG_VERSION", "global/pg_control", "postgresql.conf" }.Where(n => n != lost))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Cluster, name))!);
            await File.WriteAllTextAsync(Path.Combine(Cluster, name), name == "PG_VERSION" ? "18" : "data");
        }

        var refused = await Assert.ThrowsAsync<CannotStartException>(StartAsync);

        Assert.StartsWith($"{Cluster} holds files, but no whole database: {lost} is missing. Put back a copy", refused.Message);
        Assert.Equal("data", await File.ReadAllTextAsync(Path.Combine(Cluster, "base/1/1259")));
    }

    [Fact]
    public async Task A_lost_password_is_replaced_and_the_rows_are_there()
    {
        await using (var first = await StartAsync()) await WriteAsync(first, "kept");
        File.Delete(Path.Combine(Folder, "postgres.password"));

        await using var second = await StartAsync();

        Assert.Equal(["kept"], await ReadAsync(second));
    }

    [Fact]
    public async Task AnotherDatas_password_is_told_from_a_lost_one()
    {
        await using (await StartAsync()) { }
        await File.WriteAllTextAsync(Path.Combine(Folder, "postgres.password"), "another's");

        var refused = await Assert.ThrowsAsync<CannotStartException>(StartAsync);

        Assert.StartsWith($"The password in the data folder {Folder} is not its database's. Delete postgres.password", refused.Message);
    }

    [Fact]
    public async Task A_server_that_is_killed_is_started_again_at_the_same_address()
    {
        await using var server = await StartAsync();
        await WriteAsync(server, "kept");
        using var stop = new CancellationTokenSource();
        var cameBack = 0;
        var keeping = server.KeepAliveAsync(() => cameBack++, NullLogger.Instance, stop.Token);

        for (var kills = 1; kills <= 2; kills++)
        {
            var killed = ServerId();
            Process.GetProcessById(killed).Kill();
            await Poll.UntilAsync(() => Task.FromResult(cameBack == kills), "the server to come back", TimeSpan.FromSeconds(10));
            NpgsqlConnection.ClearAllPools();
            Assert.Equal(["kept"], await ReadAsync(server));
            Assert.NotEqual(killed, ServerId());
        }
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);
    }

    // It lives, takes connections into its queue, and never says a word.
    [Fact]
    public async Task A_server_that_hangs_is_started_again()
    {
        var options = new PrivatePostgresOptions(Folder, new Dictionary<string, string> { ["fsync"] = "off" }, TimeSpan.FromSeconds(1));
        await using var server = await PrivatePostgres.StartAsync(options, NullLogger.Instance);
        await WriteAsync(server, "kept");
        using var stop = new CancellationTokenSource();
        var cameBack = 0;
        var keeping = server.KeepAliveAsync(() => cameBack++, NullLogger.Instance, stop.Token);

        using (var halt = Process.Start("kill", ["-STOP", ServerId().ToString()])) await halt.WaitForExitAsync();
        await Poll.UntilAsync(() => Task.FromResult(cameBack >= 1), "the server to come back", TimeSpan.FromSeconds(15));
        NpgsqlConnection.ClearAllPools();

        Assert.Equal(["kept"], await ReadAsync(server));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);
    }

    [Fact]
    public async Task The_apps_own_role_is_no_superuser()
    {
        await using var server = await StartAsync();

        Assert.Equal(["false false true"], await ReadAsync(server,
            "select concat_ws(' ', rolsuper::text, rolcreaterole::text, rolcreatedb::text) from pg_roles where rolname = current_user"));
    }

    // One of its processes is busy and does not see that the first is gone; the new server must not wait for it.
    [Fact]
    public async Task What_a_killed_server_left_running_does_not_keep_it_from_starting()
    {
        int busy;
        await using (var first = await StartAsync())
        {
            await WriteAsync(first, "kept");
            var open = new NpgsqlConnection(first.ConnectionString);
            await open.OpenAsync();
            busy = open.ProcessID;
            using (var halt = Process.Start("kill", ["-STOP", busy.ToString()])) await halt.WaitForExitAsync();
            Process.GetProcessById(ServerId()).Kill();
        }
        Assert.True(IsAlive(busy));

        await using var second = await StartAsync();

        Assert.Equal(["kept"], await ReadAsync(second));
        Assert.False(IsAlive(busy));
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
    public async Task A_second_start_on_the_sameData_is_refused_and_says_whichData()
    {
        await using var first = await StartAsync();
        var server = ServerId();

        var refused = await Assert.ThrowsAsync<CannotStartException>(StartAsync);

        Assert.StartsWith($"Another Enrolment uses the data folder {Folder}.", refused.Message);
        Assert.Equal(server, ServerId());
        await WriteAsync(first, "still served");
        Assert.Equal(["still served"], await ReadAsync(first));
    }

    [Fact]
    public async Task AData_can_be_started_again_after_a_start_that_failed()
    {
        await Assert.ThrowsAsync<CannotStartException>(() => StartAsync(new() { ["shared_buffers"] = "nonsense" }));

        await using var server = await StartAsync();

        await WriteAsync(server, "works");
        Assert.Equal(["works"], await ReadAsync(server));
    }

    [Fact]
    public async Task What_the_server_logged_is_told_where_it_does_not_start()
    {
        var failed = await Assert.ThrowsAsync<CannotStartException>(() => StartAsync(new() { ["shared_buffers"] = "nonsense" }));

        Assert.StartsWith("PostgreSQL did not start: ", failed.Message);
        Assert.DoesNotContain('\n', failed.Message);
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

        var refused = await Assert.ThrowsAsync<CannotStartException>(StartAsync);

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

    // As by somebody who sets the rights of a whole disk: the server works on in a folder that nobody can enter by its name any more.
    [Fact]
    public async Task A_folder_that_is_closed_while_it_is_used_costs_the_server_nothing_and_a_stop_is_in_order()
    {
        await using var program = await StartAsNobodyAsync();
        var server = ServerId();

        Data.UnixFileMode = UnixFileMode.None;
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken); // some looks at it
        var lived = IsAlive(server);
        var exit = await program.TerminateAsync();
        Data.UnixFileMode = Closed;

        Assert.True(lived, program.Output);
        Assert.DoesNotContain("has died", program.Output);
        Assert.True(exit == 0, program.Output);
        Assert.DoesNotContain("Unhandled exception", program.Output);
        Assert.False(IsAlive(server));
        Assert.False(File.Exists(Path.Combine(Cluster, "postmaster.pid"))); // which is left by one that was killed
    }

    [Fact]
    public async Task A_folder_that_is_closed_when_the_server_dies_is_told_and_so_is_the_stop_without_it()
    {
        await using var program = await StartAsNobodyAsync();

        Data.UnixFileMode = UnixFileMode.None;
        Process.GetProcessById(ServerId()).Kill(); // root reads the number all the same
        await Poll.UntilAsync(() => Task.FromResult(program.Output.Contains("It is tried again", StringComparison.Ordinal)), "a new start");
        var exit = await program.TerminateAsync();
        Data.UnixFileMode = Closed;

        Assert.True(exit == 0, program.Output);
        Assert.DoesNotContain("Unhandled exception", program.Output);
        Assert.Contains($"may not use the data folder {Folder}", program.Output);
        Assert.Contains("PostgreSQL had ended before Enrolment was stopped. What was committed is kept", program.Output);
    }

    private const UnixFileMode Closed = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private async Task<RunningProgram> StartAsNobodyAsync()
    {
        var nobody = Surroundings.Nobody();
        using (var chown = Process.Start("chown", ["65534", Folder])) await chown.WaitForExitAsync();
        return await RunningProgram.StartInAsync(nobody, Folder);
    }

    [Fact]
    public async Task After_the_program_was_killed_it_serves_the_same_leads_again()
    {
        string email, password;
        IReadOnlyList<string> before;
        await using (var program = await RunningProgram.StartAsync(Folder, "--seed", "demo", "--Demo:Leads=200"))
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
}

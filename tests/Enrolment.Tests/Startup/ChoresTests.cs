using System.Text.RegularExpressions;
using Crm.Institute;
using Crm.Operations;
using Crm.Startup;
using Crm.Tests.Operations;
using Npgsql;

namespace Crm.Tests.Startup;

/// <summary>Backing up and restoring by hand, with the program itself.</summary>
public sealed class ChoresTests(TestPostgres postgres) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-chores-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task From_a_server_in_use_to_a_machine_of_its_own_and_from_there_while_it_runs()
    {
        var (first, second, data) = (In("first.zip"), In("second.zip"), In("data"));
        await using var app = await TestApp.StartAsync(postgres);
        var beena = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        await app.AddLeadAsync(await app.AddCourseAsync());
        var given = "--ConnectionStrings:Enrolment=" + app.ConnectionString;

        var backup = await RunningProgram.RunAsync(
            In("elsewhere"), "backup", first, given, "--Smtp:Host=mail.example", "--Smtp:From=a@b.example");
        var restored = await RunningProgram.RunAsync(data, "restore", first);
        var refused = await RunningProgram.RunAsync(data, "restore", first);

        Assert.True(backup.ExitCode == 0, backup.Output);
        Assert.Matches($"{Regex.Escape(first)} holds everything: \\d+ rows in \\d+ tables and 0 files, \\d+ KB", backup.Output);
        Assert.True(restored.ExitCode == 0, restored.Output);
        Assert.Matches("These were set there and are not here.*Smtp:Host", restored.Output);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("This database is not empty, and nothing is written over it.", refused.Output);
        await using var program = await RunningProgram.StartAsync(data);
        using var browser = program.Browse();
        await browser.GetAsync("/signin");
        await browser.SubmitAsync("form[action='/signin']", new() { ["email"] = beena.Email, ["password"] = TestApp.Password });
        Assert.Contains("Anjali Nair", (await browser.GetAsync("/leads")).Text);
        var running = await RunningProgram.RunAsync(data, "backup", second);
        Assert.True(running.ExitCode == 0, running.Output);
        Assert.True(File.Exists(second));
        Assert.Contains("BackupTaken", string.Join('\n', await BackupTests.RowsAsync(app.ConnectionString)));
    }

    [Fact]
    public async Task A_restoration_killed_in_the_middle_leaves_all_as_it_was_says_so_and_can_be_repeated()
    {
        var (old, fresh, data) = (In("old.zip"), In("fresh.zip"), In("data"));
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        await app.AddLeadAsync(course);
        await app.Get<BackupWriter>().WriteAsync(new BackupOrder(app.ConnectionString, app.DataFolder, old), null, default);
        await app.AddLeadAsync(course, "Binu George", "binu@mail.example");
        await app.Get<BackupWriter>().WriteAsync(new BackupOrder(app.ConnectionString, app.DataFolder, fresh), null, default);
        var target = await postgres.CreateEmptyDatabaseAsync();
        await app.Get<BackupReader>().RestoreAsync(new RestoreOrder(target, data, old), null, default);
        var before = await BackupTests.RowsAsync(target);
        await using var proxy = new PostgresProxy(target)
        {
            StallsAt = said => said.Contains("copy enrolment.mt_doc_person", StringComparison.Ordinal)
                && said.Contains("from stdin", StringComparison.Ordinal),
        };

        await using (var restoring = RunningProgram.Begin(data, "restore", fresh, "--over", Given(proxy.ConnectionString)))
        {
            await proxy.Stalled;
            await restoring.KillAsync();
        }

        Assert.Equal(before, await BackupTests.RowsAsync(target));
        await using (var started = await RunningProgram.StartAsync(data, Given(target)))
        {
            Assert.Contains($"The restoration of {fresh} was broken off: nothing of it was kept, and what was there before is as it was. "
                + "To have it, stop Enrolment and restore it again", started.Output);
            Assert.Equal(0, await started.TerminateAsync());
        }
        var again = await RunningProgram.RunAsync(data, "restore", fresh, "--over", Given(target));
        Assert.True(again.ExitCode == 0, again.Output);
        Assert.Equal(await BackupTests.LastingAsync(app.ConnectionString), await BackupTests.LastingAsync(target));
        var last = await RunningProgram.RunAsync(data, "migrate", Given(target));
        Assert.DoesNotContain("was broken off", last.Output);
    }

    [Fact]
    public async Task A_restoration_that_was_kept_before_it_was_killed_is_told_as_such()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var log = new Log();
        await app.Get<BackupWriter>().WriteAsync(new BackupOrder(app.ConnectionString, app.DataFolder, In("a.zip")), null, default);
        var target = await postgres.CreateEmptyDatabaseAsync();
        await app.Get<BackupReader>().RestoreAsync(new RestoreOrder(target, In("data"), In("a.zip")), null, default);
        await using var source = NpgsqlDataSource.Create(target);
        await using var mark = source.CreateCommand("select obj_description('enrolment'::regnamespace)");
        await File.WriteAllTextAsync(In("data/restoration.unfinished"), $"{await mark.ExecuteScalarAsync()}\n{In("a.zip")}");

        await RestorationNote.TellAsync(In("data"), target, log, default);

        Assert.Contains($"The restoration of {In("a.zip")} was broken off after its end: all of it is here", log.Text);
        Assert.False(File.Exists(In("data/restoration.unfinished")));
    }

    // As whoever sets up a new machine does it: started once, to see whether it runs, and left for a night.
    [Fact]
    public async Task An_institute_that_was_only_started_is_empty_and_restored_into_without_more_ado()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        await app.Get<BackupWriter>().WriteAsync(new BackupOrder(app.ConnectionString, app.DataFolder, In("a.zip")), null, default);
        var target = await postgres.CreateEmptyDatabaseAsync();
        await using (var program = await RunningProgram.StartAsync(In("data"), Given(target)))
            await Poll.UntilAsync(async () => (await BackupTests.RowsAsync(target))
                .Any(r => r.Contains("mt_doc_backupwatch: ", StringComparison.Ordinal)), "the first start to be noted");
        await using (var source = NpgsqlDataSource.Create(target))
        await using (var night = source.CreateCommand(
            "insert into enrolment.mt_doc_backuprecord (id, data) values (gen_random_uuid(), '{}')"))
            await night.ExecuteNonQueryAsync();

        await app.Get<BackupReader>().RestoreAsync(new RestoreOrder(target, In("data"), In("a.zip")), null, default);

        Assert.Equal(await BackupTests.LastingAsync(app.ConnectionString), await BackupTests.LastingAsync(target));
    }

    [Fact]
    public async Task A_passphrase_that_is_piped_in_encrypts_and_opens_and_another_does_not()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());

        var backup = await RunningProgram.RunInAsync(Piped("a long passphrase"), In("elsewhere"), "backup", In("a.sealed"), "--encrypt",
            Given(app.ConnectionString));
        var wrong = await RunningProgram.RunInAsync(Piped("another passphrase"), In("data"), "restore", In("a.sealed"),
            Given(await postgres.CreateEmptyDatabaseAsync()));
        var target = await postgres.CreateEmptyDatabaseAsync();
        var right = await RunningProgram.RunInAsync(Piped("a long passphrase"), In("data"), "restore", In("a.sealed"), Given(target));

        Assert.True(backup.ExitCode == 0, backup.Output);
        Assert.Contains("encrypted", backup.Output);
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("This is not the passphrase that this backup was made with.", wrong.Output);
        Assert.True(right.ExitCode == 0, right.Output);
        Assert.Equal(await BackupTests.LastingAsync(app.ConnectionString), await BackupTests.LastingAsync(target));
    }

    [Theory]
    [InlineData(new[] { "backup", "a.zip", "--encrypt", "--Data:Folder=x" }, "backup", "a.zip", false, true, new[] { "--Data:Folder=x" })]
    [InlineData(new[] { "--Urls", "x", "restore", "a.zip", "--over" }, "restore", "a.zip", true, false, new[] { "--Urls", "x" })]
    [InlineData(new[] { "--seed", "demo" }, null, null, false, false, new[] { "--seed", "demo" })]
    [InlineData(new[] { "backup" }, "backup", null, false, false, new string[0])]
    [InlineData(new[] { "bakcup", "a.zip" }, "bakcup", "a.zip", false, false, new string[0])]
    [InlineData(new[] { "--Data:Folder=x", "bakcup" }, "bakcup", null, false, false, new[] { "--Data:Folder=x" })]
    [InlineData(new[] { "--help", "--Data:Folder=x" }, "help", null, false, false, new string[0])]
    [InlineData(new[] { "backup", "-h" }, "help", null, false, false, new string[0])]
    [InlineData(new string[0], null, null, false, false, new string[0])]
    public void What_is_asked_for_is_told_from_settings(
        string[] args, string? command, string? operand, bool over, bool encrypt, string[] settings)
    {
        var asked = CommandLine.Read(args);

        Assert.Equal((command, operand, over, encrypt), (asked.Command, asked.Operand, asked.Over, asked.Encrypt));
        Assert.Equal(settings, asked.Settings);
    }

    // Whoever only asks, or mistypes, begins no institute by it.
    [Theory]
    [InlineData("--help", 0, "Enrolment backup FILE [--encrypt]")]
    [InlineData("help", 0, "Enrolment users add EMAIL NAME [ROLE]")]
    [InlineData("bakcup", 2, "There is no command bakcup: --help tells which there are")]
    [InlineData("migration", 2, "Say what it is for: migration NAME")]
    public async Task Who_asks_what_there_is_is_told_and_nothing_is_made(string word, int exit, string said)
    {
        var run = await RunningProgram.RunAsync(In("new"), word);

        Assert.Equal(exit, run.ExitCode);
        Assert.Contains(said, run.Output);
        Assert.False(Directory.Exists(In("new")));
    }

    private static string Given(string connection) => "--ConnectionStrings:Enrolment=" + connection;

    private static Surroundings Piped(string line) => new(["sh", "-c", "line=$0; printf '%s\\n' \"$line\" | \"$@\"", line]);

    private string In(string name) => Path.Combine(_folder.FullName, name);
}

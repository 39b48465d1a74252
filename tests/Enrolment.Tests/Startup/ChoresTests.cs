using System.Text.RegularExpressions;
using Crm.Institute;
using Crm.Startup;

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
    }

    [Theory]
    [InlineData(new[] { "backup", "a.zip", "--encrypt", "--Data:Folder=x" }, "backup", "a.zip", false, true, new[] { "--Data:Folder=x" })]
    [InlineData(new[] { "--Urls", "x", "restore", "a.zip", "--over" }, "restore", "a.zip", true, false, new[] { "--Urls", "x" })]
    [InlineData(new[] { "--seed", "demo" }, null, null, false, false, new[] { "--seed", "demo" })]
    [InlineData(new[] { "backup" }, "backup", null, false, false, new string[0])]
    [InlineData(new[] { "bakcup", "a.zip" }, "bakcup", "a.zip", false, false, new string[0])]
    [InlineData(new string[0], null, null, false, false, new string[0])]
    public void What_is_asked_for_is_told_from_settings(
        string[] args, string? command, string? operand, bool over, bool encrypt, string[] settings)
    {
        var asked = CommandLine.Read(args);

        Assert.Equal((command, operand, over, encrypt), (asked.Command, asked.Operand, asked.Over, asked.Encrypt));
        Assert.Equal(settings, asked.Settings);
    }

    private string In(string name) => Path.Combine(_folder.FullName, name);
}

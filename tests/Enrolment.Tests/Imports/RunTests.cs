using System.Text;
using Crm.Imports;
using Crm.Institute;
using Crm.Leads;
using Crm.People;

namespace Crm.Tests.Imports;

/// <summary>Whatever stops an import, it goes on where it was: no row is lost, and none is in twice.</summary>
public sealed class RunTests(TestPostgres postgres) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-import-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Stopped_restarted_and_with_another_behind_it_every_row_is_in_once()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        var app = desk.App;
        var first = await DropAsync(desk, 2500, 0);
        var second = await DropAsync(desk, 30, 5000);
        using var away = new CancellationTokenSource();

        // The program goes away in the middle of a batch.
        var run = app.Get<ImportRunner>().RunAsync(away.Token);
        await Poll.UntilAsync(async () => (await desk.ReadAsync(first)).Taken > 0, "the first batch");
        await away.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        var cut = await desk.ReadAsync(first);
        Assert.InRange(cut.Taken, 1, 2499);
        Assert.Equal((cut.Taken, 0), ((await app.AllAsync<Lead>()).Count, (await desk.ReadAsync(second)).Taken));

        // A manager stops it, in vain for what went in, and has it go on.
        await desk.Browser.GetAsync($"/imports/{first}");
        Assert.Equal($"{cut.Taken:N0} of 2,500 rows are in", desk.Page.One("#progress h2").TextContent);
        Assert.Equal($"{cut.Taken}", desk.Page.One("#progress progress").GetAttribute("value"));
        var stopped = await desk.Browser.SubmitAsync($"form[action='/imports/{first}/stop']");
        Assert.Equal($"Stopped: {cut.Taken:N0} of 2,500 rows went in", stopped.One("#progress h2").TextContent);
        Assert.Contains("/leads/", stopped.One("#rows tbody tr:first-child a").GetAttribute("href"));
        await desk.Browser.SubmitAsync($"form[action='/imports/{first}/continuation']");

        // Two processes at once, after the restart.
        await using var other = await app.StartAnotherAsync();
        await Task.WhenAll(app.Get<ImportRunner>().RunAsync(default), other.Get<ImportRunner>().RunAsync(default));
        await app.Get<ImportRunner>().RunAsync(default);

        Assert.Equal((ImportState.Done, ImportState.Done), ((await desk.ReadAsync(first)).State, (await desk.ReadAsync(second)).State));
        var people = await app.AllAsync<Person>();
        Assert.Equal((2530, 2530), (people.Count, people.SelectMany(p => p.Phones).Select(p => p.Number).Distinct().Count()));
        Assert.Equal(2530, (await app.AllAsync<Lead>()).Select(l => l.PersonId).Distinct().Count());
        Assert.Contains("2,500 of 2,500 rows went in", (await desk.Browser.GetAsync($"/imports/{first}")).Text);
    }

    [Fact]
    public async Task A_killed_program_goes_on_after_its_restart()
    {
        const int rows = 4000;
        using var desk = await ImportDesk.OpenAsync(postgres);
        string[] settings = ["--ConnectionStrings:Enrolment=" + desk.App.ConnectionString];
        var id = await DropAsync(desk, rows, 0);

        await using (var program = await RunningProgram.StartAsync(_folder.FullName, settings))
        {
            await Poll.UntilAsync(async () => (await desk.ReadAsync(id)).Taken > 0, "the first batch", TimeSpan.FromSeconds(30));
            await program.KillAsync();
        }
        var cut = await desk.ReadAsync(id);
        Assert.InRange(cut.Taken, 1, rows - 1);
        Assert.Equal(cut.Taken, (await desk.App.AllAsync<Lead>()).Count);
        await using var again = await RunningProgram.StartAsync(_folder.FullName, settings);
        await Poll.UntilAsync(async () => (await desk.ReadAsync(id)).State == ImportState.Done, "the rest", TimeSpan.FromSeconds(40));

        var people = await desk.App.AllAsync<Person>();
        Assert.Equal((rows, rows), (people.Count, people.SelectMany(p => p.Phones).Select(p => p.Number).Distinct().Count()));
        Assert.Equal(rows, (await desk.App.AllAsync<Lead>()).Count);
    }

    // Dropped and started: its rows wait for whoever works them off.
    private static async Task<Guid> DropAsync(ImportDesk desk, int rows, int first)
    {
        var text = new StringBuilder("Name,Phone,Course\n");
        for (var i = 0; i < rows; i++) text.Append($"Anu Das,98{first + i + 47_000_000:00000000},CPC\n");
        await desk.DropAsync("people.csv", text.ToString());
        var id = desk.Id;
        await desk.StartAsync();
        return id;
    }
}

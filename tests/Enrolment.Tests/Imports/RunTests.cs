using System.Text;
using Crm.Changes;
using Crm.Enquiries;
using Crm.Imports;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Storage;
using Npgsql;

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

    [Fact]
    public async Task A_row_that_cannot_be_stored_is_left_out_with_a_sentence_and_all_others_go_in()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        await RunSqlAsync(desk.App.ConnectionString,
            "alter table enrolment.mt_doc_person add constraint no_room_for_her check (search_text not like '%poison%')");
        var text = new StringBuilder("Name,Phone,Course\n");
        for (var i = 0; i < 40; i++) text.Append($"{(i == 17 ? "Poison Ivy" : "Anu Das")},98{i + 47_000_000:00000000},CPC\n");
        await desk.DropAsync("people.csv", text.ToString());

        var page = await desk.ImportAsync();

        Assert.Equal("39 of 40 rows went in", page.One("#progress h2").TextContent);
        Assert.Equal((39, 39), ((await desk.App.AllAsync<Person>()).Count, (await desk.App.AllAsync<Lead>()).Count));
        var left = Assert.Single(await desk.RowsAsync(RowGroup.Refused));
        Assert.StartsWith("19 Poison Ivy", left);
        Assert.Contains("This row could not be stored. It is not your doing, and it has been recorded.", left);
    }

    [Fact]
    public async Task A_database_that_goes_away_meanwhile_costs_no_row_and_refuses_none()
    {
        const int rows = 2000;
        using var desk = await ImportDesk.OpenAsync(postgres);
        var id = await DropAsync(desk, rows, 0);
        var name = new NpgsqlConnectionStringBuilder(desk.App.ConnectionString).Database;
        var server = new NpgsqlConnectionStringBuilder(desk.App.ConnectionString) { Database = PrivatePostgres.Beside }.ConnectionString;

        var run = desk.App.Get<ImportRunner>().RunAsync(default);
        await Poll.UntilAsync(async () => (await desk.ReadAsync(id)).Taken > 0, "the first batch");
        await RunSqlAsync(server, $"alter database \"{name}\" allow_connections false");
        await RunSqlAsync(server, $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        var away = await Assert.ThrowsAnyAsync<Exception>(() => run);
        Assert.NotNull(desk.App.Get<DatabaseTroubles>().In(away));
        await Assert.ThrowsAnyAsync<Exception>(() => desk.App.Get<ImportRunner>().RunAsync(default)); // the next minute: still away
        await RunSqlAsync(server, $"alter database \"{name}\" allow_connections true");
        var cut = await desk.ReadAsync(id);
        Assert.InRange(cut.Taken, 1, rows - 1);
        Assert.Equal(cut.Taken, (await desk.App.AllAsync<Lead>()).Count);
        await desk.App.Get<ImportRunner>().RunAsync(default);

        Assert.Equal((ImportState.Done, 0), ((await desk.ReadAsync(id)).State, (await desk.ReadAsync(id)).CountOf(RowGroup.Refused)));
        var people = await desk.App.AllAsync<Person>();
        Assert.Equal((rows, rows), (people.Count, people.SelectMany(p => p.Phones).Select(p => p.Number).Distinct().Count()));
        Assert.Equal(rows, (await desk.App.AllAsync<Lead>()).Count);
    }

    [Fact]
    public async Task Who_comes_back_after_the_same_file_went_in_again_is_listed_as_perhaps_the_same()
    {
        const string file = "Name,Phone,Email,Course\nAnu Das,98470 12345,,CPC\nBinu Das,98470 12346,binu@mail.example,CPC\n";
        using var desk = await ImportDesk.OpenAsync(postgres);
        async Task ImportAsync()
        {
            await desk.DropAsync("people.csv", file);
            await desk.ImportAsync();
        }
        async Task UndoAsync(ChangeKind kind)
        {
            var last = (await desk.App.AllAsync<Change>()).Where(c => c.Kind == kind).MaxBy(c => c.At)!;
            await desk.App.Get<ChangeUndo>().UndoAsync(last.Id, desk.App.Now(), default);
        }
        await ImportAsync();
        await UndoAsync(ChangeKind.Import);
        desk.App.Time.Advance(TimeSpan.FromMinutes(1));
        await ImportAsync();
        Assert.Empty(await desk.App.AllAsync<PossibleDuplicate>());

        await UndoAsync(ChangeKind.Undo);

        var (people, pairs) = (await desk.App.AllAsync<Person>(), await desk.App.AllAsync<PossibleDuplicate>());
        Assert.Equal((4, 2), (people.Count, pairs.Count));
        Assert.All(pairs, p => Assert.Equal((Likeness.NameAndPhone, null), (p.Reason, p.DecidedAt)));
        Assert.Equal(people.Select(p => p.Id).Order(), pairs.SelectMany(p => new[] { p.Newer, p.Older }).Order());
    }

    [Fact]
    public async Task Whom_the_rows_join_is_merged_meanwhile_and_each_row_finds_who_goes_on()
    {
        const int pairs = 60;
        using var desk = await ImportDesk.OpenAsync(postgres);
        var (app, cpc) = (desk.App, await desk.CourseAsync("CPC"));
        var known = new List<(Guid Keep, Guid Other)>();
        var text = new StringBuilder("Name,Phone,Course,Hobby\n");
        for (var i = 0; i < pairs; i++)
        {
            string[] phones = [$"+9198460{i:00000}", $"+9198461{i:00000}"];
            // Of days before: what is of the same day is taken for the same.
            var before = TestApp.Start.AddDays(-9);
            var first = await app.TellAsync($"Anu Das {(char)('a' + i % 26)}", before, course: cpc.Id, phone: phones[0]);
            var second = await app.TellAsync($"Meera Nair {(char)('a' + i % 26)}", before, course: cpc.Id, phone: phones[1]);
            known.Add((first.PersonId, second.PersonId));
            text.Append($"Anu Das {(char)('a' + i % 26)},{phones[0]},CPC,Chess\n");
            text.Append($"Meera Nair {(char)('a' + i % 26)},{phones[1]},CPC,Chess\n");
        }
        await desk.DropAsync("people.csv", text.ToString());
        var id = desk.Id;
        await desk.StartAsync();

        var run = app.Get<ImportRunner>().RunAsync(default);
        foreach (var (keep, other) in Enumerable.Reverse(known))
            Assert.True(await app.Get<MergePeople>().MergeAsync(keep, other, [], null, app.Now(), default));
        await run;

        var import = await desk.ReadAsync(id);
        Assert.Equal((ImportState.Done, 2 * pairs, 0), (import.State, import.Taken, import.CountOf(RowGroup.Refused)));
        var people = (await app.AllAsync<Person>()).ToDictionary(p => p.Id);
        Assert.Equal(pairs, people.Values.Count(p => p.MergedInto is null));
        var leads = await app.AllAsync<Lead>();
        Assert.All(leads, l => Assert.Null(people[l.PersonId].MergedInto));
        // What each row said was told to one lead, once.
        var told = new List<object>();
        foreach (var lead in leads) told.AddRange((await app.EventsAsync(lead.Id)).Where(e => e is EnquiredAgain or LeadReceived));
        Assert.Equal(2 * pairs, told.Count(e => (e is LeadReceived received ? received.Kept : (e as EnquiredAgain)?.Kept)
            is [{ Text: "Chess" }]));
    }

    private static async Task RunSqlAsync(string connection, string sql)
    {
        var once = new NpgsqlConnectionStringBuilder(connection) { Pooling = false };
        await using var source = NpgsqlDataSource.Create(once.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
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

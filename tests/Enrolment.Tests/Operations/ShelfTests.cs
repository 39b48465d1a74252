using System.Net;
using Crm.Institute;
using Crm.Operations;
using Crm.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Tests.Operations;

/// <summary>The backups that nobody has to think of: made and proven, told when they are not, thinned, and taken away.</summary>
public sealed class ShelfTests(TestPostgres postgres)
{
    [Theory]
    [InlineData("57P01: terminating connection due to unexpected postmaster exit")]
    [InlineData("57P01: terminating connection due to unexpected postmaster exit.")]
    public void What_a_server_says_without_an_end_is_a_sentence_among_others(string said) => Assert.Equal(
        "57P01: terminating connection due to unexpected postmaster exit.", new BackupException(said).AsSentence());

    [Fact]
    public async Task One_is_made_and_restored_for_a_trial_and_managers_see_it_and_take_a_copy_after_a_second_look()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        using var manager = await app.SignInAsync(Roles.Manager);
        Assert.Contains("No backup has been proven yet.", (await manager.GetAsync("/backups")).Text);
        await manager.SubmitAsync("form[action='/backups']");
        Assert.Equal(["One is being made. Check again"], manager.Page.Texts("main p[role=status]"));
        var asked = Assert.Single(await app.AllAsync<BackupRecord>());

        await app.Get<BackupJobs>().AskedAsync(asked.Id, default);

        var made = Assert.Single(await app.AllAsync<BackupRecord>());
        Assert.Equal((BackupState.Proven, "in a database of its own", null), (made.State, made.ProvenWhere, made.Problem));
        var page = await manager.GetAsync("/backups");
        Assert.Contains("The last proven backup was made just now", page.Text);
        Assert.Equal("Proven", page.One("td .status").TextContent);
        var look = await manager.GetAsync($"/backups/{made.Id}");
        Assert.Contains("It is not encrypted: whoever has the file can read all of it.", look.Text);
        using var copy = await manager.SendRawAsync(new HttpRequestMessage(HttpMethod.Post, $"/backups/{made.Id}/copies")
        {
            Content = new FormUrlEncodedContent(look.One($"form[action='/backups/{made.Id}/copies']").QuerySelectorAll("[name]")
                .ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!)),
        });
        Assert.Equal((HttpStatusCode.OK, made.Size), (copy.StatusCode, copy.Content.Headers.ContentLength));
        Assert.Contains("Beena Thomas, ", (await manager.GetAsync("/backups")).Text);
        var folder = new DirectoryInfo(Path.Combine(app.DataFolder, "backups"));
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Assert.Equal(owner | UnixFileMode.UserExecute, folder.UnixFileMode);
            Assert.All(folder.GetFiles(), f => Assert.Equal(owner, f.UnixFileMode));
        }
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var left = source.CreateCommand("select count(*) from pg_database where datname like 'enrolment_trial_%'");
        Assert.Equal(0L, await left.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Where_the_role_may_make_no_database_the_trial_is_made_beside_the_live_tables_and_nobody_notices()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var app = await TestApp.StartOnAsync(await WithPlainRoleAsync(database));
        await app.AddLeadAsync(await app.AddCourseAsync());
        var all = new NpgsqlConnectionStringBuilder(database) { Username = "postgres" }.ConnectionString;
        var before = await BackupTests.RowsAsync(all);

        var made = (await app.Get<BackupShelf>().MakeAsync(BackupReason.Night, null, default))!;

        Assert.Equal((BackupState.Proven, "beside the live tables", null), (made.State, made.ProvenWhere, made.Problem));
        var after = await BackupTests.RowsAsync(all);
        Assert.Equal(before, after.Where(r => !r.StartsWith("enrolment.mt_doc_backuprecord", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_backup_that_is_not_what_the_database_was_is_not_proven()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        var path = Path.Combine(app.DataFolder, "a.zip");
        var written = await app.Get<BackupWriter>().WriteAsync(new BackupOrder(app.ConnectionString, app.DataFolder, path), null, default);
        Assert.NotNull(await app.Get<BackupProof>().ProveAsync(path, null, app.ConnectionString, true, default));

        // The figure of one table in its contents, as if a row had been lost on the way.
        var leads = written.Contents.Tables.Single(t => t.Name == "enrolment.mt_doc_lead");
        await BackupTests.RewriteAsync(path, json => json.Replace($"\"{leads.Digest}\"", "\"17\""));
        var refused = await Assert.ThrowsAsync<BackupException>(() =>
            app.Get<BackupProof>().ProveAsync(path, null, app.ConnectionString, true, default));

        Assert.Equal("What was restored is not what was backed up: enrolment.mt_doc_lead has other rows.", refused.Message);
    }

    [Fact]
    public async Task Health_and_the_page_turn_red_when_the_last_proven_one_is_older_than_26_hours()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        Task<WebPage> Health() => manager.GetAsync("/health");
        Assert.Equal("healthy", (await Health()).Text); // a new institute has had no night

        await app.StoreAsync(new BackupWatch { Since = app.Clock.Now });
        app.Time.Advance(TimeSpan.FromHours(26.1));
        Assert.Equal("unhealthy\nbackup: No backup has been proven since 2026-11-23 04:30 UTC.", (await Health()).Text);

        await app.Get<BackupShelf>().MakeAsync(BackupReason.Night, null, default);
        Assert.Equal("healthy", (await Health()).Text);
        app.Time.Advance(TimeSpan.FromHours(26.1));
        var late = await Health();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, late.Status);
        Assert.Equal("unhealthy\nbackup: The last proven backup is of 2026-11-24 06:36 UTC.", late.Text);
        var ready = await manager.GetAsync("/health/ready"); // no reason to send visitors away
        Assert.Equal(HttpStatusCode.OK, ready.Status);
        Assert.StartsWith("ready\n", ready.Text);
        Assert.Contains("\nbackup: The last proven backup is of 2026-11-24 06:36 UTC.\n", ready.Text);
        using var again = await app.SignInAsync(await app.AddUserAsync("Asha Nair", Roles.Manager));
        Assert.Equal("problem", (await again.GetAsync("/backups")).One("section p:first-child").ClassName);
    }

    [Fact]
    public async Task A_disk_that_is_full_at_night_is_told_and_no_half_file_is_left()
    {
        using var disk = FullDisk.TryMount();
        Assert.SkipWhen(disk is null, "Only root may mount a small disk.");
        await using var app = await TestApp.StartAsync(postgres, new Dictionary<string, string?> { ["Backup:Folder"] = disk.Folder });
        using var manager = await app.SignInAsync(Roles.Manager);

        var failed = (await app.Get<BackupShelf>().MakeAsync(BackupReason.Night, null, default))!;
        var writing = await Assert.ThrowsAsync<BackupException>(() => app.Get<BackupWriter>().WriteAsync(
            new BackupOrder(app.ConnectionString, app.DataFolder, Path.Combine(disk.Folder, "a.zip")), null, default));

        Assert.Equal((BackupState.Failed, true), (failed.State, failed.NoRoom));
        Assert.StartsWith("There is no room for the backup", writing.Message);
        Assert.Equal("degraded\nbackup: A backup is missing. The last attempt found no room on the disk.",
            (await manager.GetAsync("/health")).Text);
        Assert.Contains($"There is no room for a backup in {disk.Folder}", (await manager.GetAsync("/backups")).Text);
        Assert.Equal(["filler"], Directory.EnumerateFiles(disk.Folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(true, "Backup:Folder is a file, and not a folder.")]
    [InlineData(false, "Backup:Folder lies on a disk that can only be read.")]
    public async Task A_folder_that_takes_no_backup_is_told_before_any_is_made(bool file, string why)
    {
        using var disk = file ? null : FullDisk.TryMountClosed();
        Assert.SkipWhen(!file && disk is null, "Only root may mount a small disk.");
        var named = Directory.CreateTempSubdirectory("enrolment-shelf-");
        var folder = Path.Combine(disk?.Folder ?? named.FullName, "backups");
        if (file) await File.WriteAllTextAsync(folder, "somebody's");
        await using var app = await TestApp.StartAsync(postgres, new Dictionary<string, string?> { ["Backup:Folder"] = folder });
        using var manager = await app.SignInAsync(Roles.Manager);

        var said = $"No backup can be made: {why}";
        Assert.Equal($"degraded\nbackup: {said}", (await manager.GetAsync("/health")).Text);
        var ready = await manager.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.OK, ready.Status);
        Assert.Contains($"\nbackup: {said}\n", ready.Text);
        Assert.Contains(said, (await manager.GetAsync("/upkeep")).Text);
        Assert.Equal(said, (await manager.GetAsync("/backups")).One(".problem[role=alert]").TextContent);
        var failed = (await app.Get<BackupShelf>().MakeAsync(BackupReason.Night, null, default))!;
        Assert.Equal((BackupState.Failed, said), (failed.State, failed.Problem));
        Assert.Equal(said, (await manager.GetAsync("/backups")).One(".problem[role=alert]").TextContent);
        var refused = await Assert.ThrowsAsync<BackupException>(() => app.Get<BackupShelf>().KeepBeforeRestorationAsync(default));
        Assert.Equal(said, refused.Message);
        if (file) Assert.Equal("somebody's", await File.ReadAllTextAsync(folder));
        named.Delete(recursive: true);
    }

    [Fact]
    public async Task Two_at_once_make_one_and_what_a_killed_one_left_is_told()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var left = new BackupRecord { Id = Guid.CreateVersion7(), MadeAt = app.Clock.Now.AddDays(-1), State = BackupState.Making };
        await app.StoreAsync(left);

        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ =>
            Task.Run(() => app.Get<BackupShelf>().MakeAsync(BackupReason.Night, null, default))));

        Assert.Single(both, made => made is null);
        Assert.Contains(await app.AllAsync<BackupRecord>(), r => r is
        { State: BackupState.Failed, Problem: "It was broken off, or this database was restored from it." });
    }

    // Killed while it wrote, and killed when the file was there and its record told of none yet.
    [Theory]
    [InlineData(".part", BackupState.Failed)]
    [InlineData("", BackupState.NotProven)]
    public async Task What_a_killed_one_left_in_the_folder_is_taken_away_or_told(string ending, BackupState state)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (shelf, folder) = (app.Get<BackupShelf>(), Path.Combine(app.DataFolder, "backups"));
        var killed = new BackupRecord { Id = Guid.CreateVersion7(), MadeAt = app.Clock.Now.AddDays(-1), State = BackupState.Making };
        await app.StoreAsync(killed);
        Directory.CreateDirectory(folder);
        var file = $"enrolment-2026-11-22-1000-{killed.Id.ToString("N")[^6..]}.zip{ending}";
        await File.WriteAllTextAsync(Path.Combine(folder, file), "what was written of it");
        await File.WriteAllTextAsync(Path.Combine(folder, "somebody's.zip.part"), "is not ours");

        var made = (await shelf.MakeAsync(BackupReason.Night, null, default))!;

        var told = (await app.AllAsync<BackupRecord>()).Single(r => r.Id == killed.Id);
        Assert.Equal((state, state == BackupState.NotProven), (told.State, shelf.FileOf(told) is not null));
        string[] left = ["somebody's.zip.part", made.File, .. state == BackupState.NotProven ? new[] { told.File } : []];
        Assert.Equal(left.Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    // A restored database knows nothing of those that were made after it, nor of the one that --over made of what was there.
    [Fact]
    public async Task What_no_record_tells_of_is_put_on_the_list_and_thinned_and_halves_that_nobody_writes_go()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var folder = Directory.CreateDirectory(Path.Combine(app.DataFolder, "backups")).FullName;
        string At(string name) => Path.Combine(folder, name);
        const string early = "enrolment-before-restoration-2026-01-05-100000.zip", late = "enrolment-2026-01-05-1100-abcdef.zip.sealed";
        foreach (var name in new[] { early, late, "enrolment-2026-01-06-1000-abcdef.zip.part", "holiday.zip" })
            await File.WriteAllTextAsync(At(name), "what is in it");
        await using var held = new FileStream(At("enrolment-held.zip.part"), FileMode.CreateNew, FileAccess.Write, FileShare.None);

        await app.Get<BackupShelf>().TidyAsync(default);

        Assert.Equal([(early, false, "2026-01-05 04:30"), (late, true, "2026-01-05 05:30")], (await app.AllAsync<BackupRecord>())
            .Select(r => (r.File, r.Encrypted, $"{r.MadeAt.UtcDateTime:yyyy-MM-dd HH:mm}")).OrderBy(r => r.Item3));
        var made = (await app.Get<BackupShelf>().MakeAsync(BackupReason.Night, null, default))!;
        Assert.Equal(new[] { late, made.File, "enrolment-held.zip.part", "holiday.zip" }.Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        using var manager = await app.SignInAsync(Roles.Manager);
        Assert.Contains("found in the folder", (await manager.GetAsync("/backups")).Text);
    }

    // A backup holds its own record as one that is being made.
    [Fact]
    public async Task After_a_restoration_none_is_being_made()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.StoreAsync(new BackupRecord { Id = Guid.CreateVersion7(), MadeAt = app.Clock.Now, State = BackupState.Making });
        using var manager = await app.SignInAsync(Roles.Manager);

        await app.Get<BackupShelf>().TidyAsync(default); // as the schedule does at each start

        Assert.NotNull((await manager.GetAsync("/backups")).One("form[action='/backups'] button"));
    }

    // As on a machine whose clock was years ahead until somebody set it.
    [Fact]
    public async Task A_backup_of_a_day_that_has_not_come_yet_is_none_of_the_last_night()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = app.Browse();
        var ahead = app.Clock.Now.AddYears(3);
        await app.StoreAsync(new BackupRecord { Id = Guid.CreateVersion7(), MadeAt = ahead, State = BackupState.Proven, File = "x.zip" });
        await app.StoreAsync(new BackupWatch { Since = ahead });
        Assert.Equal("healthy", (await browser.GetAsync("/health")).Text); // it has been looked at for less than a night

        app.Time.Advance(TimeSpan.FromHours(27));

        Assert.Equal("unhealthy\nbackup: No backup has been proven since 2026-11-23 04:30 UTC.", (await browser.GetAsync("/health")).Text);
    }

    [Fact]
    public void Seven_days_four_weeks_and_twelve_months_are_kept_and_never_the_last_proven_one_lost()
    {
        var today = new DateTimeOffset(2027, 12, 31, 1, 30, 0, TimeSpan.Zero);
        BackupRecord Of(int daysAgo, BackupState state = BackupState.Proven) =>
            new() { Id = Guid.NewGuid(), MadeAt = today.AddDays(-daysAgo), State = state, File = "x" };
        static DateOnly Day(BackupRecord r) => DateOnly.FromDateTime(r.MadeAt.UtcDateTime);
        var year = Enumerable.Range(0, 500).Select(d => Of(d)).ToList();

        var kept = year.Except(Thinning.Spare(year, Day)).Select(r => (today - r.MadeAt).Days).ToList();

        Assert.Equal(Enumerable.Range(0, 7), kept.Take(7));
        Assert.Equal(12, year.Except(Thinning.Spare(year, Day)).Select(r => (r.MadeAt.Year, r.MadeAt.Month)).Distinct().Count());
        Assert.InRange(kept.Count, 7 + 2 + 11, 7 + 3 + 12);
        List<BackupRecord> bad = [.. Enumerable.Range(0, 30).Select(d => Of(d, BackupState.NotProven)), Of(400), Of(401)];
        Assert.DoesNotContain(bad[30], Thinning.Spare(bad, Day));
        List<BackupRecord> twice = [Of(0, BackupState.NotProven), Of(1), Of(1, BackupState.NotProven)];
        Assert.Equal([twice[2]], Thinning.Spare(twice, Day));
    }

    // A role that owns its database and may do nothing else.
    private static async Task<string> WithPlainRoleAsync(string database)
    {
        var settings = new NpgsqlConnectionStringBuilder(database);
        var role = "r" + Guid.NewGuid().ToString("N");
        var superuser = new NpgsqlConnectionStringBuilder(database) { Username = "postgres", Pooling = false };
        await using var source = NpgsqlDataSource.Create(superuser.ConnectionString);
        await using var make = source.CreateCommand($"""
            create role {role} login password 'plain' nocreatedb; alter database "{settings.Database}" owner to {role};
            do $$ declare t record; begin
                alter schema enrolment owner to {role}; alter schema hangfire owner to {role};
                for t in select format('%s %I.%I', case relkind when 'S' then 'sequence' else 'table' end, nspname, relname) as what
                    from pg_class c join pg_namespace n on n.oid = c.relnamespace
                    where relkind = 'r' and nspname in ('enrolment', 'hangfire', 'public') loop
                    execute 'alter ' || t.what || ' owner to {role}';
                end loop;
            end $$
            """);
        await make.ExecuteNonQueryAsync();
        (settings.Username, settings.Password) = (role, "plain");
        return settings.ConnectionString;
    }
}

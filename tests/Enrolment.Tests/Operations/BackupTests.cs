using System.IO.Compression;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.Operations;
using Crm.People;
using Crm.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests.Operations;

/// <summary>All that an institute has, in one archive and out of it again.</summary>
public sealed class BackupTests(TestPostgres postgres) : IDisposable
{
    private const string Passphrase = "a passphrase of tests";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-backup-");

    public void Dispose() => _folder.Delete(recursive: true);

    private string Path_(string name) => Path.Combine(_folder.FullName, name);

    [Theory]
    [InlineData(null)]
    [InlineData(Passphrase)]
    public async Task What_is_restored_is_the_same_row_by_row_and_is_worked_with_from_there(string? passphrase)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var work = await WorkAsync(app);
        Directory.CreateDirectory(Path.Combine(app.DataFolder, "outbox"));
        await File.WriteAllTextAsync(Path.Combine(app.DataFolder, "outbox", "one.eml"), "Subject: kept\n");
        var mailed = app.Get<UnsubscribeLinks>().For(EmailAddress.FromStored("anjali@mail.example"));
        await BackUpAsync(app, Path_("a.zip"), passphrase);

        var target = await postgres.CreateEmptyDatabaseAsync();
        await RestoreAsync(app, target, Path_("a.zip"), passphrase);

        Assert.Equal(await LastingAsync(app.ConnectionString), await LastingAsync(target));
        Assert.Equal("Subject: kept\n", await File.ReadAllTextAsync(Path_("data/outbox/one.eml")));
        await using var again = await TestApp.StartOnAsync(target, described: false);
        using var browser = await again.SignInAsync(work.Manager);
        Assert.Contains("Anjali Nair", (await browser.GetAsync("/leads?search=anj")).Text);
        Assert.Equal("Stop our emails?", (await browser.GetAsync(new Uri(mailed).PathAndQuery)).One("h1").TextContent);
        await browser.GetAsync($"/leads/{work.Lead.Id}");
        await PayAsync(browser, work.Seat, "500");
        var receipts = (await again.AllAsync<Receipt>()).OrderBy(r => r.Number).ToList();
        Assert.Equal([$"{work.Receipt[..^4]}0001", $"{work.Receipt[..^4]}0002"], receipts.Select(r => r.Number));
    }

    [Fact]
    public async Task It_is_of_one_moment_although_people_are_at_work()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        await app.AddUserAsync("Divya Menon");
        for (var n = 0; n < 20; n++) await app.AddLeadAsync(course, $"Anjali {n}", $"a{n}@mail.example");
        using var stop = new CancellationTokenSource();
        var working = Task.Run(async () =>
        {
            for (var n = 0; !stop.IsCancellationRequested; n++) await app.AddLeadAsync(course, $"Binu {n}", $"b{n}@mail.example");
        });

        await BackUpAsync(app, Path_("a.zip"));
        await stop.CancelAsync();
        await working;

        // Figures and digests are counted again in what was restored, and a lead has its stream, its person and its enquiry.
        var target = await postgres.CreateEmptyDatabaseAsync();
        await RestoreAsync(app, target, Path_("a.zip"));
        await using var source = NpgsqlDataSource.Create(target);
        await using var lost = source.CreateCommand("""
            select count(*) from enrolment.mt_doc_enquiry e
            full join enrolment.mt_doc_lead l on l.id = (e.data ->> 'LeadId')::uuid
            full join enrolment.mt_doc_person p on p.id = (l.data ->> 'PersonId')::uuid
            where e.id is null or l.id is null or p.id is null
            """);
        Assert.Equal(0L, await lost.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Anybody_can_open_it_with_what_they_have_and_it_holds_no_secret_setting()
    {
        await using var app = await TestApp.StartAsync(postgres, new Dictionary<string, string?>
        { ["Smtp:Host"] = "mail.example", ["Smtp:Password"] = "very secret", ["Smtp:From"] = "a@b.example" });
        await app.AddUserAsync("Divya Menon");
        await BackUpAsync(app, Path_("a.zip"));

        using var zip = await ZipFile.OpenReadAsync(Path_("a.zip"));
        string Text(string entry) => new StreamReader(zip.GetEntry(entry)!.Open()).ReadToEnd();

        Assert.Contains("CREATE TABLE", Text("schema/0001-initial.sql"));
        Assert.Contains("Divya Menon", Text("tables/enrolment.mt_doc_user.copy"));
        Assert.Contains("Smtp:Password", Text("contents.json"));
        Assert.All(zip.Entries, e => Assert.DoesNotContain("very secret", Text(e.FullName)));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path_("a.zip")));
    }

    [Fact]
    public async Task Every_table_of_ours_is_in_it()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var contents = await BackUpAsync(app, Path_("a.zip"));

        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var all = source.CreateCommand("""
            select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'hangfire')
            """);
        var there = new List<string>();
        await using var reader = await all.ExecuteReaderAsync();
        while (await reader.ReadAsync()) there.Add(reader.GetString(0));
        Assert.Equal(there.Order(), contents.Tables.Select(t => t.Name).Order());
    }

    [Fact]
    public async Task A_wrong_passphrase_and_a_damaged_archive_each_say_so_in_a_sentence_and_change_nothing()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await WorkAsync(app);
        await BackUpAsync(app, Path_("sealed"), Passphrase);
        await BackUpAsync(app, Path_("plain"));
        var target = await postgres.CreateEmptyDatabaseAsync();

        async Task SaysAsync(string words, string file, string? passphrase = null) => Assert.Contains(words,
            (await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(app, target, file, passphrase))).Message);
        await SaysAsync("is encrypted: its passphrase is needed", Path_("sealed"));
        await SaysAsync("This is not the passphrase", Path_("sealed"), "another passphrase");
        await SaysAsync("The beginning of this backup is damaged", Changed("sealed", 20), Passphrase);
        await SaysAsync("This backup is damaged, or a part of it is missing", Changed("sealed", -200), Passphrase);
        await SaysAsync("This backup is damaged", Changed("sealed", 5000), Passphrase);
        await SaysAsync("This backup is damaged, or a part of it is missing", Cut("sealed", 100), Passphrase);
        await SaysAsync("This backup is damaged", Changed("plain", inEvents: true));
        await SaysAsync("tables/enrolment.mt_doc_lead.copy in it cannot be used", await WithAnotherByteAsync("plain"));
        await SaysAsync("or not a whole one", await WithoutContentsAsync("plain"));
        await SaysAsync("or not a whole one", Cut("plain", 100));
        await SaysAsync("or not a whole one", Cut("plain", 0));
        await SaysAsync("cannot be read", Path_("nowhere"));
        await SaysAsync("is a folder, and not a backup", app.DataFolder);

        Assert.Empty(await RowsAsync(target));
        await RestoreAsync(app, target, Path_("plain"));
        Assert.Equal(await LastingAsync(app.ConnectionString), await LastingAsync(target));
    }

    [Fact]
    public async Task No_backup_holds_another_and_an_encrypted_one_is_hardly_larger()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await WorkAsync(app);
        var kept = Directory.CreateDirectory(Path.Combine(app.DataFolder, "kept")).FullName;
        await File.WriteAllTextAsync(Path.Combine(kept, "one.eml"), "Subject: kept\n");
        await using (var zip = await ZipFile.OpenAsync(Path.Combine(kept, "photos.zip"), ZipArchiveMode.Create)) zip.CreateEntry("one.jpg");
        await File.WriteAllTextAsync(Path.Combine(kept, "PK.txt"), "PK, and no ZIP file");
        await BackUpAsync(app, Path.Combine(kept, "plain.zip"));

        // Where an institute moves Backup:Folder elsewhere, its older ones stay behind in the data folder.
        await BackUpAsync(app, Path.Combine(kept, "sealed"), Passphrase);
        var contents = await BackUpAsync(app, Path_("third.zip"));

        Assert.Equal(["kept/PK.txt", "kept/one.eml", "kept/photos.zip"],
            contents.Files.Select(f => f.Path).Where(f => f.StartsWith("kept/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        var (plain, sealed_) = (new FileInfo(Path.Combine(kept, "plain.zip")).Length, new FileInfo(Path.Combine(kept, "sealed")).Length);
        Assert.InRange(sealed_, plain, plain * 1.03);
    }

    [Fact]
    public async Task A_database_that_is_not_empty_is_left_alone_unless_it_is_to_be_replaced_and_then_until_all_is_there()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await WorkAsync(app);
        await BackUpAsync(app, Path_("a.zip"));
        var other = await postgres.CreateDatabaseAsync();
        await using (var second = await TestApp.StartOnAsync(other))
        {
            await second.AddUserAsync("Somebody else");
            var busy = await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(app, other, Path_("a.zip"), over: true));
            Assert.Contains("Stop Enrolment first", busy.Message);
        }
        await CloseAsync(other);
        var before = await RowsAsync(other);

        var refused = await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(app, other, Path_("a.zip")));
        var damaged = await Assert.ThrowsAsync<BackupException>(
            () => RestoreAsync(app, other, Changed("a.zip", inEvents: true), over: true));

        Assert.Contains("This database is not empty, and nothing is written over it.", refused.Message);
        Assert.Contains("damaged", damaged.Message);
        Assert.Equal(before, await RowsAsync(other));
        await RestoreAsync(app, other, Path_("a.zip"), over: true);
        Assert.Equal(await LastingAsync(app.ConnectionString), await LastingAsync(other));
    }

    [Fact]
    public async Task Another_builds_or_a_newer_versions_backup_is_refused_by_name()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await BackUpAsync(app, Path_("a.zip"));
        var target = await postgres.CreateEmptyDatabaseAsync();

        await RewriteAsync(Path_("a.zip"), json => json.Replace("0001-initial.sql", "0099-later.sql"));
        var newer = await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(app, target, Path_("a.zip")));
        await RewriteAsync(Path_("a.zip"), json => json.Replace("0099-later.sql", "0001-initial.sql")
            .Replace("\"sha256\": \"", "\"sha256\": \"f"));
        var another = await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(app, target, Path_("a.zip")));

        Assert.Contains("is of a newer Enrolment than this one, which does not know migrations/0099-later.sql", newer.Message);
        Assert.Contains("was made by another build of Enrolment, whose migrations/0001-initial.sql is not the same", another.Message);
    }

    [Fact]
    public async Task Nothing_is_left_of_one_that_could_not_be_finished_and_nothing_is_written_over()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await WorkAsync(app);
        await File.WriteAllTextAsync(Path_("there"), "precious");
        await File.WriteAllTextAsync(Path_("a.zip.part"), "of one that was killed");

        var there = await Assert.ThrowsAsync<BackupException>(() => BackUpAsync(app, Path_("there")));
        using var broken = new CancellationTokenSource();
        await broken.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => app.Get<BackupWriter>().WriteAsync(
            new BackupOrder(app.ConnectionString, app.DataFolder, Path_("a.zip")), null, broken.Token));

        Assert.Contains("is there already, and nothing is written over it", there.Message);
        Assert.Equal("precious", await File.ReadAllTextAsync(Path_("there")));
        Assert.Equal(["there"], _folder.GetFiles().Select(f => f.Name));
    }

    private sealed record Work(Crm.Accounts.User Manager, Lead Lead, Guid Seat, string Receipt);

    // Something in every corner: names in two scripts, line breaks and tabs, a payment with its receipt, a message.
    private static async Task<Work> WorkAsync(TestApp app)
    {
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var counsellor = await app.AddUserAsync("Divya Menon");
        var manager = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        var lead = await app.AddLeadAsync(course);
        await app.AddLeadAsync(course, "അഞ്ജലി നായർ \\ \"x\"", "malayalam@mail.example");
        await app.ChangeAsync(lead, _ => LeadRules.AddNote("Two\tlines\\N\n\\.\nand \"more\""));
        var seat = await app.EnrolAsync(lead, counsellor, batch);
        using var browser = await app.SignInAsync(manager);
        await browser.GetAsync($"/leads/{lead.Id}");
        await PayAsync(browser, seat.Id, "1000");
        return new Work(manager, lead, seat.Id, Assert.Single(await app.AllAsync<Receipt>()).Number);
    }

    private static Task<WebPage> PayAsync(Browser browser, Guid seat, string amount) => browser.SubmitAsync(
        $"form[action='/enrolments/{seat}/payments']", new() { ["amount"] = amount, ["way"] = "Cash" });

    private static async Task<BackupContents> BackUpAsync(TestApp app, string path, string? passphrase = null) =>
        (await app.Get<BackupWriter>().WriteAsync(
            new BackupOrder(app.ConnectionString, app.DataFolder, path, passphrase), null, default)).Contents;

    private Task RestoreAsync(TestApp app, string target, string path, string? passphrase = null, bool over = false) =>
        app.Get<BackupReader>().RestoreAsync(new RestoreOrder(target, Path_("data"), path, passphrase, over), null, default);

    private string Changed(string file, int at = 0, bool inEvents = false)
    {
        var bytes = File.ReadAllBytes(Path_(file));
        if (inEvents) at = bytes.AsSpan().IndexOf("tables/enrolment.mt_events.copy"u8) + 100;
        bytes[at < 0 ? bytes.Length + at : at] ^= 0x55;
        File.WriteAllBytes(Path_("changed"), bytes);
        return Path_("changed");
    }

    // Stored whole, with one byte of a row that is none of JSON's.
    private async Task<string> WithAnotherByteAsync(string file)
    {
        const string name = "tables/enrolment.mt_doc_lead.copy";
        File.Copy(Path_(file), Path_("another"));
        await using var zip = await ZipFile.OpenAsync(Path_("another"), ZipArchiveMode.Update);
        using var rows = new MemoryStream();
        await using (var entry = await zip.GetEntry(name)!.OpenAsync()) await entry.CopyToAsync(rows);
        var bytes = rows.ToArray();
        bytes[bytes.AsSpan().IndexOf((byte)'{')] = (byte)'x';
        zip.GetEntry(name)!.Delete();
        await using var written = await zip.CreateEntry(name).OpenAsync();
        await written.WriteAsync(bytes);
        return Path_("another");
    }

    private async Task<string> WithoutContentsAsync(string file)
    {
        File.Copy(Path_(file), Path_("bare"));
        await RewriteAsync(Path_("bare"), _ => """{"format":1}""");
        return Path_("bare");
    }

    private string Cut(string file, int from)
    {
        var bytes = File.ReadAllBytes(Path_(file));
        File.WriteAllBytes(Path_("cut"), from == 0 ? bytes[..0] : bytes[..^from]);
        return Path_("cut");
    }

    internal static async Task RewriteAsync(string zip, Func<string, string> change)
    {
        await using var archive = await ZipFile.OpenAsync(zip, ZipArchiveMode.Update);
        var entry = archive.GetEntry("contents.json")!;
        string json;
        using (var reader = new StreamReader(await entry.OpenAsync())) json = await reader.ReadToEndAsync();
        entry.Delete();
        await using var writer = new StreamWriter(await archive.CreateEntry("contents.json").OpenAsync());
        await writer.WriteAsync(change(json));
    }

    // All that a restoration brings back as it was: no session and no link, and mail waits.
    internal static async Task<IReadOnlyList<string>> LastingAsync(string database) =>
    [
        .. (await RowsAsync(database)).Where(row => !row.Contains(",Restored,", StringComparison.Ordinal)
            && !row.Contains(",BackupTaken,", StringComparison.Ordinal)
            && !OfTheMoment.Any(table => row.StartsWith($"enrolment.mt_doc_{table}:", StringComparison.Ordinal))),
    ];

    private static readonly string[] OfTheMoment = ["staffsession", "accesslink", "queuepause"];

    // Every row of every table but Hangfire's, and where each sequence stands.
    internal static async Task<IReadOnlyList<string>> RowsAsync(string database)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        var rows = new List<string>();
        async Task<List<string>> AskAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await using var reader = await command.ExecuteReaderAsync();
            var read = new List<string>();
            while (await reader.ReadAsync()) read.Add(reader.GetString(0));
            return read;
        }
        foreach (var table in await AskAsync("""
            select schemaname || '.' || tablename from pg_tables
            where schemaname not in ('pg_catalog', 'information_schema', 'hangfire') order by 1
            """))
            rows.AddRange((await AskAsync($"select t::text from {table} t order by 1")).Select(r => $"{table}: {r}"));
        rows.AddRange(await AskAsync("select schemaname || '.' || sequencename || ' ' || coalesce(last_value, 0) from pg_sequences "
            + "where schemaname <> 'hangfire' order by 1"));
        return rows;
    }

    private static async Task CloseAsync(string database)
    {
        NpgsqlConnection.ClearAllPools();
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(database) { Pooling = false, Database = PrivatePostgres.Beside }.ConnectionString);
        await connection.OpenAsync();
        await using var end = new NpgsqlCommand(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = $1", connection);
        end.Parameters.Add(new() { Value = new NpgsqlConnectionStringBuilder(database).Database });
        await end.ExecuteNonQueryAsync();
        await Poll.UntilAsync(async () =>
        {
            await using var left = new NpgsqlCommand("select count(*) from pg_stat_activity where datname = $1", connection);
            left.Parameters.Add(new() { Value = new NpgsqlConnectionStringBuilder(database).Database });
            return await left.ExecuteScalarAsync() is 0L;
        }, "connections to end");
    }
}

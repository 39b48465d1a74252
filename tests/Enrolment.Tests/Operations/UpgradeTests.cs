using Crm.Operations;
using Crm.Storage;
using DbUp.Engine;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Tests.Operations;

/// <summary>A new version on a database with data: backed up before, looked at after, and taken back where that fails.</summary>
public sealed class UpgradeTests(TestPostgres postgres)
{
    private static readonly SqlScript Harmless = new("migrations/0002-later.sql", "alter table enrolment.mt_doc_lead add column later int");

    [Fact]
    public async Task An_upgrade_is_applied_and_a_proven_backup_of_before_is_on_the_list()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());

        await UpgradeAsync(app, Harmless);
        await app.Get<UpgradeGuard>().NoteAsync(default);

        var made = Assert.Single(await app.AllAsync<BackupRecord>());
        Assert.Equal((BackupReason.BeforeUpgrade, BackupState.Proven, "enrolment-before-0002-later.zip"),
            (made.Reason, made.State, made.File));
        Assert.Equal(made.Size, new FileInfo(Path.Combine(app.DataFolder, "backups", made.File)).Length);
    }

    [Theory]
    [InlineData("alter table enrolment.mt_doc_lead add column half int; select nonsense",
        "migrations/0003-bad.sql failed: 42703: column \"nonsense\" does not exist")]
    [InlineData("delete from enrolment.mt_doc_enquiry", "enrolment.mt_doc_enquiry has 0 rows and had 1")]
    [InlineData("drop table enrolment.mt_doc_enquiry", "enrolment.mt_doc_enquiry is gone, with all that was in it")]
    [InlineData("-- deletes from enrolment.mt_doc_enquiry:\ndelete from enrolment.mt_doc_enquiry", "mt_doc_enquiry has 0 rows and had 1")]
    [InlineData("-- deletes from enrolment.mt_doc_person: not those\ndelete from enrolment.mt_doc_enquiry", "has 0 rows and had 1")]
    [InlineData("update enrolment.mt_doc_ledgerentry set data = data || '{\"Amount\": 1}'", "What the books add up to, in hundredths")]
    [InlineData("update enrolment.mt_doc_lead set data = data || '{\"Stage\": \"Nonsense\"}'", "The newest Lead cannot be read")]
    public async Task Where_a_script_fails_or_a_check_after_it_the_old_state_is_there_by_itself(string planted, string said)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        await app.StoreAsync(new Crm.Fees.LedgerEntry { Id = Guid.CreateVersion7(), Amount = Crm.Institute.Money.FromRupees(500) });
        var before = await BackupTests.RowsAsync(app.ConnectionString);

        var refused = await Assert.ThrowsAsync<CannotStartException>(() =>
            UpgradeAsync(app, Harmless, new SqlScript("migrations/0003-bad.sql", planted)));

        Assert.Contains(said, refused.Message);
        Assert.Contains("It is as it was before.", refused.Message);
        // A number that the journal's sequence gave out is not taken back, and means nothing.
        Assert.Equal(WithoutNumbers(before), WithoutNumbers(await BackupTests.RowsAsync(app.ConnectionString)));
        await UpgradeAsync(app, Harmless); // the next attempt is not in its own way
    }

    [Fact]
    public async Task A_script_that_says_what_it_deletes_and_why_may()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());

        await UpgradeAsync(app, new SqlScript("migrations/0002-fewer.sql", """
            -- deletes from enrolment.mt_doc_enquiry: the lead's own stream tells all of it
            delete from enrolment.mt_doc_enquiry
            """));
        await app.Get<UpgradeGuard>().NoteAsync(default);

        Assert.Empty(await app.AllAsync<Crm.Enquiries.Enquiry>());
        Assert.Equal(BackupState.Proven, Assert.Single(await app.AllAsync<BackupRecord>()).State); // which has what was deleted
    }

    [Fact]
    public async Task Without_room_for_a_backup_nothing_is_upgraded_unless_somebody_says_so()
    {
        using var disk = FullDisk.TryMount();
        Assert.SkipWhen(disk is null, "Only root may mount a small disk.");
        var settings = new Dictionary<string, string?> { ["Backup:Folder"] = disk.Folder };
        await using var app = await TestApp.StartAsync(postgres, settings);
        await app.AddCourseAsync();

        var refused = await Assert.ThrowsAsync<CannotStartException>(() => UpgradeAsync(app, Harmless));
        settings["Migrate:WithoutBackup"] = "true";
        await using var told = await app.StartAnotherAsync(settings);
        await UpgradeAsync(told, Harmless);

        Assert.StartsWith("This version changes the database, which is backed up first, and that failed: There is no", refused.Message);
        Assert.Contains("start once with --Migrate:WithoutBackup=true", refused.Message);
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_left_alone()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await UpgradeAsync(app, Harmless);

        var refused = await Assert.ThrowsAsync<CannotStartException>(() =>
            Migrations.ApplyAsync(app.ConnectionString, NullLogger.Instance));
        var behind = await Assert.ThrowsAsync<CannotStartException>(() => Migrations.AssertAppliedAsync(app.ConnectionString));

        Assert.StartsWith("The database is of a newer Enrolment than this one, which does not know migrations/0002-later.sql.",
            refused.Message);
        Assert.Contains("Migrate:OnStart is false. Run the command migrate once", behind.Message);
    }

    private static IEnumerable<string> WithoutNumbers(IEnumerable<string> rows) =>
        rows.Where(r => !r.StartsWith("public.schema_migrations_schemaversionsid_seq", StringComparison.Ordinal));

    private static Task UpgradeAsync(TestApp app, params SqlScript[] later) => Migrations.ApplyAsync(
        app.ConnectionString, NullLogger.Instance, app.Get<UpgradeGuard>(), [.. Migrations.Scripts, .. later]);
}

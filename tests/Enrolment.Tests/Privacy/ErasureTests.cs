using System.Net;
using Crm.Accounts;
using Crm.Changes;
using Crm.Desk;
using Crm.Enquiries;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.Operations;
using Crm.People;
using Crm.Privacy;
using Crm.Seats;

namespace Crm.Tests.Privacy;

/// <summary>Who is erased is found nowhere any more, but on the papers of money that the law wants kept.</summary>
public sealed class ErasureTests(TestPostgres postgres)
{
    // Books and papers: eight years, and six of GST, from the end of the year that they are of.
    private static readonly string[] Kept =
        ["enrolment.mt_doc_receipt:", "enrolment.mt_doc_taxnote:", "enrolment.mt_doc_ledgerentry:"];

    private static async Task<WebPage> EraseAsync(Browser manager, Guid person)
    {
        await manager.GetAsync($"/people/{person}/data");
        return await manager.SubmitAsync($"form[action='/people/{person}/data/erasure']", new() { ["sure"] = "true" });
    }

    [Fact]
    public async Task Nothing_in_any_table_or_file_tells_of_them_but_the_papers_of_money()
    {
        await using var life = await WholeLife.LiveAsync(postgres);
        var (app, person) = (life.App, life.Lead.PersonId);
        var before = await Haystack.FindAsync(app.ConnectionString, WholeLife.Needles);
        // Else the test would look for them where they have never been.
        var tables = before.Select(f => f.Split(':')[0]).ToHashSet();
        string[] expected =
        [
            "mt_events", "mt_doc_person", "mt_doc_lead", "mt_doc_enrolment", "mt_doc_outboxmessage", "mt_doc_enquiry",
            "mt_doc_suspectedenquiry", "import_rows", "import_files", "mt_doc_import", "mt_doc_change", "mt_doc_bulkorder",
            "mt_doc_bankcredit", "mt_doc_savedview", "mt_doc_keptlonger", "mt_doc_receipt", "mt_doc_taxnote",
        ];
        Assert.DoesNotContain(expected, t => !tables.Contains($"enrolment.{t}"));
        var brothers = (await app.AllAsync<OutboxMessage>()).Count(m => m.PersonId == life.OfBrother.PersonId && m.File is not null);
        Assert.True(Directory.GetFiles(Path.Combine(app.DataFolder, "outbox")).Length > brothers);

        var page = await EraseAsync(life.Manager, person);

        Assert.Contains("Erased as E-0001", page.Text);
        var shown = await life.Manager.GetAsync($"/leads/{life.Lead.Id}");
        Assert.Single(shown.Texts(".timeline .what"), w => w.StartsWith("Erased", StringComparison.Ordinal));
        Assert.Empty(shown.Html.QuerySelectorAll("a[href$='brochure.pdf'], [aria-label='More that can be done']"));
        var after = await Haystack.FindAsync(app.ConnectionString, WholeLife.Needles);
        Assert.DoesNotContain(after, f => !Kept.Any(k => f.StartsWith(k, StringComparison.Ordinal)));
        Assert.Contains(after, f => f.StartsWith(Kept[0], StringComparison.Ordinal));
        Assert.Empty(Haystack.FindIn(app.DataFolder, WholeLife.Needles));
        Assert.Equal(brothers, Directory.GetFiles(Path.Combine(app.DataFolder, "outbox")).Length);
    }

    [Fact]
    public async Task Who_opens_a_message_to_them_reads_that_it_was_erased()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        await app.DeliverAsync();
        using var manager = await app.SignInAsync(Roles.Manager);
        await EraseAsync(manager, lead.PersonId);

        var page = await manager.GetAsync($"/outbox/{(await app.OneMessageAsync()).Id}.eml");

        Assert.Equal((HttpStatusCode.Gone, "This message was erased"), (page.Status, page.One("h1").TextContent));
        Assert.Contains("erased with whom it was to", page.Texts(".notice p")[0]);
        Assert.Equal("/outbox", page.One(".notice a").GetAttribute("href"));
    }

    [Fact]
    public async Task The_money_and_the_figures_stay_under_a_number_and_so_does_who_shared_the_phone()
    {
        await using var life = await WholeLife.LiveAsync(postgres);
        var app = life.App;
        var (receipts, notes) = (await app.AllAsync<Receipt>(), await app.AllAsync<TaxNote>());
        var (books, leads) = (Sum(await app.AllAsync<LedgerEntry>()), (await app.AllAsync<Lead>()).Count);
        var brother = await app.LoadAsync<Person>(life.OfBrother.PersonId);

        await EraseAsync(life.Manager, life.Lead.PersonId);

        var erasure = Assert.Single(await app.AllAsync<Erasure>());
        Assert.Equal([.. receipts.Select(r => r.Number), .. notes.Select(n => n.Number)], erasure.Kept);
        Assert.Equivalent(receipts, await app.AllAsync<Receipt>());
        Assert.Equal((books, leads), (Sum(await app.AllAsync<LedgerEntry>()), (await app.AllAsync<Lead>()).Count));
        Assert.Equivalent(brother, await app.LoadAsync<Person>(brother.Id));
        Assert.Equal(WholeLife.Brother, (await life.Manager.GetAsync($"/leads/{life.OfBrother.Id}")).One("h1").TextContent);
        var seat = await app.LoadAsync<Enrolment>(life.Seat.Id);
        Assert.Equal(("E-0001", Money.Zero), (seat.ErasedAs, seat.Balance));
        Assert.All((await app.AllAsync<Lead>()).Where(l => l.PersonId == life.Lead.PersonId), l =>
            Assert.Equal(("E-0001", false, null), (l.ErasedAs, l.IsOpen, l.FollowUp)));
        Assert.DoesNotContain(await app.AllAsync<Crm.Courses.Batch>(), b => b.Waitlist.Count > 0);
        await app.DeliverAsync(); // nothing that waited leaves
        Assert.All((await app.AllAsync<OutboxMessage>()).Where(m => m.PersonId == life.Lead.PersonId), m =>
            Assert.DoesNotContain("@", m.To));
    }

    [Fact]
    public async Task A_view_that_looks_for_a_word_by_which_nobody_else_is_found_looks_for_nobody_any_more()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course, "Zephyrine Nair", email: null, phone: "98460 98765");
        await app.AddLeadAsync(course, "Anjali Nair", email: null, phone: "98460 11111");
        await ViewAsync("Zephyrine, to be called", "?q=zephyrine&stage=open");
        await ViewAsync("Nairs", "?q=nair");
        await ViewAsync("By number", "?q=098460+98");
        await ViewAsync("Zest", "?stage=open");
        using var manager = await app.SignInAsync(Roles.Manager);
        Assert.Contains("Zephyrine, to be called", (await manager.GetAsync($"/people/{lead.PersonId}/data")).Text);

        await EraseAsync(manager, lead.PersonId);

        Assert.Equal([(StoredEvent.Erased, "?stage=open"), ("By number", ""), ("Nairs", "?q=nair"), ("Zest", "?stage=open")],
            (await app.AllAsync<SavedView>()).Select(v => (v.Name, v.Query)).OrderBy(v => v.Name, StringComparer.Ordinal));

        Task ViewAsync(string name, string query) =>
            app.StoreAsync(new SavedView { Id = Guid.NewGuid(), Name = name, Query = query, Shared = true });
    }

    private static long Sum(IEnumerable<LedgerEntry> books) => books.Sum(e => e.Amount.Paise);

    [Fact]
    public async Task Undoing_splitting_and_the_same_file_again_bring_nothing_back_and_nothing_can_be_added()
    {
        await using var life = await WholeLife.LiveAsync(postgres);
        var app = life.App;
        await EraseAsync(life.Manager, life.Lead.PersonId);

        await life.Manager.GetAsync($"/changes/{life.Import.Id}/undoings/new");
        await life.Manager.SubmitAsync($"form[action='/changes/{life.Import.Id}/undoings']");
        while (await app.Get<ChangeUndo>().ContinueAsync((await app.LoadAsync<Change>(life.Import.Id)).UndoneBy!.Value, default)) { }
        await life.Manager.GetAsync($"/people/{life.Lead.PersonId}");
        Assert.Empty(life.Manager.Page.Html.QuerySelectorAll("form[action$='/notes'], form[action$='/tags']"));
        var refused = await life.Manager.PostAsync($"/leads/{life.Lead.Id}/notes", new()
        {
            ["text"] = WholeLife.Told,
            ["__RequestVerificationToken"] =
                life.Manager.Page.One("form[action='/signout'] [name='__RequestVerificationToken']").GetAttribute("value")!,
        });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("This person was erased as E-0001.", refused.Text);

        var after = await Haystack.FindAsync(app.ConnectionString, WholeLife.Needles);
        Assert.DoesNotContain(after, f => !Kept.Any(k => f.StartsWith(k, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_same_file_again_brings_nobody_back_and_another_file_brings_somebody_new()
    {
        using var desk = await Imports.ImportDesk.OpenAsync(postgres);
        await using var app = desk.App;
        const string row = $"{WholeLife.Name},{WholeLife.Phone},{WholeLife.Email},CPC,{WholeLife.Told}\n";
        const string file = "Name,Phone,Email,Course,Remarks\n" + row;
        await desk.DropAsync("old.csv", file);
        await desk.ImportAsync();
        var before = Assert.Single(await app.AllAsync<Person>());
        await EraseAsync(desk.Browser, before.Id);
        Assert.Empty(await Haystack.FindAsync(app.ConnectionString, WholeLife.Needles));

        await desk.DropAsync("old.csv", file);
        await desk.ImportAsync();
        var same = (await app.AllAsync<Person>()).Where(p => p.Id != before.Id).ToList();
        await desk.DropAsync("new.csv", $"Name,Phone,Email,Course\n{WholeLife.Name},{WholeLife.Phone},{WholeLife.Email},CPC\n");
        await desk.ImportAsync();

        Assert.Empty(same);
        var somebody = Assert.Single(await app.AllAsync<Person>(), p => p.Id != before.Id);
        Assert.Equal(WholeLife.Name, somebody.Name.Text);
        Assert.True((await app.LoadAsync<Person>(before.Id)).IsErased);
        var lead = Assert.Single(await app.AllAsync<Lead>(), l => l.PersonId == somebody.Id);
        Assert.DoesNotContain(await app.EventsAsync(lead.Id), e => $"{e}".Contains(WholeLife.Told, StringComparison.Ordinal));
    }

    private static async Task<string> BackUpAsync(TestApp app)
    {
        var archive = Path.Combine(app.DataFolder, "before.zip");
        await app.Get<BackupWriter>().WriteAsync(new BackupOrder(app.ConnectionString, app.DataFolder, archive), null, default);
        return archive;
    }

    // In a database of its own, beside the same list of who was erased.
    private async Task<TestApp> RestoreAsync(TestApp app, string archive)
    {
        var target = await postgres.CreateEmptyDatabaseAsync();
        await app.Get<BackupReader>().RestoreAsync(
            new RestoreOrder(target, Path.Combine(app.DataFolder, "new"), archive, null, false), null, default);
        Assert.NotEmpty(await Haystack.FindAsync(target, WholeLife.Needles));
        return await TestApp.StartOnAsync(target,
            new Dictionary<string, string?> { ["Backup:Folder"] = Path.Combine(app.DataFolder, "backups") }, described: false);
    }

    [Fact]
    public async Task A_backup_from_before_a_merge_brings_neither_of_the_two_records_back()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var kept = await app.AddLeadAsync(course, "Quentin Aylward", "quentin@mail.example");
        var other = await app.AddLeadAsync(course, WholeLife.Name, WholeLife.Email, WholeLife.Phone);
        var archive = await BackUpAsync(app);
        Assert.True(await app.Get<MergePeople>().MergeAsync(kept.PersonId, other.PersonId, [], null, app.Now(), default));
        using var manager = await app.SignInAsync(Roles.Manager);
        await EraseAsync(manager, kept.PersonId);

        await using var restored = await RestoreAsync(app, archive);
        await restored.Get<Eraser>().ReconcileAsync(default);

        Assert.Empty(await Haystack.FindAsync(restored.ConnectionString, [.. WholeLife.Needles, "Quentin"]));
        var erasure = Assert.Single(await restored.AllAsync<Erasure>());
        Assert.Equal((kept.PersonId, other.PersonId), (erasure.Person, Assert.Single(erasure.GaveWay)));
    }

    [Fact]
    public async Task A_backup_from_between_a_merge_and_its_undoing_has_nobody_erased_who_was_not()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var stays = await app.AddLeadAsync(course, "Quentin Aylward", "quentin@mail.example");
        var goes = await app.AddLeadAsync(course, WholeLife.Name, WholeLife.Email, WholeLife.Phone);
        Assert.True(await app.Get<MergePeople>().MergeAsync(stays.PersonId, goes.PersonId, [], null, app.Now(), default));
        var archive = await BackUpAsync(app);
        Assert.True(await app.Get<MergePeople>().SplitAsync(stays.PersonId, goes.PersonId, app.Now(), default));
        using var manager = await app.SignInAsync(Roles.Manager);
        await EraseAsync(manager, goes.PersonId);

        await using var restored = await RestoreAsync(app, archive);
        await restored.Get<Eraser>().ReconcileAsync(default);

        Assert.False((await restored.LoadAsync<Person>(stays.PersonId)).IsErased);
        Assert.Empty(await restored.AllAsync<Erasure>());
        Assert.True(await restored.Get<MergePeople>().SplitAsync(stays.PersonId, goes.PersonId, restored.Now(), default));
        await restored.Get<Eraser>().ReconcileAsync(default);
        Assert.True((await restored.LoadAsync<Person>(goes.PersonId)).IsErased);
        Assert.False((await restored.LoadAsync<Person>(stays.PersonId)).IsErased);
        Assert.Equal("E-0001", Assert.Single(await restored.AllAsync<Erasure>()).Id);
    }

    [Fact]
    public async Task A_line_of_the_list_that_a_kill_cut_off_is_written_once_more_and_can_be_read()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (course, list) = (await app.AddCourseAsync(), app.Get<ErasureList>());
        using var manager = await app.SignInAsync(Roles.Manager);
        foreach (var name in new[] { "Quentin Aylward", "Binu George" })
            await EraseAsync(manager, (await app.AddLeadAsync(course, name, null)).PersonId);
        await using (var file = new FileStream(list.Path, FileMode.Open)) file.SetLength(file.Length - 60);
        Assert.Equal(["E-0001"], (await list.ReadAsync(default)).Select(l => l.Number));

        await app.Get<Eraser>().ReconcileAsync(default);

        Assert.Equal(["E-0001", "E-0002"], (await list.ReadAsync(default)).Select(l => l.Number));
    }

    [Fact]
    public async Task A_restored_backup_does_not_bring_them_back()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), WholeLife.Name, WholeLife.Email, WholeLife.Phone);
        using var manager = await app.SignInAsync(Roles.Manager);
        var archive = await BackUpAsync(app);
        await EraseAsync(manager, lead.PersonId);
        Assert.DoesNotContain("Zephyrine", await File.ReadAllTextAsync(app.Get<ErasureList>().Path));

        await using var restored = await RestoreAsync(app, archive);
        await restored.Get<Eraser>().ReconcileAsync(default); // as each start does, before anything is served
        await restored.Get<Eraser>().ReconcileAsync(default);

        Assert.Empty(await Haystack.FindAsync(restored.ConnectionString, WholeLife.Needles));
        Assert.Equal("E-0001", Assert.Single(await restored.AllAsync<Erasure>()).Id);
        Assert.Equal("E-0001", (await restored.LoadAsync<Person>(lead.PersonId)).ErasedAs);
        var another = await restored.AddLeadAsync((await restored.AllAsync<Crm.Courses.Course>())[0], "Somebody Else", null);
        var stamp = restored.Now();
        await restored.Get<Eraser>().EraseAsync(
            another.PersonId, ErasureReason.Asked, stamp, AuditEntry.Of(AuditKind.Erased, stamp), default);
        Assert.Equal(["E-0001", "E-0002"], (await restored.AllAsync<Erasure>()).Select(e => e.Id).Order());
    }

    [Fact]
    public async Task Who_owes_has_money_due_or_sits_in_a_batch_is_not_erased_and_is_told_why()
    {
        await using var office = await Enrolments.Office.OpenAsync(postgres, role: Roles.Manager);
        var (_, seat) = await office.EnrolAsync();

        var owes = await EraseFormAsync(office.Staff, seat.PersonId);
        await office.PayAsync(seat, 42_000);
        var sits = await EraseFormAsync(office.Staff, seat.PersonId);
        var refused = await Assert.ThrowsAsync<Refusal>(() => office.App.Get<Eraser>().EraseAsync(seat.PersonId, ErasureReason.Asked,
            office.App.Now(), AuditEntry.Of(AuditKind.Erased, office.App.Now()), default));

        Assert.Contains($"₹42,000 is owed for {seat.RollNumber}", owes);
        Assert.Contains($"They have the seat {seat.RollNumber}", sits);
        Assert.Contains(seat.RollNumber, refused.Message);
        Assert.Empty(await office.App.AllAsync<Erasure>());
        Assert.Equal("Anjali Nair", (await office.App.LoadAsync<Person>(seat.PersonId)).Name.Text);
    }

    private static async Task<string> EraseFormAsync(Browser manager, Guid person)
    {
        var page = await manager.GetAsync($"/people/{person}/data");
        Assert.Empty(page.Html.QuerySelectorAll("form[action$='/erasure']"));
        return page.One(".problem").TextContent;
    }

    [Fact]
    public async Task Without_the_tick_nothing_is_erased_and_pressed_twice_it_is_erased_once()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var manager = await app.SignInAsync(Roles.Manager);
        var form = $"form[action='/people/{lead.PersonId}/data/erasure']";
        await manager.GetAsync($"/people/{lead.PersonId}/data");
        var refused = await manager.SubmitAsync(form);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("cannot be brought back", refused.ErrorOf("sure"));
        var before = manager.Page;

        await Task.WhenAll(manager.Before(app.Host.Server.CreateHandler()).SubmitAsync(form, new() { ["sure"] = "true" }),
            manager.Before(app.Host.Server.CreateHandler()).SubmitAsync(form, new() { ["sure"] = "true" }));

        Assert.NotNull(before);
        Assert.Single(await app.AllAsync<Erasure>());
        Assert.Single((await app.EventsAsync(lead.PersonId)).OfType<PersonErased>());
    }

    [Fact]
    public async Task Who_asks_again_afterwards_is_somebody_new_and_a_stop_of_emails_still_holds()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course, WholeLife.Name, WholeLife.Email, WholeLife.Phone);
        var link = new Uri(app.Get<UnsubscribeLinks>().For(EmailAddress.FromStored(WholeLife.Email))).PathAndQuery;
        using var visitor = app.Browse();
        await visitor.GetAsync(link);
        await visitor.SubmitAsync("form");
        using var manager = await app.SignInAsync(Roles.Manager);
        await EraseAsync(manager, lead.PersonId);

        var again = await app.AddLeadAsync(course, WholeLife.Name, WholeLife.Email, WholeLife.Phone);

        Assert.NotEqual(lead.PersonId, again.PersonId);
        Assert.Null((await app.PersonOfAsync(again)).Email);
    }
}

using System.Text.Json;
using Crm.Accounts;
using Crm.Changes;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Marten;
using Npgsql;

namespace Crm.Tests.Changes;

/// <summary>Acts on many things are recorded, and taken back exactly, or left where somebody has gone on with them.</summary>
public sealed class UndoTests(TestPostgres postgres)
{
    // An import without its file: people and their leads in several transactions, as one change.
    private static async Task<Change> ImportAsync(TestApp app, Course course, params string[] names)
    {
        app.Time.Advance(TimeSpan.FromMinutes(1));
        Change? change = null;
        var id = Guid.CreateVersion7();
        foreach (var batch in names.Chunk(names.Length < 50 ? 2 : 50))
        {
            await using var session = app.Store.LightweightSession();
            change ??= ChangeWriter.Begin(session, ChangeKind.Import, "Imported from leads.csv", app.Now(), id);
            foreach (var name in batch)
            {
                var person = PersonWriter.Register(session, new PersonRegistered(PersonName.FromStored(name),
                    [PhoneNumber.FromE164($"+9198460{Array.IndexOf(names, name):00000}")],
                    EmailAddress.FromStored($"{name[0]}@mail.example"),
                    Standing.Given, "Agreed", "Import"), app.Now());
                await app.Get<LeadWriter>().StartAsync(session, [new LeadReceived("L-222222", person.Id,
                    new CourseRef(course.Id, course.Code, course.Name), PreferredTime.Anytime, new LeadSource("Fair"), null)],
                    app.Now(), person, default);
            }
            await change.NoteAsync(session, default);
            await session.SaveChangesAsync();
        }
        await using var last = app.Store.LightweightSession();
        change!.End(last, app.Clock.Now);
        await last.SaveChangesAsync();
        return change!;
    }

    // A bulk act without its pages.
    private static async Task<Change> BulkAsync(TestApp app, IEnumerable<Lead> leads, Func<Lead, IReadOnlyList<LeadEvent>> rule)
    {
        app.Time.Advance(TimeSpan.FromMinutes(1)); // what happens at one moment is taken for one act
        await using var session = app.Store.LightweightSession();
        foreach (var lead in leads)
            await app.Get<LeadWriter>().ChangeAsync(session, lead.Id, app.Now(), w => Task.FromResult(rule(w.Lead)), null, default);
        var change = ChangeWriter.Record(session, ChangeKind.Bulk, "Marked lost", app.Now())!;
        await session.SaveChangesAsync();
        return change;
    }

    private static Task<Change?> UndoAsync(TestApp app, Change change)
    {
        app.Time.Advance(TimeSpan.FromMinutes(1));
        return app.Get<ChangeUndo>().UndoAsync(change.Id, app.Now(), default);
    }

    private static async Task<Change> OnlyAsync(TestApp app, ChangeKind kind) =>
        Assert.Single(await app.AllAsync<Change>(), c => c.Kind == kind);

    // All that is stored but the record itself: events, the forms and enquiries that came, and changes. The number of events of a
    // stream is a part of that record. Of the reports' tables, their own tests say that they follow.
    private static async Task<IReadOnlyList<string>> StoredAsync(TestApp app)
    {
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        var stored = new List<string>();
        foreach (var table in await NamesAsync(source))
        {
            await using var command = source.CreateCommand(
                $"select ((to_jsonb(t) - 'mt_version') #- '{{data,Version}}')::text from enrolment.{table} t");
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync()) stored.Add($"{table} {rows.GetString(0)}");
        }
        return [.. stored.Order(StringComparer.Ordinal)];
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("""
            select table_name::text from information_schema.tables where table_schema = 'enrolment' and table_type = 'BASE TABLE'
                and table_name not in ('mt_events', 'mt_streams', 'mt_event_progression', 'mt_doc_change', 'change_rows')
                and table_name not like 'funnel%' and table_name not like 'fee%'
            """);
        await using var rows = await command.ExecuteReaderAsync();
        var names = new List<string>();
        while (await rows.ReadAsync()) names.Add(rows.GetString(0));
        return names;
    }

    [Fact]
    public async Task Import_merge_and_bulk_edit_undone_in_reverse_order_leave_all_that_is_stored_as_it_was()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var known = await app.AddLeadAsync(course, "Anu George", "anu@mail.example");
        await app.ChangeAsync(known, l =>
            LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.NewGuid(), app.Clock.Now.AddDays(2), "Call"));
        var nothing = await StoredAsync(app);

        var import = await ImportAsync(app, course, "Anu", "Binu", "Ciby", "Deepa", "Elsa");
        var imported = await StoredAsync(app);
        var anu = Assert.Single(await app.AllAsync<Person>(), p => p.Name.Text == "Anu");
        app.Time.Advance(TimeSpan.FromMinutes(1));
        await app.Get<MergePeople>().MergeAsync(known.PersonId, anu.Id, ["name"], null, app.Now(), default);
        var merged = await StoredAsync(app);
        var bulk = await BulkAsync(app, await app.AllAsync<Lead>(), l => LeadRules.Lose(l, LostReason.Fee, null));

        Assert.Equal((6, 0, 6), (bulk.Rows, bulk.People, bulk.Leads));
        Assert.Equal((10, 5, 5), (import.Rows, import.People, import.Leads));
        await UndoAsync(app, bulk);
        Assert.Equal(merged, await StoredAsync(app));
        await UndoAsync(app, await OnlyAsync(app, ChangeKind.Merge));
        Assert.Equal(imported, await StoredAsync(app));
        await UndoAsync(app, import);
        // What was written to those who are gone stays on record as withdrawn.
        Assert.Equal(nothing, [.. (await StoredAsync(app)).Where(s => !s.Contains("\"Status\": \"Cancelled\"", StringComparison.Ordinal))]);
        Assert.All(await app.AllAsync<Change>(), c =>
            Assert.Equal(c.Kind == ChangeKind.Undo ? ChangeStatus.Done : ChangeStatus.Undone, c.Status));
    }

    private static async Task<IReadOnlyList<ChangeRow>> RowsAsync(TestApp app, Change change)
    {
        await using var session = app.Store.QuerySession();
        return await ChangeRows.AfterAsync(session, change.Id, 0, 1000, default);
    }

    [Fact]
    public async Task What_somebody_has_gone_on_with_is_left_with_the_reason_and_the_rest_is_gone_everywhere_at_once()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var staff = await app.SignInAsync(Roles.Manager);
        var course = await app.AddCourseAsync();
        var import = await ImportAsync(app, course, "Anu George", "Binu George", "Ciby Mathew");
        var leads = (await app.AllAsync<Lead>()).OrderBy(l => l.Id).ToList();
        var people = (await app.AllAsync<Person>()).ToDictionary(p => p.Id);
        var called = leads.Single(l => people[l.PersonId].Name.Text == "Binu George");
        await app.ChangeAsync(called, l => LeadRules.LogContact(l, app.Clock.Now, null, ContactChannel.Call, ContactOutcome.Busy, null),
            Actor.Staff(Guid.NewGuid(), "Divya Menon"));
        // Known by the same number, and asked about something else since: their record stays, and so does the new lead.
        var other = await app.AddCourseAsync("CCS");
        var asked = leads.Single(l => people[l.PersonId].Name.Text == "Ciby Mathew");
        await app.ChangeAsync(asked, l => LeadRules.AddNote("to be touched"));
        var gone = leads.Single(l => people[l.PersonId].Name.Text == "Anu George");

        await UndoAsync(app, import);

        var undone = await app.LoadAsync<Change>(import.Id);
        Assert.Equal((ChangeStatus.PartlyUndone, 4), (undone.Status, undone.LeftOut));
        var rows = (await RowsAsync(app, import)).ToDictionary(r => r.Stream);
        Assert.Equal((RowState.Left, "called by Divya Menon since"), (rows[called.Id].State, rows[called.Id].Why));
        Assert.Equal((RowState.Left, "has a lead that stays"), (rows[called.PersonId].State, rows[called.PersonId].Why));
        Assert.Equal((RowState.Left, "a note was written by System since"), (rows[asked.Id].State, rows[asked.Id].Why));
        Assert.Equal((RowState.Undone, RowState.Undone), (rows[gone.Id].State, rows[gone.PersonId].State));
        Assert.Equal("2 leads", (await staff.GetAsync("/leads")).One(".count").TextContent);
        Assert.Equal(["Binu George"], (await staff.GetAsync("/leads?q=george")).Texts("td.who a"));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await staff.GetAsync($"/leads/{gone.Id}")).Status);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await staff.GetAsync($"/people/{gone.PersonId}")).Status);
        Assert.Empty((await staff.GetAsync("/leads?source=Fair&q=anu")).Html.QuerySelectorAll("td.who"));
        Assert.Contains("Enquiries 2", string.Join(' ', (await staff.GetAsync("/reports")).One("main").TextContent
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        var again = await app.AddLeadAsync(other, "Anu George", null, people[gone.PersonId].Phone!.E164);
        Assert.DoesNotContain(again.PersonId, people.Keys);
    }

    // A change of one lead in three transactions; somebody acts between the second and the third.
    private static async Task<Change> TouchThriceAsync(TestApp app, Lead lead, Func<Task> between)
    {
        Change? change = null;
        foreach (var text in new[] { "first", "second", "third" })
        {
            if (text == "third") await between();
            app.Time.Advance(TimeSpan.FromMinutes(1));
            await using var session = app.Store.LightweightSession();
            change ??= ChangeWriter.Begin(session, ChangeKind.Import, "Imported from leads.csv", app.Now());
            await app.Get<LeadWriter>().ChangeAsync(
                session, lead.Id, app.Now(), _ => Task.FromResult(LeadRules.AddNote(text)), null, default);
            await change.NoteAsync(session, default);
            if (text == "third") change.End(session, app.Clock.Now);
            await session.SaveChangesAsync();
        }
        return change!;
    }

    [Fact]
    public async Task What_a_long_change_touched_again_is_counted_once_and_is_never_why_it_is_left()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (course, divya) = (await app.AddCourseAsync(), Actor.Staff(Guid.NewGuid(), "Divya Menon"));
        var lead = await app.AddLeadAsync(course);
        var version = lead.Version;
        Task CallAsync() => app.ChangeAsync(lead,
            l => LeadRules.LogContact(l, app.Clock.Now, null, ContactChannel.Call, ContactOutcome.Busy, null), divya);

        var change = await TouchThriceAsync(app, lead, CallAsync);

        Assert.Equal((2, 1), (change.Rows, change.Leads));
        var rows = await RowsAsync(app, change);
        Assert.Equal([(version, version + 2), (version + 3, version + 4)], rows.Select(r => (r.Before, r.After)));
        await using var session = app.Store.QuerySession();
        var preview = await ChangeUndo.LookAsync(session, change.Id, 1000, default);
        Assert.Equal((1, "called by Divya Menon since"), (preview.Back, Assert.Single(preview.Left).Why));
        await UndoAsync(app, change);
        Assert.Equal([(RowState.Left, "called by Divya Menon since"), (RowState.Undone, null)],
            (await RowsAsync(app, change)).Select(r => (r.State, r.Why)));
        Assert.Equal(1, (await app.LoadAsync<Change>(change.Id)).LeftOut);
    }

    [Fact]
    public async Task What_a_change_did_itself_is_no_reason_also_where_what_was_between_was_undone()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        var change = await TouchThriceAsync(app, lead, async () =>
            await UndoAsync(app, await BulkAsync(app, [lead], l => LeadRules.Assign(l, Guid.NewGuid(), "Asha Nair"))));
        await app.ChangeAsync(lead, l => LeadRules.LogContact(l, app.Clock.Now, null, ContactChannel.Call, ContactOutcome.Busy, null),
            Actor.Staff(Guid.NewGuid(), "Divya Menon"));

        await UndoAsync(app, change);

        Assert.All(await RowsAsync(app, change), r => Assert.Equal((RowState.Left, "called by Divya Menon since"), (r.State, r.Why)));
    }

    [Fact]
    public async Task An_undoing_can_be_undone_and_the_change_undone_once_more()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var import = await ImportAsync(app, course, [.. Enumerable.Range(0, 120).Select(i => $"Anu {(char)('A' + i % 26)}{i}")]);
        var bulk = await BulkAsync(app, await app.AllAsync<Lead>(), l => LeadRules.Assign(l, Guid.NewGuid(), "Divya Menon"));
        var assigned = await StoredAsync(app);
        await UndoAsync(app, bulk);
        var imported = await StoredAsync(app);

        var undone = (await UndoAsync(app, import))!;
        Assert.Empty(await app.AllAsync<Lead>());
        Assert.Empty(await app.AllAsync<Person>());
        await UndoAsync(app, undone);

        Assert.Equal(imported, await StoredAsync(app));
        Assert.Equal((ChangeStatus.Done, ChangeStatus.Undone),
            ((await app.LoadAsync<Change>(import.Id)).Status, (await app.LoadAsync<Change>(undone.Id)).Status));
        var bulkUndone = Assert.Single(await app.AllAsync<Change>(), c => c.Undoes == bulk.Id);
        await UndoAsync(app, bulkUndone);
        Assert.Equal(assigned, await StoredAsync(app));
        await UndoAsync(app, bulk);
        Assert.Equal(imported, await StoredAsync(app));
        await UndoAsync(app, import);
        Assert.Empty(await app.AllAsync<Lead>());
    }

    [Fact]
    public async Task An_undoing_that_was_interrupted_goes_on_where_it_stood_and_two_begin_one()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var import = await ImportAsync(app, course, [.. Enumerable.Range(0, 120).Select(i => $"Anu {(char)('A' + i % 26)}{i}")]);
        var undo = app.Get<ChangeUndo>();
        await using (var session = app.Store.LightweightSession())
        {
            await ChangeUndo.BeginAsync(session, import.Id, app.Now(), default);
            await session.SaveChangesAsync(TestContext.Current.CancellationToken);
        }
        var undoing = await OnlyAsync(app, ChangeKind.Undo);
        await undo.ContinueAsync(undoing.Id, default);
        Assert.Equal((240, ChangeUndo.AtOnce), (undoing.Total, (await app.LoadAsync<Change>(undoing.Id)).Seen));

        var refusal = await Assert.ThrowsAsync<Refusal>(() => UndoAsync(app, import));
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            while ((await app.LoadAsync<Change>(undoing.Id)).IsAtWork) await undo.ContinueAsync(undoing.Id, default);
        }));

        Assert.Equal("Somebody has undone this already.", refusal.Message);
        Assert.Empty(await app.AllAsync<Lead>());
        Assert.Equal((240, 240, ChangeStatus.Done), ((await app.LoadAsync<Change>(undoing.Id)).Seen,
            (await app.LoadAsync<Change>(undoing.Id)).Rows, (await app.LoadAsync<Change>(undoing.Id)).Status));
    }

    [Fact]
    public async Task Mail_that_waits_is_withdrawn_by_the_undoing_and_mail_that_has_left_is_left()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        Lead[] leads = [await app.AddLeadAsync(course, "Anu George", "anu@mail.example"),
            await app.AddLeadAsync(course, "Binu Paul", "binu@mail.example")];
        await app.DeliverAsync();
        app.Time.Advance(TimeSpan.FromMinutes(1));
        var bulk = await BulkAsync(app, leads, _ => [new EmailWritten(Guid.CreateVersion7(), "Hello", "All", false)]);
        var left = Assert.Single(await app.AllAsync<OutboxMessage>(), m => m.Kind == "personal" && m.LeadId == leads[0].Id);
        left.Status = MessageStatus.Sent;
        await app.StoreAsync(left);

        await UndoAsync(app, bulk);

        var rows = (await RowsAsync(app, bulk)).ToDictionary(r => r.Stream);
        Assert.Equal((RowState.Left, "the email has left"), (rows[leads[0].Id].State, rows[leads[0].Id].Why));
        Assert.Equal(RowState.Undone, rows[leads[1].Id].State);
        Assert.Equal(MessageStatus.Cancelled,
            Assert.Single(await app.AllAsync<OutboxMessage>(), m => m.Kind == "personal" && m.LeadId == leads[1].Id).Status);
    }
}

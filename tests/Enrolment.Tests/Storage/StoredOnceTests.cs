using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Accounts;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.Operations;
using Crm.People;
using Crm.Privacy;
using Crm.Storage;
using Marten;
using Npgsql;

namespace Crm.Tests.Storage;

/// <summary>What follows from something else is in one place, and is found there.</summary>
public sealed class StoredOnceTests(TestPostgres postgres)
{
    [Fact]
    public async Task What_finds_a_person_is_in_columns_alone_and_follows_every_change()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "Anjali Nair", "anjali@mail.example", "98470 12345");
        Assert.Equal(("anjali nair", "+919847012345 anjali@mail.example", "anjali nair 919847012345 anjali mail example"),
            await ColumnsAsync(app));

        await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(), _ =>
        [
            new NameCorrected(PersonName.FromStored("Kavya Menon")), new EmailRemoved(EmailAddress.FromStored("anjali@mail.example")),
        ], default);

        Assert.Equal(("kavya menon", "+919847012345", "kavya menon 919847012345"), await ColumnsAsync(app));
        var (person, ofLead) = (await DocumentAsync(app, "person"), await DocumentAsync(app, "lead"));
        Assert.DoesNotContain(new[] { "Keys", "SortName", "SearchText" }, person.ContainsKey);
        Assert.DoesNotContain(new[] { "SourceName", "LastActivityAt", "LaterActivityAt" }, ofLead.ContainsKey);
        Assert.Equal((lead.ReceivedAt, "Direct"), ((await app.LoadAsync<Lead>(lead.Id)).LastActivityAt, lead.SourceName));
    }

    [Theory]
    [InlineData("\"Applicant\"", ActorKind.Applicant, "Applicant")]
    [InlineData("\"System\"", ActorKind.System, "System")]
    [InlineData("""{"Kind": "Staff", "Name": "Divya", "UserId": "01a22cc2-a0b0-70f7-b464-ee242252c567"}""", ActorKind.Staff, "Divya")]
    public void Who_did_it_is_read_as_a_word_and_as_an_object(string stored, ActorKind kind, string name)
    {
        var serializer = MartenSetup.Serializer();

        var by = serializer.FromJson<Actor>(new MemoryStream(Encoding.UTF8.GetBytes(stored)));

        Assert.Equal((kind, name, kind == ActorKind.Staff), (by.Kind, by.Name, by.UserId is not null));
        Assert.Equal(kind != ActorKind.Staff, serializer.ToJson(by) == $"\"{kind}\"");
        Assert.Equal(by, serializer.FromJson<Actor>(new MemoryStream(Encoding.UTF8.GetBytes(serializer.ToJson(by)))));
    }

    [Theory]
    [InlineData("\"Somebody\"")]
    [InlineData("7")]
    public void What_is_nobody_is_no_actor(string stored) => Assert.ThrowsAny<JsonException>(
        () => MartenSetup.Serializer().FromJson<Actor>(new MemoryStream(Encoding.UTF8.GetBytes(stored))));

    [Fact]
    public async Task A_query_for_what_is_left_out_as_usual_is_refused()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await using var session = app.Get<IDocumentStore>().QuerySession();

        var refused = await Assert.ThrowsAsync<NotSupportedException>(() => session.Query<Person>().Where(p => !p.IsMinor).ToListAsync());

        Assert.Equal("No query may ask for Person.IsMinor: where it is as usual, nothing is stored of it.", refused.Message);
        await Assert.ThrowsAsync<NotSupportedException>(() => session.Query<Lead>().OrderBy(l => l.ContactAttempts).ToListAsync());
    }

    [Fact]
    public void A_moment_of_UTC_ends_in_Z_and_any_other_keeps_its_hours()
    {
        var serializer = MartenSetup.Serializer();
        var (here, there) = (TestApp.Start, TestApp.Start.ToOffset(TimeSpan.FromHours(5.5)));

        Assert.Equal("\"2026-11-23T04:30:00Z\"", serializer.ToJson(here));
        Assert.Equal("\"2026-11-23T10:00:00+05:30\"", serializer.ToJson(there));
        foreach (var moment in new[] { here, there })
            Assert.Equal(moment, serializer.FromJson<DateTimeOffset>(new MemoryStream(Encoding.UTF8.GetBytes(serializer.ToJson(moment)))));
    }

    [Fact]
    public async Task The_words_of_a_form_are_found_in_what_it_began_until_they_are_erased()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "Anjali Nair", "anjali@mail.example", "98470 12345");
        Assert.Null(Assert.Single(await app.AllAsync<Enquiry>()).Text);
        using var manager = await app.SignInAsync(Roles.Manager);

        var held = await HeldAsync(app, lead.PersonId);

        Assert.Equal(("Anjali Nair", "anjali@mail.example", lead.CourseId),
            (held?.Text?.Who.Name.Text, held?.Text?.Who.Email?.Text, held?.Text?.Course.Id));
        await app.Get<Eraser>().EraseAsync(
            lead.PersonId, ErasureReason.Asked, app.Now(), AuditEntry.Of(AuditKind.Erased, app.Now()), default);
        Assert.Null((await HeldAsync(app, lead.PersonId))?.Text);
    }

    [Fact]
    public async Task The_outbox_lists_a_brochure_as_it_would_leave_now()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "Anjali Nair", "anjlai@mail.example");
        var stored = await app.OneMessageAsync();
        Assert.Equal(("", "", "Brochure", "anjlai@mail.example"), (stored.Subject, stored.Body, stored.Title, stored.Whom));
        await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(), _ =>
            [new EmailCorrected(EmailAddress.FromStored("anjlai@mail.example"), EmailAddress.FromStored("anjali@mail.example"))], default);
        using var manager = await app.SignInAsync(Roles.Manager);

        var row = (await manager.GetAsync("/outbox?status=waiting")).One("tbody tr").TextContent;

        Assert.Contains("Your CPC brochure from Periyar School of Medical Coding", row);
        Assert.Contains("anjali@mail.example", row);
        Assert.DoesNotContain("anjlai", row);
    }

    // An event says by its type of which class it is: the name of the class is beside those alone that Marten itself has written.
    [Fact]
    public async Task The_newest_of_each_kind_is_read_by_its_type()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync();
        Assert.True(await app.Get<StoredSamples>().ReadAsync(connection, default) > 5);
        await using var rename = new NpgsqlCommand("update enrolment.mt_events set type = 'seat_swapped' where version = 1", connection);
        await rename.ExecuteNonQueryAsync();

        var unknown = await Assert.ThrowsAsync<BackupException>(() => app.Get<StoredSamples>().ReadAsync(connection, default));

        Assert.Contains("seat_swapped", unknown.Message);
    }

    // Else no backup is proven any more, and no upgrade goes through, after a night in which the database died.
    [Fact]
    public async Task An_event_that_never_was_keeps_no_backup_from_being_proven()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync();
        // As the process leaves it that saw the transaction fail. That one knows the name; whoever starts after it does not.
        await using var mark = new NpgsqlCommand(
            "update enrolment.mt_events set type = 'tombstone', data = '{}' where seq_id = (select min(seq_id) from enrolment.mt_events)",
            connection);
        Assert.Equal(1, await mark.ExecuteNonQueryAsync());

        Assert.True(await app.Get<StoredSamples>().ReadAsync(connection, default) > 5);
    }

    private static async Task<Enquiry?> HeldAsync(TestApp app, Guid person)
    {
        await using var session = app.Store.QuerySession();
        var held = await new EnquiryHoldings().FindAsync((await Subject.LoadAsync(session, person, default))!, session, default);
        return held.Select(h => h.Document).OfType<Enquiry>().SingleOrDefault();
    }

    private static async Task<(string, string, string)> ColumnsAsync(TestApp app)
    {
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = source.CreateCommand("select sort_name, keys, search_text from enrolment.mt_doc_person");
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return (row.GetString(0), string.Join(' ', row.GetFieldValue<string[]>(1)), row.GetString(2));
    }

    private static async Task<JsonObject> DocumentAsync(TestApp app, string kind)
    {
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = source.CreateCommand($"select data::text from enrolment.mt_doc_{kind}");
        return JsonNode.Parse((string)(await command.ExecuteScalarAsync())!)!.AsObject();
    }
}

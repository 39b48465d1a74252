using Crm.Courses;
using Crm.Desk;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Tests.Enquiries;

/// <summary>Enquiries that come at one moment are taken together, and nobody can tell by what becomes of them.</summary>
public sealed class NewcomersTests(TestPostgres postgres)
{
    [Fact]
    public async Task Who_come_at_one_moment_are_stored_together_each_with_their_own_lead_and_mail()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();

        var received = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => ReceiveAsync(app, course, $"{Letters(i)} Nair", i)));

        Assert.Equal(60, received.Select(e => e.Reference).Distinct().Count());
        var (people, leads) = (await app.AllAsync<Person>(), await app.AllAsync<Lead>());
        Assert.Equal((60, 60, 60), (people.Count, leads.Count, (await app.AllAsync<Enquiry>()).Count));
        Assert.All(received, e => Assert.Equal((e.LeadId, e.PersonId), leads.Where(l => l.Reference == e.Reference)
            .Select(l => (l.Id, l.PersonId)).Single()));
        var mails = await app.AllAsync<OutboxMessage>();
        Assert.All(people, p => Assert.Single(mails, m => m.To == p.Email!.Text));
        Assert.InRange(await CountAsync(app, "select count(distinct xmin::text) from enrolment.mt_doc_enquiry"), 2, 30);
    }

    [Fact]
    public async Task Who_share_a_number_a_form_or_a_name_are_who_they_would_be_one_after_the_other()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        await app.AddLeadAsync(course, "Known Kurian", "known@mail.example", "+919847000001");
        var form = Guid.CreateVersion7();
        Task<Enquiry>[] all =
        [
            .. Enumerable.Range(0, 20).Select(i => ReceiveAsync(app, course, $"{Letters(i)} Nair", 100 + i)),
            // The same person twice with forms of their own; two of a family on one number; one form pressed twice; two of one name.
            .. Enumerable.Range(0, 2).Select(_ => ReceiveAsync(app, course, "Anu George", 1001)),
            ReceiveAsync(app, course, "Elsa Mathew", 1002), ReceiveAsync(app, course, "Jacob Mathew", 1002),
            .. Enumerable.Range(0, 2).Select(_ => ReceiveAsync(app, course, "Maya Das", 1003, form)),
            ReceiveAsync(app, course, "Indu Menon", 1004), ReceiveAsync(app, course, "Indu Menon", 1005),
            ReceiveAsync(app, course, "Known Kurian", 1),
        ];

        await Task.WhenAll(all);

        var people = await app.AllAsync<Person>();
        int Of(string name) => people.Count(p => p.Name.Text == name);
        Assert.Equal((1, 1, 1, 1, 2, 1), (Of("Anu George"), Of("Elsa Mathew"), Of("Jacob Mathew"), Of("Maya Das"), Of("Indu Menon"),
            Of("Known Kurian")));
        Assert.Equal(20 + 7, people.Count);
        Assert.Equal(people.Count, (await app.AllAsync<Lead>()).Select(l => l.PersonId).Distinct().Count());
        var pairs = await app.AllAsync<PossibleDuplicate>();
        string Names(PossibleDuplicate pair) =>
            string.Join(" and ", new[] { pair.Newer, pair.Older }.Select(id => people.Single(p => p.Id == id).Name.Text).Order());
        Assert.Equal(["Elsa Mathew and Jacob Mathew", "Indu Menon and Indu Menon"], pairs.Select(Names).Order());
    }

    [Fact]
    public async Task Of_many_of_one_name_who_come_at_one_moment_each_is_listed_beside_those_before()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();

        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => ReceiveAsync(app, course, "Indu Menon", 2000 + i)));

        // Five of one name are looked for: 0, 1, 2, 3, 4, and then 5 beside each.
        Assert.Equal(12, (await app.AllAsync<Person>()).Count);
        Assert.Equal(45, (await app.AllAsync<PossibleDuplicate>()).Count);
    }

    [Fact]
    public async Task One_that_cannot_be_stored_costs_the_others_nothing()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        await CountAsync(app, "alter table enrolment.mt_doc_person add constraint nobody check (sort_name <> 'bad nair')");

        var all = Enumerable.Range(0, 30).Select(i => ReceiveAsync(app, course, i == 17 ? "Bad Nair" : $"{Letters(i)} Nair", i)).ToList();
        await Task.WhenAll(all.Select(one => one.ContinueWith(_ => { }, TaskScheduler.Default)));

        Assert.Equal([17], all.Index().Where(one => one.Item.IsFaulted).Select(one => one.Index));
        Assert.Equal((29, 29), ((await app.AllAsync<Person>()).Count, (await app.AllAsync<Lead>()).Count));
    }

    [Fact]
    public async Task What_somebody_else_stores_because_of_an_enquiry_is_stored_with_it()
    {
        await using var app = await TestApp.StartAsync(postgres, services: s => s.AddSingleton<ILeadReaction, KeepsAView>());
        var course = await app.AddCourseAsync();

        var received = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => ReceiveAsync(app, course, $"{Letters(i)} Nair", i)));

        Assert.Equal(received.Select(e => e.LeadId).Order(), (await app.AllAsync<SavedView>()).Select(v => v.Id).Order());
        Assert.Equal(3, (await app.AllAsync<Lead>()).Count);
    }

    [Fact]
    public async Task Who_is_known_already_costs_no_counsellor_a_turn()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        foreach (var name in new[] { "Divya Menon", "Ashik Rahman" }) await app.AddUserAsync(name);

        for (var i = 0; i < 10; i++)
            for (var again = 0; again < 2; again++) await ReceiveAsync(app, course, $"{Letters(i)} Nair", i);

        Assert.Equal([5, 5], (await app.AllAsync<Lead>()).GroupBy(l => l.CounsellorName).Select(g => g.Count()));
    }

    [Fact]
    public async Task What_fails_when_the_transaction_ends_is_not_said_to_be_kept()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        await CountAsync(app, """
            create function enrolment.never() returns trigger language plpgsql as $$ begin raise exception 'Never'; end $$;
            create constraint trigger never after insert on enrolment.mt_doc_lead deferrable initially deferred
                for each row when (new.data -> 'Source' ->> 'Name' = 'never') execute function enrolment.never();
            """);
        var never = New(course, "Anjali Nair", 1) with { Source = new LeadSource("never") };

        await Assert.ThrowsAnyAsync<Exception>(() => app.Get<Intake>().ReceiveAsync(never, default));

        await ReceiveAsync(app, course, "Anjali Nair", 1);
        Assert.Equal("Direct", Assert.Single(await app.AllAsync<Lead>()).Source.Name);
    }

    [Fact]
    public async Task Who_waits_for_a_record_that_is_locked_keeps_nobody_else_waiting()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended('+919847000077', 0))", connection);
        await hold.ExecuteNonQueryAsync();
        var locked = Enumerable.Range(0, 10).Select(i => ReceiveAsync(app, course, $"{Letters(i)} Nair", 77)).ToList();

        var others = Enumerable.Range(20, 20).Select(i => ReceiveAsync(app, course, $"{Letters(i)} Nair", 100 + i));
        await Task.WhenAll(others);

        Assert.DoesNotContain(locked, l => l.IsCompleted);
        await transaction.CommitAsync();
        await Task.WhenAll(locked);
        Assert.Equal(30, (await app.AllAsync<Lead>()).Count);
    }

    [Fact]
    public async Task What_was_kept_aside_is_not_listed_any_more_when_it_comes_with_others_and_who_wants_no_mail_gets_none()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var form = Guid.CreateVersion7();
        await app.StoreAsync(SuspectedEnquiry.Of(New(course, "Kept Aside", 9, form), "filled", "L-ASIDE2", app.Clock.Now));
        await app.StoreAsync(new StoppedAddress { Id = StoppedAddress.IdOf("a5@mail.example") });

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => i == 9
            ? ReceiveAsync(app, course, "Kept Aside", 9, form)
            : ReceiveAsync(app, course, $"{Letters(i)} Nair", i)));

        Assert.Empty(await app.AllAsync<SuspectedEnquiry>());
        Assert.DoesNotContain(await app.AllAsync<OutboxMessage>(), m => m.To == "a5@mail.example");
        Assert.Equal(20, (await app.AllAsync<Person>()).Count);
    }

    private static string Letters(int i) => $"{(char)('A' + i % 26)}{(char)('a' + i / 26)}sha";

    private static NewEnquiry New(Course course, string name, int number, Guid? form = null) => new(
        form ?? Guid.CreateVersion7(), PersonName.Read(name).Name!, [PhoneNumber.FromE164($"+9198470{number:00000}")],
        EmailAddress.FromStored($"a{number}@mail.example"), course, PreferredTime.Anytime, LeadSource.Direct, "Agreed", null,
        Actor.Applicant);

    private static Task<Enquiry> ReceiveAsync(TestApp app, Course course, string name, int number, Guid? form = null) =>
        Task.Run(() => app.Get<Intake>().ReceiveAsync(New(course, name, number, form), default));

    private static async Task<long> CountAsync(TestApp app, string sql)
    {
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync() is long count ? count : 0;
    }

    private sealed class KeepsAView : ILeadReaction
    {
        public Task ReactAsync(LeadChange change, IDocumentSession session, CancellationToken cancel)
        {
            session.Store(new SavedView { Id = change.Lead.Id });
            return Task.CompletedTask;
        }
    }
}

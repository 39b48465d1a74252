using System.Net;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Npgsql;

namespace Crm.Tests.Enquiries;

/// <summary>Merging while others work on the same records, and what goes along.</summary>
public sealed class MergeAtOnceTests(TestPostgres postgres)
{
    private const string Number = "+919847055508";

    private static async Task<Lead[]> AddAsync(TestApp app, params string[] names)
    {
        var course = await app.AddCourseAsync();
        var leads = new List<Lead>();
        foreach (var name in names) leads.Add(await app.AddLeadAsync(course, name, $"{leads.Count}@mail.example", Number));
        Assert.Equal(names.Length, leads.Select(l => l.PersonId).Distinct().Count());
        return [.. leads];
    }

    private static async Task<HttpStatusCode> MergeAsync(Browser staff, Guid keep, Guid other)
    {
        await staff.GetAsync($"/people/{keep}/merges/new?with={other}");
        return (await staff.SubmitAsync($"form[action='/people/{keep}/merges']")).Status;
    }

    [Fact]
    public async Task Two_who_merge_the_same_two_at_once_each_his_own_way_round_make_one_person()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var leads = await AddAsync(app, "Anu George", "Anu");
        var (one, other) = (leads[0].PersonId, leads[1].PersonId);
        using var divya = await app.SignInAsync(await app.AddUserAsync("Divya Menon"));
        using var ravi = await app.SignInAsync(await app.AddUserAsync("Ravi Nair"));

        var answers = await Task.WhenAll(MergeAsync(divya, one, other), MergeAsync(ravi, other, one));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.UnprocessableEntity], answers.Order());
        var goesOn = Assert.Single(await app.AllAsync<Person>(), p => p.MergedInto is null);
        Assert.All(await app.AllAsync<Lead>(), l => Assert.Equal(goesOn.Id, l.PersonId));
    }

    [Fact]
    public async Task One_record_merged_into_two_others_at_once_gives_way_to_one_of_them()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var leads = await AddAsync(app, "Anu George", "Anu", "Binu George");
        using var divya = await app.SignInAsync(await app.AddUserAsync("Divya Menon"));
        using var ravi = await app.SignInAsync(await app.AddUserAsync("Ravi Nair"));

        var answers = await Task.WhenAll(MergeAsync(divya, leads[0].PersonId, leads[1].PersonId),
            MergeAsync(ravi, leads[2].PersonId, leads[1].PersonId));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.UnprocessableEntity], answers.Order());
        var gone = await app.LoadAsync<Person>(leads[1].PersonId);
        Assert.Equal(gone.MergedInto, (await app.LoadAsync<Lead>(leads[1].Id)).PersonId);
        Assert.Equal(gone.MergedInto, Assert.Single(await app.AllAsync<Person>(), p => p.Merges.Count > 0).Id);
    }

    [Fact]
    public async Task A_merge_below_a_later_one_is_split_only_after_it_and_each_lead_comes_home()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var leads = await AddAsync(app, "Anu George", "Anu", "Binu George");
        Guid[] people = [.. leads.Select(l => l.PersonId)];
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await MergeAsync(staff, people[0], people[1]);
        await staff.GetAsync("/people/" + people[0]);
        var old = staff.Page.One($"form[action='/people/{people[0]}/splits']").QuerySelector("[name='__RequestVerificationToken']")!
            .GetAttribute("value")!;
        await MergeAsync(staff, people[2], people[0]);

        var tooEarly = await staff.PostAsync($"/people/{people[0]}/splits",
            new() { ["other"] = people[1].ToString(), ["__RequestVerificationToken"] = old });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, tooEarly.Status);
        Assert.Contains("split those two first", tooEarly.Text);
        foreach (var kept in new[] { people[2], people[0] })
        {
            await staff.GetAsync("/people/" + kept);
            Assert.Equal(HttpStatusCode.OK, (await staff.SubmitAsync($"form[action='/people/{kept}/splits']")).Status);
        }

        foreach (var lead in leads) Assert.Equal(lead.PersonId, (await app.LoadAsync<Lead>(lead.Id)).PersonId);
        Assert.All(await app.AllAsync<Person>(), p => Assert.Null(p.MergedInto));
    }

    [Fact]
    public async Task An_enquiry_under_the_name_that_gave_way_comes_to_the_one_who_goes_on()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var leads = await AddAsync(app, "Anu George", "Anu");
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await MergeAsync(staff, leads[0].PersonId, leads[1].PersonId);
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire/CPC");

        await visitor.SubmitAsync("form#enquiry", new() { ["name"] = "ANU", ["phone"] = Number, ["consent"] = "true" });

        Assert.Equal(2, (await app.AllAsync<Person>()).Count);
        Assert.Equal(3, (await app.AllAsync<Lead>()).Sum(l => l.Enquiries));
    }

    [Theory]
    [InlineData("merged")]
    [InlineData("merged and split again")]
    public async Task An_enquiry_that_finds_a_record_while_it_is_being_merged_comes_to_whoever_it_is_of_then(string what)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var leads = await AddAsync(app, "Anu George", "Anu");
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync();
        await using var held = await connection.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("select 1 from enrolment.mt_streams where id = $1 for update", connection);
        hold.Parameters.Add(new() { Value = leads[1].Id });
        await hold.ExecuteNonQueryAsync();
        var merging = app.Get<MergePeople>();

        // The merge has both records and waits for the lead; the enquiry has found the record that gives way and waits for it.
        var merge = merging.MergeAsync(leads[0].PersonId, leads[1].PersonId, [], null, app.Now(), default);
        await UntilWaitingAsync(app, 1);
        var enquiry = app.AddLeadAsync(await app.LoadAsync<Course>(leads[1].CourseId), "Anu", "1@mail.example", Number);
        await UntilWaitingAsync(app, 2);
        await held.RollbackAsync();
        Assert.True(await merge);
        if (what != "merged") await merging.SplitAsync(leads[0].PersonId, leads[1].PersonId, app.Now(), default);
        var lead = await enquiry;

        Assert.Equal(2, (await app.AllAsync<Person>()).Count);
        Assert.Equal(3, (await app.AllAsync<Lead>()).Sum(l => l.Enquiries));
        var now = await app.LoadAsync<Lead>(lead.Id);
        Assert.Null((await app.PersonOfAsync(now)).MergedInto);
    }

    [Fact]
    public async Task An_enquiry_that_finds_a_lead_while_it_is_being_lost_begins_a_new_one()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = (await AddAsync(app, "Anu George"))[0];
        await using var session = app.Store.LightweightSession();
        await app.Get<LeadWriter>().ChangeAsync(session, lead.Id, app.Now(),
            work => Task.FromResult(LeadRules.Lose(work.Lead, LostReason.Fee, null)), null, default);

        var enquiry = app.AddLeadAsync(await app.LoadAsync<Course>(lead.CourseId), "Anu George", "0@mail.example", Number);
        await UntilWaitingAsync(app, 1);
        await session.SaveChangesAsync();

        var again = await enquiry;
        Assert.NotEqual(lead.Id, again.Id);
        Assert.Equal((Stage.New, lead.PersonId, 1), (again.Stage, again.PersonId, again.Enquiries));
        var lost = await app.LoadAsync<Lead>(lead.Id);
        Assert.Equal((Stage.Lost, 1, null), (lost.Stage, lost.Enquiries, lost.FollowUp));
    }

    /// <summary>Waits until so many wait for a lock in the app's database.</summary>
    private static async Task UntilWaitingAsync(TestApp app, int count)
    {
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var waiting = source.CreateCommand(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
        await Poll.UntilAsync(async () => (long)(await waiting.ExecuteScalarAsync())! >= count, $"{count} to wait for a lock");
    }

    [Fact]
    public async Task What_was_written_about_a_lead_goes_with_it_there_and_back()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var leads = await AddAsync(app, "Anu George", "Anu");
        await app.NudgeAsync();
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await MergeAsync(staff, leads[0].PersonId, leads[1].PersonId);
        Assert.All(await app.AllAsync<OutboxMessage>(), m => Assert.Equal(leads[0].PersonId, m.PersonId));

        await staff.GetAsync("/people/" + leads[0].PersonId);
        await staff.SubmitAsync($"form[action='/people/{leads[0].PersonId}/splits']");

        var messages = (await app.AllAsync<OutboxMessage>()).ToLookup(m => m.LeadId);
        Assert.All(messages[leads[1].Id], m => Assert.Equal(leads[1].PersonId, m.PersonId));
        Assert.All(messages[leads[0].Id], m => Assert.Equal(leads[0].PersonId, m.PersonId));
        Assert.Equal(["brochure", "nudge"], messages[leads[1].Id].Select(m => m.Kind).Order());
    }
}

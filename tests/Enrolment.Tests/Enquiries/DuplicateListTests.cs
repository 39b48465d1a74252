using Crm.Accounts;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Marten;
using Npgsql;

namespace Crm.Tests.Enquiries;

/// <summary>The list of probable pairs: each with its reason, the most probable first, found without a walk through all.</summary>
public sealed class DuplicateListTests(TestPostgres postgres)
{
    [Fact]
    public async Task Pairs_stand_with_their_reason_the_most_probable_first_and_not_the_same_is_remembered()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (cpc, ccs) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"));
        await app.AddLeadAsync(cpc, "Anu George", "anu@mail.example", "+919847055501");
        await app.AddLeadAsync(cpc, "Anu George", null, "+919847055502"); // asked for the same within days
        await app.AddLeadAsync(ccs, "Leela Paul", "anu@mail.example", "+919847055503"); // the same address
        await app.AddLeadAsync(ccs, "Anu", null, "+919847055501"); // the same phone and half the name
        await app.AddLeadAsync(ccs, "George Anu", "anu@mail.example", "+919847055504"); // the same name and address
        await app.AddLeadAsync(cpc, "Anu", null, "+919847055505"); // one word is many people's name
        app.Time.Advance(TimeSpan.FromDays(8));
        await app.AddLeadAsync(cpc, "Anu George", null, "+919847055506"); // too late to be the same
        using var staff = await app.SignInAsync(Roles.Counsellor);

        var page = await staff.GetAsync("/duplicates");

        string[] reasons = [Likeness.NameAndEmail, Likeness.PhoneAndSimilarName, Likeness.Email, Likeness.NameAndCourse];
        Assert.Equal(reasons, page.Texts("td[data-label='Both have']").Distinct());
        var first = page.Html.QuerySelectorAll("tbody tr")[0];
        Assert.Contains("George Anu", first.TextContent);
        var form = first.QuerySelector("form")!.GetAttribute("action")!;
        var other = first.QuerySelector("[name=other]")!.GetAttribute("value")!;
        await staff.SubmitAsync($"form[action='{form}']:has([value='{other}'])");
        Assert.DoesNotContain(Likeness.NameAndEmail, staff.Page.Texts("td[data-label='Both have']"));
        // Asked for again, they stay apart.
        await app.AddLeadAsync(cpc, "George Anu", "anu@mail.example", "+919847055504");
        Assert.DoesNotContain(Likeness.NameAndEmail, (await staff.GetAsync("/duplicates")).Texts("td[data-label='Both have']"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // a new institute's tables, of which the planner knows nothing
    public async Task Who_may_be_the_same_as_somebody_new_is_looked_up_in_indexes_by_their_name(bool analyzed)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        var course = Guid.NewGuid();
        var people = Enumerable.Range(0, 3000).Select(i => new Person { Id = Guid.CreateVersion7() }.After(new PersonRegistered(
            PersonName.FromStored($"Sree {(char)('a' + i % 26)}oby {i}"), [PhoneNumber.FromE164($"+91984{1_230_000 + i}")], null,
            Standing.Given, "Agreed", "Public form"))).ToList();
        await using (var session = app.Store.LightweightSession())
        {
            session.Store<Person>(people);
            session.Store(people.Select(p =>
                new Lead { Id = Guid.NewGuid(), PersonId = p.Id, CourseId = course, ReceivedAt = app.Clock.Now }));
            await session.SaveChangesAsync(TestContext.Current.CancellationToken);
        }
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using (var set = new NpgsqlCommand(analyzed ? "vacuum analyze" : "set enable_seqscan = off", connection))
            await set.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await using var explain = new NpgsqlCommand("explain (analyze) select d.id from enrolment.mt_doc_person d "
            + Intake.Namesakes.Replace("= ? and d", "= $1 and d").Replace("= ? and l", "= $2 and l").Replace("> ?", "> $3"), connection);
        foreach (var value in new object[] { people[7].SortName, course, app.Clock.Now.AddDays(-7) })
            explain.Parameters.Add(new() { Value = value });
        await using var lines = await explain.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var plan = new List<string>();
        while (await lines.ReadAsync()) plan.Add(lines.GetString(0));

        Assert.DoesNotContain(plan, line => line.Contains("Seq Scan", StringComparison.Ordinal));
        Assert.Contains(plan, line => line.Contains("mt_doc_person_idx_sort_name", StringComparison.Ordinal));
        Assert.Contains(plan, line => line.Contains("mt_doc_lead_idx_person_id", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("mt_doc_lead_idx_course_id", StringComparison.Ordinal));
    }
}

using Crm.Desk;
using Crm.Institute;
using Crm.Leads;
using Crm.People;

namespace Crm.Tests.Desk;

/// <summary>A search with more matches than a page shows.</summary>
public sealed class LeadSearchTests(TestPostgres postgres, SharedApps shared) : IClassFixture<SharedApps>
{
    private const string BelieveIn =
        "select pg_restore_relation_stats('schemaname', 'enrolment', 'relname', 'mt_doc_person', 'reltuples', ?::real)";

    [Theory]
    [InlineData(LeadSort.Received)]
    [InlineData(LeadSort.Activity)]
    [InlineData(LeadSort.Name)]
    [InlineData(LeadSort.Received, 150_000)]
    [InlineData(LeadSort.Received, 1_000_000)]
    [InlineData(LeadSort.Name, 1_000_000)]
    public async Task Matches_come_in_order_and_once_over_all_pages(LeadSort sort, int believed = 0)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        for (var i = 0; i < LeadList.PageSize + 10; i++)
        {
            await app.AddLeadAsync(course, $"Anjali {i * 37 % 100:00}", email: null);
            await app.AddLeadAsync(course, $"Midhun {i:00}", email: null);
            if (i % 3 == 0) app.Time.Advance(TimeSpan.FromMinutes(1)); // some are received at one moment: their ids decide
        }
        var filter = new LeadFilter("anj", Sort: sort);
        await using var session = app.Store.QuerySession();
        // Where the institute is large it is searched in another way, and by how many are found soon, in one of several.
        if (believed > 0) await session.QueryAsync<bool>(BelieveIn, believed);
        var terms = new LeadTerms(app.Clock, new SourceBook(), "IN");

        var first = await LeadList.QueryAsync(session, filter, terms, whole: true, default);
        var second = await LeadList.QueryAsync(session, filter with { After = first.Next }, terms, whole: false, default);

        var all = await app.AllAsync<Lead>();
        var names = (await app.AllAsync<Person>()).ToDictionary(p => p.Id, p => p.Name.Text);
        var expected = all.Where(l => names[l.PersonId].StartsWith("Anjali", StringComparison.Ordinal))
            .OrderBy(l => l.Id.ToString(), StringComparer.Ordinal).ToList();
        if (sort == LeadSort.Name) expected = [.. expected.OrderBy(l => names[l.PersonId], StringComparer.Ordinal)];
        else expected = [.. Enumerable.Reverse(expected).OrderByDescending(l => l.ReceivedAt)];
        Assert.Equal((LeadList.PageSize, 10, null), (first.Rows.Count, second.Rows.Count, second.Next));
        Assert.Equal(expected.Select(l => l.Id), first.Rows.Concat(second.Rows).Select(r => r.Id));
        Assert.Equal(believed > 0, first.IsMore);
        Assert.Equal(believed > 0 ? LeadList.PageSize : LeadList.PageSize + 10, first.Count);
    }

    [Theory]
    [InlineData("345", 2)]
    [InlineData("3456", 2)]
    [InlineData("34567", 1)]
    [InlineData("765", 0)]
    [InlineData("345", 2, 10_000_000)]
    public async Task Some_digits_of_a_number_are_found_where_there_are_very_many_people(string digits, int count, int believed = 1_000_000)
    {
        await using var app = await TestApp.StartAsync(postgres);
        foreach (var phone in new[] { "+919847034567", "+919847034568", "+919846111111" })
            await app.TellAsync("Meera Das", TestApp.Start, phone: phone);
        await using var session = app.Store.QuerySession();
        await session.QueryAsync<bool>(BelieveIn, believed);
        var terms = new LeadTerms(app.Clock, new SourceBook(), "IN");

        var found = await LeadList.QueryAsync(session, new LeadFilter(digits), terms, whole: true, default);

        Assert.Equal((count, count), (found.Rows.Count, found.Count));
    }

    [Fact]
    public async Task Corrected_details_are_what_search_finds()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "K. P. Anoop", phone: "+919847012345");
        await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(),
            p => [new NameCorrected(PersonName.FromStored("José O’Brien")),
                new PhoneCorrected(p.Phone, PhoneNumber.FromE164("+914842900199"))], default);
        await using var session = app.Store.QuerySession();
        var terms = new LeadTerms(app.Clock, new SourceBook(), "IN");

        async Task<int> CountAsync(string q) =>
            (await LeadList.QueryAsync(session, new LeadFilter(q), terms, false, default)).Rows.Count;

        foreach (var found in new[] { "jose", "Jose\u0301", "o'brien", "0484 2900199", "0484-290 0199" })
            Assert.Equal((found, 1), (found, await CountAsync(found)));
        foreach (var gone in new[] { "anoop", "98470 12345" }) Assert.Equal((gone, 0), (gone, await CountAsync(gone)));
    }

    [Theory]
    [InlineData("98470-12345")]
    [InlineData("09847012345")]
    [InlineData("0091 98470 12345")]
    [InlineData("(98470) 12345")]
    [InlineData("0484 2900199")]
    [InlineData("0484-290 0199")]
    [InlineData("LWE397N")]
    [InlineData("l-we397n")]
    [InlineData("L-WE39")]
    [InlineData("അനില്\u200D")]
    [InlineData("അനിൽ")]
    [InlineData("അനി")]
    [InlineData("jose\u0301")]
    [InlineData("JOSÉ")]
    [InlineData("kp jose")]
    [InlineData("o'brien")]
    [InlineData("obrien jose")]
    [InlineData("o'brien@mail")]
    [InlineData("anil 0199")]
    public async Task What_people_quote_finds_the_lead(string q)
    {
        var staff = await shared.OnceAsync(async app =>
        {
            var lead = await app.TellAsync("K. P. José O’Brien", TestApp.Start, phone: "+919847012345", email: "o'brien@mail.example",
                reference: "L-WE397N");
            await app.TellAsync("Meera Das", TestApp.Start, phone: "+971501234567", email: "meera@mail.example");
            await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(),
                _ => [new CertificateNameSet(PersonName.FromStored("അനിൽ Anil")),
                    new PhoneAdded(PhoneNumber.FromE164("+914842900199"), Standing.Confirmed)], default);
            return await app.SignInAsync(Roles.Counsellor);
        });

        var page = await staff.GetAsync("/leads?q=" + Uri.EscapeDataString(q));

        Assert.Equal(["K. P. José O’Brien"], page.Texts("td.who a"));
    }

    [Fact]
    public async Task A_reference_of_letters_alone_is_one_too()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.TellAsync("K. P. Jose", TestApp.Start, reference: "L-WEKNRT");
        await app.TellAsync("Meera Das", TestApp.Start);
        using var staff = await app.SignInAsync(Roles.Counsellor);

        Assert.Equal(["K. P. Jose"], (await staff.GetAsync("/leads?q=l-weknrt")).Texts("td.who a"));
    }

    [Theory]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("- . '")]
    [InlineData("\u200B")]
    [InlineData("😀")]
    public async Task By_signs_alone_nothing_is_searched_and_the_page_says_so(string q)
    {
        var staff = await shared.OnceAsync(async app =>
        {
            await app.TellAsync("100% Meera_Das 😀", TestApp.Start);
            return await app.SignInAsync(Roles.Counsellor);
        });

        var page = await staff.GetAsync("/leads?q=" + Uri.EscapeDataString(q));

        Assert.StartsWith($"Nothing can be searched by “{q}”: type a letter or a digit", page.One(".empty").TextContent);
        Assert.Equal(q, page.One("main [name=q]").GetAttribute("value"));
        Assert.StartsWith("No leads match.", (await staff.GetAsync("/leads?q=xyz")).One(".empty").TextContent);
    }

    [Fact]
    public async Task The_list_says_how_many_there_are()
    {
        await using var app = await TestApp.StartAsync(postgres);
        const int all = 2_107;
        await FillAsync(app, all, i => i % 2 == 0 ? "Anjali Nair" : "Binu Nair");
        using var staff = await app.SignInAsync(Roles.Counsellor);

        async Task<string> CountAsync(string query) => (await staff.GetAsync("/leads?" + query)).One(".count").TextContent;

        Assert.Equal("2,107 leads", await CountAsync(""));
        Assert.Equal("2,107 leads", await CountAsync("q=nair&sort=Name"));
        Assert.Equal("1,054 leads", await CountAsync("q=anjali&stage=open&counsellor=none"));
        Assert.Equal("2,107 leads", await CountAsync("source=Direct&stage=New"));
    }

    [Theory]
    [InlineData(LeadSort.Received)]
    [InlineData(LeadSort.Activity)]
    [InlineData(LeadSort.Name)]
    public async Task Of_what_thousands_have_each_page_comes_in_order_and_their_number_follows_it(LeadSort sort)
    {
        await using var app = await TestApp.StartAsync(postgres);
        const int all = 4_130;
        await FillAsync(app, all, i => $"Anjali {(char)('A' + i % 26)}. Nair");
        await using var session = app.Store.QuerySession();
        var (plain, terms) = (new LeadFilter(Sort: sort), new LeadTerms(app.Clock, new SourceBook(), "IN"));
        var looked = new[] { 0, 1, 40, 80, 81, 82 };
        for (var (page, next) = (0, (string?)null); page == 0 || next is not null; page++)
        {
            var expected = await LeadList.QueryAsync(session, plain with { After = next }, terms, whole: false, default);
            if (looked.Contains(page))
            {
                var found = await LeadList.QueryAsync(session, plain with { Q = "anj", After = next }, terms, whole: true, default);
                var whole = await LeadList.QueryAsync(session, plain with { After = next }, terms, whole: true, default);
                Assert.Equal(whole.Rows.Select(r => r.Id), found.Rows.Select(r => r.Id));
                Assert.Equal((expected.Next, whole.IsCut), (found.Next, found.IsCut));
                Assert.Equal(page < 82, found.IsMore); // the last has so few that they were all looked at
            }
            next = expected.Next;
        }
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var first = await staff.GetAsync($"/leads?q=anj&sort={sort}");
        Assert.Equal("More than 50 leads", first.One("#count").TextContent);
        Assert.Equal("Act on all that match", first.One("[value=all]").TextContent);
        var later = new HttpRequestMessage(HttpMethod.Get, first.One("#count").GetAttribute("hx-get"))
        {
            Headers = { { "HX-Target", "p#count" } },
        };
        Assert.Equal("4,130 leads", (await staff.AskAsync(later)).One("#count").TextContent);
    }

    [Theory]
    [InlineData(LeadSort.Received)]
    [InlineData(LeadSort.Activity)]
    [InlineData(LeadSort.Name)]
    public async Task Fewer_than_were_reckoned_are_looked_for_further_on(LeadSort sort)
    {
        await using var app = await TestApp.StartAsync(postgres);
        // Two digits are reckoned to be in a number of twenty, and are in one of forty: the first walk ends before the page is full.
        await FillAsync(app, 4_000, i => $"Anjali {(char)('A' + i % 26)}. Nair", i => i % 40 == 0 ? "+919847012377" : "+919847012345");
        await using var session = app.Store.QuerySession();
        await session.QueryAsync<bool>(BelieveIn, 10_000_000);
        var (filter, terms) = (new LeadFilter("77", Sort: sort), new LeadTerms(app.Clock, new SourceBook(), "IN"));

        var first = await LeadList.QueryAsync(session, filter, terms, whole: true, default);
        var second = await LeadList.QueryAsync(session, filter with { After = first.Next }, terms, whole: false, default);
        var both = await LeadList.QueryAsync(session, filter with { After = first.Next }, terms, whole: true, default);

        await session.QueryAsync<bool>(BelieveIn, 4_000);
        var known = await LeadList.QueryAsync(session, filter, terms, whole: true, default);
        var rest = await LeadList.QueryAsync(session, filter with { After = known.Next }, terms, whole: false, default);
        Guid[] expected = [.. known.Rows.Concat(rest.Rows).Select(r => r.Id)];
        Assert.Equal((100, 100, null), (expected.Length, expected.Distinct().Count(), rest.Next));
        Assert.Equal(expected, first.Rows.Concat(second.Rows).Select(r => r.Id));
        Assert.Equal(expected, both.Rows.Select(r => r.Id));
        Assert.Equal(sort != LeadSort.Name, first.IsMore); // of names so few were left that all were gathered
        Assert.Null(second.Next);
    }

    private static async Task FillAsync(TestApp app, int count, Func<int, string> name, Func<int, string>? phone = null)
    {
        var people = Enumerable.Range(0, count).Select(i => new Person { Id = Guid.CreateVersion7() }.After(new PersonRegistered(
            PersonName.FromStored(name(i)), [PhoneNumber.FromE164(phone?.Invoke(i) ?? "+919847012345")], null, Standing.Given,
            "Agreed", "Public form"))).ToList();
        var received = people.Select((p, i) => new LeadReceived("L-AAAAAA", p.Id, new CourseRef(Guid.NewGuid(), "CPC", "CPC"),
            PreferredTime.Anytime, LeadSource.Direct, null)
        { At = TestApp.Start.AddMinutes(-i % 500) });
        await using var session = app.Store.LightweightSession();
        session.Store<Person>(people);
        session.Store(received.Select(r => new Lead { Id = Guid.CreateVersion7() }.After(r)));
        await session.SaveChangesAsync();
    }
}

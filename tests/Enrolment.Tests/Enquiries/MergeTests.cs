using System.Net;
using System.Text.Json;
using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Crm.People;

namespace Crm.Tests.Enquiries;

/// <summary>Two records made one by staff, and two again.</summary>
public sealed class MergeTests(TestPostgres postgres)
{
    private sealed record Pair(TestApp App, Browser Staff, Lead First, Lead Second) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Staff.Dispose();
            await App.DisposeAsync();
        }
    }

    private async Task<Pair> TwoAsync()
    {
        var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var first = await app.AddLeadAsync(course, "Anu George", "anu@mail.example", "+919847055508");
        var second = await app.AddLeadAsync(course, "Anu", "george@mail.example", "+919847055508");
        Assert.NotEqual(first.PersonId, second.PersonId);
        return new Pair(app, await app.SignInAsync(Roles.Counsellor), first, second);
    }

    private static async Task<WebPage> MergeAsync(Pair pair, string name = "keep")
    {
        await pair.Staff.GetAsync($"/people/{pair.First.PersonId}/merges/new?with={pair.Second.PersonId}");
        return await pair.Staff.SubmitAsync($"form[action='/people/{pair.First.PersonId}/merges']", new() { ["name"] = name });
    }

    private static async Task<WebPage> SplitAsync(Pair pair)
    {
        await pair.Staff.GetAsync("/people/" + pair.First.PersonId);
        return await pair.Staff.SubmitAsync($"form[action='/people/{pair.First.PersonId}/splits']");
    }

    private static async Task<IReadOnlyList<string>> EventsAsync(Pair pair, Guid stream) =>
        [.. (await pair.App.EventsAsync(stream)).Select(e => e.GetType().Name + JsonSerializer.Serialize(e, e.GetType()))];

    // What is stored of a person or a lead but the number of its events and the time of the last.
    private static string Held(object document)
    {
        var json = JsonSerializer.SerializeToNode(document)!.AsObject();
        json.Remove("Version");
        json.Remove("LastActivityAt");
        json.Remove("LaterActivityAt");
        return json.ToJsonString();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_minor_stays_one_and_what_was_refused_to_either_is_refused_and_split_again_each_has_their_own(bool giveWay)
    {
        await using var opened = await TwoAsync();
        var pair = giveWay ? opened : opened with { First = opened.Second, Second = opened.First };
        var writer = pair.App.Get<PersonWriter>();
        await writer.ChangeAsync(opened.Second.PersonId, pair.App.Now(), p => [
            .. ConsentRules.OfMinor(new Guardian(PersonName.FromStored("Sara George"), PhoneNumber.FromE164("+919847055500")), "x", "y"),
            .. ConsentRules.Withdraw(p, [Purpose.WhatsApp], "Phone")], default);
        await writer.ChangeAsync(opened.First.PersonId, pair.App.Now(), p => ConsentRules.Withdraw(p, [Purpose.Call], "Phone"), default);
        var before = (await pair.App.AllAsync<Person>()).ToDictionary(p => p.Id, Held);

        await MergeAsync(pair);

        var person = await pair.App.LoadAsync<Person>(pair.First.PersonId);
        Assert.Equal((true, "Sara George"), (person.IsMinor, person.Guardian?.Name.Text));
        Assert.Equal([false, false, true, false], Enum.GetValues<Purpose>().Select(p => person.Agrees(p)));
        await SplitAsync(pair);
        Assert.Equal(before[pair.First.PersonId], Held(await pair.App.LoadAsync<Person>(pair.First.PersonId)));
    }

    [Fact]
    public async Task Merged_the_two_are_one_person_with_both_leads_numbers_and_addresses_in_one_timeline()
    {
        await using var pair = await TwoAsync();

        var page = await MergeAsync(pair, name: "other");

        Assert.Equal((HttpStatusCode.OK, "/people/" + pair.First.PersonId), (page.Status, page.Path));
        Assert.Equal("Anu", page.One("h1").TextContent);
        Assert.Equal(2, page.Html.QuerySelectorAll("nav[aria-label=Leads] a").Length);
        Assert.Equal(2, page.Texts(".timeline .what").Count(t => t.StartsWith("Enquired about", StringComparison.Ordinal)));
        var told = Assert.Single(page.Html.QuerySelectorAll(".timeline li"), li => li.TextContent.Contains("erged"));
        Assert.Equal(("Merged with Anu", "+91 98470 55508 · george@mail.example · Name before: Anu George"),
            (told.QuerySelector(".what")!.TextContent, told.QuerySelector(".detail")!.TextContent));
        Assert.DoesNotContain("record", string.Join(' ', page.Texts(".timeline .what")));
        var person = await pair.App.LoadAsync<Person>(pair.First.PersonId);
        Assert.Equal(["anu@mail.example", "george@mail.example"], person.Emails.Select(e => e.Address.Text));
        Assert.Single(person.Phones);
        Assert.All(await pair.App.AllAsync<Lead>(), l => Assert.Equal(pair.First.PersonId, l.PersonId));
        Assert.Equal("/people/" + pair.Second.PersonId, (await pair.Staff.GetAsync("/people/" + pair.Second.PersonId)).Path);
        Assert.Equal("Anu", pair.Staff.Page.One("h1").TextContent);
        Assert.Empty((await pair.Staff.GetAsync("/duplicates")).Html.QuerySelectorAll("tbody tr"));
    }

    [Theory]
    [InlineData("keep")]
    [InlineData("other")]
    public async Task Split_again_both_are_what_they_were_event_for_event_plus_the_record_of_both_acts(string name)
    {
        await using var pair = await TwoAsync();
        Guid[] streams = [pair.First.PersonId, pair.Second.PersonId, pair.First.Id, pair.Second.Id];
        var before = new Dictionary<Guid, IReadOnlyList<string>>();
        foreach (var stream in streams) before[stream] = await EventsAsync(pair, stream);
        var people = (await pair.App.AllAsync<Person>()).ToDictionary(p => p.Id, Held);
        var leads = (await pair.App.AllAsync<Lead>()).ToDictionary(l => l.Id, Held);

        await MergeAsync(pair, name);
        var page = await SplitAsync(pair);

        Assert.Equal(HttpStatusCode.OK, page.Status);
        foreach (var person in await pair.App.AllAsync<Person>()) Assert.Equal(people[person.Id], Held(person));
        foreach (var lead in await pair.App.AllAsync<Lead>()) Assert.Equal(leads[lead.Id], Held(lead));
        foreach (var stream in streams)
        {
            var after = await EventsAsync(pair, stream);
            Assert.Equal(before[stream], after.Take(before[stream].Count));
            Assert.Equal(stream == pair.First.Id ? 0 : 2, after.Count - before[stream].Count);
        }
    }

    [Fact]
    public async Task What_happened_in_between_stays_with_the_lead_it_happened_to()
    {
        await using var pair = await TwoAsync();
        await MergeAsync(pair);
        await pair.App.ChangeAsync(pair.First, _ => LeadRules.AddNote("To the first"));
        await pair.App.ChangeAsync(pair.Second, _ => LeadRules.AddNote("To the second"));
        await pair.App.Get<PersonWriter>().ChangeAsync(pair.First.PersonId, pair.App.Now(),
            _ => [new PhoneAdded(PhoneNumber.FromE164("+919847055577"), Standing.Confirmed)], default);
        await pair.App.Get<PersonWriter>()
            .ChangeAsync(pair.First.PersonId, pair.App.Now(), _ => [new NameCorrected(PersonName.FromStored("Anu George P"))], default);

        await SplitAsync(pair);

        Assert.Contains(await pair.App.EventsAsync(pair.Second.Id), e => e is NoteAdded { Text: "To the second" });
        var (first, second) = (await pair.App.LoadAsync<Person>(pair.First.PersonId),
            await pair.App.LoadAsync<Person>(pair.Second.PersonId));
        Assert.Equal(("Anu George P", "Anu"), (first.Name.Text, second.Name.Text));
        Assert.True(first.Has(PhoneNumber.FromE164("+919847055577")));
        Assert.Equal(["anu@mail.example"], first.Emails.Select(e => e.Address.Text));
        Assert.Equal((pair.First.PersonId, pair.Second.PersonId),
            ((await pair.App.LoadAsync<Lead>(pair.First.Id)).PersonId, (await pair.App.LoadAsync<Lead>(pair.Second.Id)).PersonId));
        Assert.Contains("To the second", (await pair.Staff.GetAsync("/people/" + pair.Second.PersonId)).One(".timeline").TextContent);
        Assert.DoesNotContain("To the second", (await pair.Staff.GetAsync("/people/" + pair.First.PersonId)).One(".timeline").TextContent);
    }

    // Something different in every field.
    private static async Task DescribeAsync(Pair pair)
    {
        var writer = pair.App.Get<PersonWriter>();
        await writer.ChangeAsync(pair.First.PersonId, pair.App.Now(), _ =>
        [
            new CertificateNameSet(PersonName.FromStored("Anu George P")), new LanguageSet("Malayalam"),
            new GuardianSet(new Guardian(PersonName.FromStored("Leela George"), null)), new PersonTagged("nurse"),
        ], default);
        await writer.ChangeAsync(pair.Second.PersonId, pair.App.Now(), p =>
        [
            new CertificateNameSet(PersonName.FromStored("ANU G")), new LanguageSet("Tamil"), new EmailCorrected(p.Email, p.Email),
            new GuardianSet(new Guardian(PersonName.FromStored("Binu George"), null)), new PersonTagged("evening"),
            new PhoneCorrected(p.Phone, PhoneNumber.FromE164("+919847055509")),
        ], default);
    }

    private static Dictionary<string, string> AllFromOther() => DetailField.All.ToDictionary(f => f.Key, _ => "other");

    [Fact]
    public async Task The_page_shows_what_both_say_and_takes_the_choice_in_every_field_until_they_are_split_again()
    {
        await using var pair = await TwoAsync();
        await DescribeAsync(pair);
        var before = (await pair.App.AllAsync<Person>()).ToDictionary(p => p.Id, Held);
        var look = await pair.Staff.GetAsync($"/people/{pair.First.PersonId}/merges/new?with={pair.Second.PersonId}");
        Assert.Equal(DetailField.All.Select(f => f.Key),
            look.Html.QuerySelectorAll(".compare [type=radio][value=keep][checked]").Select(r => r.GetAttribute("name")!));
        Assert.Equal([.. DetailField.All.Select(f => f.Label), "Tags", "Leads"], look.Texts(".compare th[scope=row]"));

        var page = await pair.Staff.SubmitAsync($"form[action='/people/{pair.First.PersonId}/merges']", AllFromOther());

        var person = await pair.App.LoadAsync<Person>(pair.First.PersonId);
        Assert.Equal(("Anu", "ANU G", "+919847055509", "george@mail.example", "Tamil", "Binu George"), (person.Name.Text,
            person.CertificateName?.Text, person.Phone?.E164, person.Email?.Text, person.Language, person.Guardian?.ToString()));
        Assert.Equal(["nurse", "evening"], person.Tags);
        Assert.Contains("Guardian before: Leela George", page.One(".timeline").TextContent);
        await SplitAsync(pair);
        foreach (var split in await pair.App.AllAsync<Person>()) Assert.Equal(before[split.Id], Held(split));
    }

    [Fact]
    public async Task Two_who_changed_since_they_were_looked_at_are_not_merged_and_the_choice_is_kept()
    {
        await using var pair = await TwoAsync();
        await DescribeAsync(pair);
        var form = $"form[action='/people/{pair.First.PersonId}/merges']";
        await pair.Staff.GetAsync($"/people/{pair.First.PersonId}/merges/new?with={pair.Second.PersonId}");
        await pair.App.Get<PersonWriter>().ChangeAsync(pair.Second.PersonId, pair.App.Now(),
            _ => [new NameCorrected(PersonName.FromStored("Anu Georgekutty"))], default);

        var page = await pair.Staff.SubmitAsync(form, new() { ["name"] = "other", ["language"] = "other" });

        Assert.Equal((HttpStatusCode.UnprocessableEntity, Crm.Web.Form.Overtaken), (page.Status, page.One(".problem").TextContent));
        Assert.Equal(["name", "language"],
            page.Html.QuerySelectorAll(".compare [value=other][checked]").Select(r => r.GetAttribute("name")!));
        Assert.Contains("Anu Georgekutty", page.One(".compare").TextContent);
        await pair.Staff.SubmitAsync(form);
        Assert.Equal("Anu Georgekutty", (await pair.App.LoadAsync<Person>(pair.First.PersonId)).Name.Text);
    }

    [Fact]
    public async Task Seats_of_both_are_at_the_one_who_goes_on_and_each_goes_home_at_the_split()
    {
        await using var pair = await TwoAsync();
        var course = Assert.Single(await pair.App.AllAsync<Crm.Courses.Course>());
        var batch = await pair.App.AddBatchAsync(course);
        var user = await pair.App.AddUserAsync("Ravi Nair");
        foreach (var lead in new[] { pair.First, pair.Second })
            await pair.App.ActAsync<Crm.Enrolments.Enrol>(lead.Id, user, ("batchId", batch.Id.ToString()), ("instalments", "1"),
                ("firstDueOn", pair.App.Clock.Today.ToString("yyyy-MM-dd")));

        await MergeAsync(pair);
        Assert.All(await pair.App.AllAsync<Crm.Seats.Enrolment>(), seat => Assert.Equal(pair.First.PersonId, seat.PersonId));
        await pair.Staff.GetAsync("/people/" + pair.First.PersonId);
        Assert.Equal(2, pair.Staff.Page.Texts("h2").Count(t => t == "Enrolled in " + batch.Code));
        await SplitAsync(pair);

        Assert.Equal(new[] { (pair.First.Id, pair.First.PersonId), (pair.Second.Id, pair.Second.PersonId) }.Order(),
            (await pair.App.AllAsync<Crm.Seats.Enrolment>()).Select(seat => (seat.LeadId, seat.PersonId)).Order());
    }

    [Fact]
    public async Task Merging_again_what_was_merged_shows_who_went_on_and_changes_nothing()
    {
        await using var pair = await TwoAsync();
        await pair.Staff.GetAsync($"/people/{pair.First.PersonId}/merges/new?with={pair.Second.PersonId}");
        var form = pair.Staff.Page;
        await pair.Staff.SubmitAsync($"form[action='/people/{pair.First.PersonId}/merges']");
        var token = form.Html.QuerySelector("[name='__RequestVerificationToken']")!.GetAttribute("value")!;

        var page = await pair.Staff.PostAsync($"/people/{pair.First.PersonId}/merges", new()
        {
            ["other"] = pair.Second.PersonId.ToString(),
            ["name"] = "keep",
            ["__RequestVerificationToken"] = token,
        });

        Assert.Equal((HttpStatusCode.OK, $"/people/{pair.First.PersonId}"), (page.Status, page.Path));
        Assert.Single((await pair.App.LoadAsync<Person>(pair.First.PersonId)).Merges);
    }

    [Fact]
    public async Task A_link_to_who_gave_way_compares_with_who_goes_on()
    {
        await using var pair = await TwoAsync();
        var third = await pair.App.AddLeadAsync(await pair.App.AddCourseAsync("CCS"), "Binu Paul", null, "+919847055599");
        await MergeAsync(pair);
        var (first, second) = (pair.First.PersonId, pair.Second.PersonId);

        foreach (var (asked, shown) in new[]
            {
                ($"/people/{third.PersonId}/merges/new?with={second}", $"/people/{third.PersonId}/merges/new?with={first}"),
                ($"/people/{second}/merges/new?with={third.PersonId}", $"/people/{first}/merges/new?with={third.PersonId}"),
                ($"/people/{second}/merges/new?with={first}", $"/people/{first}"),
            })
        {
            var page = await pair.Staff.GetAsync(asked);
            Assert.Equal((HttpStatusCode.OK, shown.Split('?')[0]), (page.Status, page.Path.Split('?')[0]));
            if (shown.Contains("with=")) Assert.Contains("Anu George", page.One(".compare").TextContent);
        }
    }

    [Fact]
    public async Task An_enquiry_of_the_merged_persons_number_and_either_name_comes_to_the_one_who_goes_on()
    {
        await using var pair = await TwoAsync();
        await MergeAsync(pair);
        var course = Assert.Single(await pair.App.AllAsync<Crm.Courses.Course>());

        var lead = await pair.App.AddLeadAsync(course, "Anu George", null, "+919847055508");

        Assert.Equal(pair.First.PersonId, lead.PersonId);
        Assert.Equal(2, (await pair.App.AllAsync<Person>()).Count);
    }
}

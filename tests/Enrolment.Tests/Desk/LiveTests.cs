using System.Net;
using System.Text.Json;
using Crm.Accounts;
using Crm.Desk;
using Crm.Institute;
using Crm.Leads;
using Crm.People;

namespace Crm.Tests.Desk;

/// <summary>What is told to pages that are open while colleagues work.</summary>
public sealed class LiveTests(TestPostgres postgres)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A page's stream, read line by line.</summary>
    private sealed class Ear(HttpResponseMessage answer, StreamReader lines, CancellationTokenSource patience) : IDisposable
    {
        /// <param name="afresh">Whether what led up to it is no news.</param>
        public static async Task<Ear> OpenAsync(TestApp app, Browser browser, bool afresh = true)
        {
            if (afresh)
            {
                await using var session = app.Store.LightweightSession();
                session.QueueSqlCommand("update enrolment.mt_events set timestamp = now() - interval '1 minute'");
                await session.SaveChangesAsync();
            }
            var patience = new CancellationTokenSource(Patience);
            var request = new HttpRequestMessage(HttpMethod.Get, "/live") { Headers = { { "Accept", "text/html, text/event-stream" } } };
            var answer = await browser.ListenAsync(request, patience.Token);
            Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
            return new Ear(answer, new StreamReader(await answer.Content.ReadAsStreamAsync(patience.Token)), patience);
        }

        /// <returns>The next thing that is told; null where the stream ends.</returns>
        public async Task<JsonElement?> NextAsync()
        {
            while (await lines.ReadLineAsync(patience.Token) is { } line)
                if (line.StartsWith("data: ", StringComparison.Ordinal)) return JsonDocument.Parse(line["data: ".Length..]).RootElement;
            return null;
        }

        public async Task<IReadOnlyList<Guid>> LeadsAsync() =>
            [.. (await NextAsync())!.Value.GetProperty("leads").EnumerateArray().Select(id => id.GetGuid())];

        public void Dispose()
        {
            lines.Dispose();
            answer.Dispose();
            patience.Dispose();
        }
    }

    private static Task NoteAsync(TestApp app, Lead lead, User by, string text = "Called") =>
        app.ChangeAsync(lead, _ => LeadRules.AddNote(text), Actor.Staff(by.Id, by.Name));

    [Fact]
    public async Task What_a_colleague_changes_in_another_process_is_told_in_ids_alone_and_to_who_did_it_nothing()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await using var other = await app.StartAnotherAsync();
        var (divya, ravi) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ravi Pillai"));
        var mine = await app.TellAsync("Anjali Nair", TestApp.Start, divya);
        var theirs = await app.TellAsync("Binu George", TestApp.Start, ravi);
        using var browser = await app.SignInAsync(divya);
        using var ear = await Ear.OpenAsync(app, browser);

        await NoteAsync(other, mine, divya);
        await NoteAsync(other, theirs, ravi, "Wants evenings");
        var told = await ear.NextAsync();

        Assert.Equal($$"""{"leads":["{{theirs.Id}}"],"people":["{{theirs.PersonId}}"],"many":false}""", told!.Value.GetRawText());
        // What happens to the person is told as well, of whichever of their leads.
        await app.Get<PersonWriter>().ChangeAsync(theirs.PersonId, app.Now(Actor.Staff(ravi.Id, ravi.Name)),
            _ => [new PersonTagged("nurse")], default);
        told = await ear.NextAsync();
        Assert.Equal($$"""{"leads":["{{theirs.Id}}"],"people":["{{theirs.PersonId}}"],"many":false}""", told!.Value.GetRawText());
    }

    [Fact]
    public async Task Where_counsellors_see_their_own_nothing_of_anybody_elses_is_told()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.DescribeAsync(p => p.CounsellorsSeeAll = false);
        var (divya, ravi) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ravi Pillai"));
        var mine = await app.TellAsync("Anjali Nair", TestApp.Start, divya);
        var theirs = await app.TellAsync("Binu George", TestApp.Start, ravi);
        using var browser = await app.SignInAsync(divya);
        using var office = await app.SignInAsync(await app.AddUserAsync("Beena Thomas", Roles.Manager));
        using var ear = await Ear.OpenAsync(app, browser);
        using var manager = await Ear.OpenAsync(app, office);

        await NoteAsync(app, theirs, ravi);
        Assert.Equal([theirs.Id], await manager.LeadsAsync());
        await NoteAsync(app, mine, ravi);

        Assert.Equal([mine.Id], await ear.LeadsAsync());
        // Handed over, it is hers from then on.
        await app.ChangeAsync(theirs, l => LeadRules.Assign(l, divya.Id, divya.Name), Actor.Staff(ravi.Id, ravi.Name));
        Assert.Equal([theirs.Id], await ear.LeadsAsync());
    }

    [Fact]
    public async Task What_happened_while_a_page_was_on_its_way_is_told_also_where_others_listened_already()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, ravi) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ravi Pillai"));
        var lead = await app.TellAsync("Anjali Nair", TestApp.Start, divya);
        using var browser = await app.SignInAsync(divya);
        using var first = await Ear.OpenAsync(app, browser);
        await NoteAsync(app, lead, ravi);
        Assert.Equal([lead.Id], await first.LeadsAsync());

        using var second = await Ear.OpenAsync(app, browser, afresh: false);

        Assert.Equal([lead.Id], await second.LeadsAsync());
        await NoteAsync(app, lead, ravi, "Once more");
        Assert.Equal([lead.Id], await first.LeadsAsync());
        Assert.Equal([lead.Id], await second.LeadsAsync());
    }

    [Fact]
    public async Task No_more_listen_than_a_user_has_tabs_and_one_that_ends_makes_room()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = await app.SignInAsync(Roles.Counsellor);
        var ears = new List<Ear>();
        for (var i = 0; i < LiveFeed.MostOfUser; i++) ears.Add(await Ear.OpenAsync(app, browser));

        using (var full = await AskAsync(browser, "text/event-stream")) Assert.Equal(HttpStatusCode.NoContent, full.StatusCode);
        ears[0].Dispose();
        await WaitAsync(() => app.Get<LiveFeed>().Listening < LiveFeed.MostOfUser);
        using (await Ear.OpenAsync(app, browser)) Assert.Equal(LiveFeed.MostOfUser, app.Get<LiveFeed>().Listening);
        // A browser that opens the address gets no page that never ends.
        using (var page = await AskAsync(browser, "text/html")) Assert.Equal(HttpStatusCode.NoContent, page.StatusCode);
        foreach (var ear in ears.Skip(1)) ear.Dispose();
        await WaitAsync(() => app.Get<LiveFeed>().Listening == 0);
    }

    [Fact]
    public async Task Who_signs_out_is_told_nothing_more_and_who_is_not_signed_in_nothing_at_all()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, ravi) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ravi Pillai"));
        var lead = await app.TellAsync("Anjali Nair", TestApp.Start, divya);
        using var browser = await app.SignInAsync(divya);
        using var ear = await Ear.OpenAsync(app, browser);
        await NoteAsync(app, lead, ravi);
        Assert.Equal([lead.Id], await ear.LeadsAsync());

        await browser.GetAsync("/leads");
        await browser.SubmitAsync("form[action='/signout']");
        await NoteAsync(app, lead, ravi, "More");

        Assert.Null(await ear.NextAsync());
        await WaitAsync(() => app.Get<LiveFeed>().Listening == 0);
        using var nobody = app.Browse();
        using var answer = await AskAsync(nobody, "text/event-stream");
        Assert.NotEqual("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
    }

    private static Task<HttpResponseMessage> AskAsync(Browser browser, string accept) => browser.SendRawAsync(
        new HttpRequestMessage(HttpMethod.Get, "/live") { Headers = { { "Accept", accept } } });

    private static async Task WaitAsync(Func<bool> until)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!until()) await Task.Delay(50, patience.Token);
    }
}

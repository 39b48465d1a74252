using System.Net;
using Crm.Institute;
using Crm.Leads;
using Crm.People;

namespace Crm.Tests.Desk;

/// <summary>The facts at the side of a person's page, changed one at a time in their places.</summary>
public sealed class FactTests(SharedApps apps) : IClassFixture<SharedApps>
{
    private sealed record Office(TestApp App, Browser Counsellor, Browser Colleague, Browser Reader)
    {
        public int Rows { get; set; }
    }

    private async Task<(Office Office, Lead Lead)> OpenAsync()
    {
        var office = await apps.OnceAsync(async app =>
        {
            await app.AddCourseAsync();
            await app.AddCourseAsync("CCS");
            return new Office(app, await app.SignInAsync(await app.AddUserAsync("Divya Menon")),
                await app.SignInAsync(await app.AddUserAsync("Ravi Pillai")),
                await app.SignInAsync(await app.AddUserAsync("Leela Das", Roles.Reader)));
        });
        var row = ++office.Rows;
        var course = (await office.App.AllAsync<Crm.Courses.Course>()).Single(c => c.Code == "CPC");
        return (office, await office.App.AddLeadAsync(course, $"Anjali Nair {(char)('A' + row)}", $"anjali{row}@mail.example"));
    }

    [Fact]
    public async Task An_address_breaks_after_its_sign_and_its_points_alone()
    {
        var (office, lead) = await OpenAsync();

        var page = await office.Counsellor.GetAsync("/leads/" + lead.Id);

        var address = page.One("#facts a[href^='mailto:']");
        Assert.Matches("^anjali[0-9]+@<wbr>mail\\.<wbr>example<wbr>$", address.InnerHtml);
    }

    public static TheoryData<string, string, string, string> Facts => new()
    {
        { "name", "name", "Anjali Menon", "Anjali Menon" },
        { "phone", "phone", "98470 99999", "+91 98470 99999" },
        { "email", "email", "menon@mail.example", "menon@mail.example" },
        { "language", "language", "Malayalam", "Malayalam" },
        { "certificateName", "certificateName", "ANJALI MENON", "ANJALI MENON" },
        { "guardian", "guardianName", "Suresh Nair", "Suresh Nair" },
        { "tags", "tag", "Nurse", "nurse" },
        { "course", "course", "CCS", "CCS Preparation" },
        { "counsellor", "counsellor", "Ravi Pillai", "Ravi Pillai" },
    };

    [Theory]
    [MemberData(nameof(Facts))]
    public async Task A_fact_that_is_pressed_opens_in_its_place_and_is_changed_alone(string fact, string field, string typed, string shown)
    {
        foreach (var htmx in new[] { false, true })
        {
            var (office, lead) = await OpenAsync();
            var before = await office.App.PersonOfAsync(lead);
            var browser = office.Counsellor;
            var page = await browser.GetAsync("/leads/" + lead.Id);
            Assert.Empty(page.Html.QuerySelectorAll("#facts form"));

            var open = await AskAsync(browser, page.One($"#fact-{fact}").GetAttribute("href")!, htmx);
            var form = open.One("#facts form");
            Assert.Equal(htmx ? 0 : 1, open.Html.QuerySelectorAll("#lead h1").Length);
            Assert.Equal($"/leads/{lead.Id}", form.QuerySelector("[data-gives-up]")!.GetAttribute("href"));
            var choice = form.QuerySelectorAll($"[name={field}] option").FirstOrDefault(o => o.TextContent.Contains(typed));
            Assert.DoesNotContain(form.QuerySelectorAll("[name]:not([type=hidden])").Select(f => f.GetAttribute("name")),
                n => n != field && n != "guardianPhone");

            var saved = await SendAsync(browser, open, choice?.GetAttribute("value") ?? typed, field, htmx);

            Assert.Contains(shown, saved.One("#facts").TextContent);
            Assert.Empty(saved.Html.QuerySelectorAll("#facts form"));
            var after = await office.App.PersonOfAsync(lead);
            if (fact != "name") Assert.Equal(before.Name, after.Name);
            if (fact != "email") Assert.Equal(before.Email, after.Email);
            if (fact != "phone") Assert.Equal(before.Phones, after.Phones);
            // What names it elsewhere comes along; whatever is typed on the rest of the page is left alone.
            if (htmx)
                Assert.Equal(["#lead > .lead-head", "#timeline"],
                    saved.Html.QuerySelectorAll("hx-partial").Select(p => p.GetAttribute("hx-target")));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_refused_says_so_beside_the_field_and_keeps_what_was_typed(bool htmx)
    {
        var (office, lead) = await OpenAsync();
        var open = await AskAsync(office.Counsellor, $"/leads/{lead.Id}?edit=email", htmx);

        var refused = await SendAsync(office.Counsellor, open, "menon@", "email", htmx);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        var form = refused.One("#facts form");
        Assert.StartsWith("Enter an email address like", form.QuerySelector(".error")!.TextContent);
        Assert.Equal("menon@", form.QuerySelector("[name=email]")!.GetAttribute("value"));
        Assert.Equal(htmx ? 0 : 1, refused.Html.QuerySelectorAll("#lead h1").Length);
        Assert.Empty(refused.Html.QuerySelectorAll("hx-partial"));

        var saved = await SendAsync(office.Counsellor, refused, "menon@mail.example", "email", htmx);
        Assert.Contains("menon@mail.example", saved.One("#facts").TextContent);
    }

    [Fact]
    public async Task What_a_colleague_changed_meanwhile_is_said_and_another_fact_of_theirs_stays()
    {
        var (office, lead) = await OpenAsync();
        var mine = await office.Counsellor.GetAsync($"/leads/{lead.Id}?edit=language");
        var theirs = await office.Colleague.GetAsync($"/leads/{lead.Id}?edit=language");
        await SendAsync(office.Colleague, theirs, "Hindi", "language", htmx: false);
        await SendAsync(office.Colleague, await office.Colleague.GetAsync($"/leads/{lead.Id}?edit=name"), "Anjali Thomas", "name", false);

        var told = await SendAsync(office.Counsellor, mine, "Malayalam", "language", htmx: true);

        Assert.Equal("This was changed meanwhile: it is now “Hindi”. Save again to change it.",
            told.One("#facts .error").TextContent);
        await SendAsync(office.Counsellor, told, "Malayalam", "language", htmx: true);
        var person = await office.App.PersonOfAsync(lead);
        Assert.Equal(("Anjali Thomas", "Malayalam"), (person.Name.Text, person.Language));
    }

    [Fact]
    public async Task Nothing_is_offered_to_who_may_only_read_nor_where_there_is_nothing_to_change()
    {
        var (office, lead) = await OpenAsync();
        var person = await office.App.PersonOfAsync(lead);

        var page = await office.Reader.GetAsync($"/people/{person.Id}?edit=language");
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Empty(page.Html.QuerySelectorAll("#facts form, #facts .edit"));
        // What nobody has heard of opens nothing.
        Assert.Empty((await office.Counsellor.GetAsync($"/leads/{lead.Id}?edit=%27x")).Html.QuerySelectorAll("#facts form"));
        await office.App.ChangeAsync(lead, l => LeadRules.Lose(l, LostReason.Fee, null));
        var lost = await office.Counsellor.GetAsync($"/leads/{lead.Id}?edit=course");
        Assert.Empty(lost.Html.QuerySelectorAll("#facts form, #fact-course"));
    }

    private static async Task<WebPage> AskAsync(Browser browser, string address, bool htmx)
    {
        if (!htmx) return await browser.GetAsync(address);
        return await browser.AskAsync(new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "HX-Target", "section#facts" } } });
    }

    private static Task<WebPage> SendAsync(Browser browser, WebPage page, string typed, string field, bool htmx)
    {
        var form = page.One("#facts form");
        var values = form.QuerySelectorAll("[name]").ToDictionary(f => f.GetAttribute("name")!, f => f.GetAttribute("value") ?? "");
        values[field] = typed;
        var request = new HttpRequestMessage(HttpMethod.Post, form.GetAttribute("action"))
        {
            Content = new FormUrlEncodedContent(values),
        };
        if (htmx) request.Headers.Add("HX-Target", "section#facts");
        return browser.AskAsync(request, htmx);
    }
}

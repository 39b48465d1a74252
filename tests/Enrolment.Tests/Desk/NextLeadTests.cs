using Crm.Institute;
using Crm.Leads;

namespace Crm.Tests.Desk;

/// <summary>From the page of a lead on to the next of the list from which it was opened, in its order and with its filter.</summary>
public sealed class NextLeadTests(TestPostgres postgres)
{
    private static async Task<IReadOnlyList<Lead>> AddAsync(TestApp app, params string[] names)
    {
        var (course, leads) = (await app.AddCourseAsync(), new List<Lead>());
        foreach (var name in names)
        {
            leads.Add(await app.AddLeadAsync(course, name, email: null));
            app.Time.Advance(TimeSpan.FromMinutes(1));
        }
        return leads;
    }

    private static async Task<string> OpenAsync(Browser staff, string list, string links = "td.who a") =>
        (await staff.GetAsync((await staff.GetAsync(list)).Html.QuerySelector(links)!.GetAttribute("href")!)).One("h1").TextContent;

    private static async Task<string> GoOnAsync(Browser staff, string link = ".go-on") =>
        (await staff.GetAsync(staff.Page.One(".crumb " + link).GetAttribute("href")!)).One("h1").TextContent;

    private static Task<string> GoBackAsync(Browser staff) => GoOnAsync(staff, ".go-back");

    [Theory]
    [InlineData("/leads?sort=Name", "Anu C", "Binu B", "Chitra A", "Devi D")]
    [InlineData("/leads", "Devi D", "Chitra A", "Binu B", "Anu C")]
    [InlineData("/leads?q=u", "Binu B", "Anu C")]
    [InlineData("/leads?stage=contacted&sort=Name", "Binu B", "Devi D")]
    public async Task The_next_is_the_next_of_that_list_and_the_last_says_so(string list, params string[] names)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var leads = await AddAsync(app, "Anu C", "Binu B", "Chitra A", "Devi D");
        foreach (var lead in new[] { leads[1], leads[3] })
            await app.ChangeAsync(lead, l =>
                LeadRules.LogContact(l, app.Clock.Now, null, ContactChannel.Call, ContactOutcome.Connected, null, null));
        using var staff = await app.SignInAsync(Roles.Counsellor);

        List<string> met = [await OpenAsync(staff, list)];
        while (met.Count < names.Length) met.Add(await GoOnAsync(staff));

        Assert.Equal(names, met);
        var crumb = staff.Page.Html.QuerySelector(".crumb a")!.GetAttribute("href")!;
        Assert.Equal("That was the last of them", await GoOnAsync(staff));
        Assert.Equal(list, staff.Page.One("main a.button").GetAttribute("href"));
        // Back in the list all those rows are there that were gone through.
        Assert.StartsWith(list, crumb);
        Assert.Equal(names, (await staff.GetAsync(crumb.Split('#')[0])).Texts("td.who a"));
    }

    [Fact]
    public async Task Whatever_becomes_of_a_lead_what_follows_is_told_from_where_it_stood()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var leads = await AddAsync(app, "Anu C", "Binu B", "Devi D");
        using var staff = await app.SignInAsync(Roles.Counsellor);
        Assert.Equal("Anu C", await OpenAsync(staff, "/leads?stage=open&sort=Name"));
        var address = staff.Page.Path;

        // Without a script the page comes anew, and is still of that list: lost, the lead is not in it any more.
        var fields = staff.Page.Html.QuerySelectorAll($"form[action='/leads/{leads[0].Id}/loss'] input")
            .ToDictionary(f => f.GetAttribute("name")!, f => f.GetAttribute("value") ?? "");
        fields["reason"] = "Fee";
        await staff.AskAsync(new HttpRequestMessage(HttpMethod.Post, $"/leads/{leads[0].Id}/loss")
        {
            Headers = { Referrer = new Uri("http://localhost" + address + "&edit=language") },
            Content = new FormUrlEncodedContent(fields),
        }, htmx: false);
        Assert.Equal(Stage.Lost, (await app.LoadAsync<Lead>(leads[0].Id)).Stage);

        Assert.Equal(address, staff.Page.Path);
        Assert.Equal("Binu B", await GoOnAsync(staff));
        Assert.Equal("Devi D", await GoOnAsync(staff));
        Assert.Empty((await staff.GetAsync($"/leads/{leads[0].Id}")).Html.QuerySelectorAll(".go-on"));
        Assert.Equal("/leads", staff.Page.One(".crumb a").GetAttribute("href"));
    }

    [Theory]
    [InlineData("/leads?sort=Name", "Anu C", "Binu B", "Chitra A", "Devi D")]
    [InlineData("/leads", "Devi D", "Chitra A", "Binu B", "Anu C")]
    [InlineData("/leads?q=u", "Binu B", "Anu C")]
    [InlineData("/leads?q=u&sort=Name", "Anu C", "Binu B")]
    public async Task The_one_before_is_the_one_before_in_that_list_and_the_first_says_so(string list, params string[] names)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await AddAsync(app, "Anu C", "Binu B", "Chitra A", "Devi D");
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await OpenAsync(staff, list);
        for (var i = 1; i < names.Length; i++) await GoOnAsync(staff);

        List<string> met = [staff.Page.One("h1").TextContent];
        while (met.Count < names.Length) met.Add(await GoBackAsync(staff));

        Assert.Equal(names.Reverse(), met);
        Assert.Equal("That was the first of them", await GoBackAsync(staff));
        Assert.Equal(list, staff.Page.One("main a.button").GetAttribute("href"));
    }

    [Fact]
    public async Task A_section_of_todays_page_is_gone_through_and_leads_back_to_it()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await AddAsync(app, "Anu C", "Binu B");
        using var staff = await app.SignInAsync(Roles.Manager);

        Assert.Equal("Binu B", await OpenAsync(staff, "/today?everyone=true", ".queue .who a"));
        Assert.Equal("Anu C", await GoOnAsync(staff));

        Assert.Equal("That was the last of them", await GoOnAsync(staff));
        Assert.Equal("/today", staff.Page.One("main a.button").GetAttribute("href"));
    }

    [Fact]
    public async Task Who_sees_their_own_people_goes_on_to_their_own()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var leads = await AddAsync(app, "Anu C", "Binu B", "Devi D");
        var (divya, ravi) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ravi Pillai"));
        await app.ChangeAsync(leads[0], l => LeadRules.Assign(l, divya.Id, divya.Name));
        await app.ChangeAsync(leads[1], l => LeadRules.Assign(l, ravi.Id, ravi.Name));
        await app.ChangeAsync(leads[2], l => LeadRules.Assign(l, divya.Id, divya.Name));
        await app.DescribeAsync(p => p.CounsellorsSeeAll = false);
        using var staff = await app.SignInAsync(divya);

        Assert.Equal("Anu C", await OpenAsync(staff, "/leads?sort=Name"));
        Assert.Equal("Devi D", await GoOnAsync(staff));
        Assert.Equal("Anu C", await GoBackAsync(staff));
    }
}

using System.Net;
using System.Text.RegularExpressions;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;

namespace Crm.Tests.Enquiries;

/// <summary>The field that people do not see, and what becomes of an enquiry in which it was filled.</summary>
public sealed partial class SuspectedTests(TestPostgres postgres)
{
    private const string List = "/enquiries/suspected";

    private static async Task<WebPage> SendAsync(TestApp app, string name, string trapped, string phone = "98470 12345")
    {
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire/CPC?utm_source=blog");
        return await visitor.SubmitAsync("form#enquiry", new()
        {
            ["name"] = name,
            ["phone"] = phone,
            ["email"] = "anjali@mail.example",
            ["message"] = "Weekends?",
            ["consent"] = "true",
            [SendEnquiry.Trap] = trapped,
        });
    }

    private static Task<WebPage> DecideAsync(Browser staff, SuspectedEnquiry one, string decision) =>
        staff.SubmitAsync($"form[action='{List}/{one.Id}/{decision}']");

    // What browsers and password managers look for in the name, id, label and autocomplete of a field, to put something of a person
    // into it. "Website" is one of them.
    [GeneratedRegex("name|mail|phone|tel|mobile|url|web|site|home|address|street|city|town|state|region|zip|post|code|country|company|org|"
        + "title|birth|age|sex|gender|user|login|pass|card|cc|cvc|account|bank|otp|search|price|amount|date", RegexOptions.IgnoreCase)]
    private static partial Regex Filled();

    [Fact]
    public async Task The_field_is_hidden_from_everybody_and_has_no_name_that_form_fillers_know()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var visitor = app.Browse();

        var trap = (await visitor.GetAsync("/enquire")).One($"[name='{SendEnquiry.Trap}']");

        Assert.Matches(Filled(), "website");
        Assert.Matches(Filled(), "second_name");
        foreach (var said in new[] { trap.GetAttribute("name")!, trap.Id!, trap.ParentElement!.QuerySelector("label")!.TextContent })
            Assert.DoesNotMatch(Filled(), said);
        Assert.Equal(("off", "-1", "true"),
            (trap.GetAttribute("autocomplete"), trap.GetAttribute("tabindex"), trap.ParentElement!.GetAttribute("aria-hidden")));
    }

    [Fact]
    public async Task A_complete_enquiry_with_the_field_filled_is_thanked_like_any_other_and_kept_aside()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();

        var thanks = await SendAsync(app, "Anjali Nair", "https://spam.example");

        Assert.Equal((HttpStatusCode.OK, "Thank you"), (thanks.Status, thanks.One("h1").TextContent));
        Assert.Contains("We will call +91 98470 12345", thanks.One(".read-back").TextContent);
        Assert.Empty(await app.AllAsync<Lead>());
        Assert.Empty(await app.AllAsync<Person>());
        Assert.Empty(await app.AllAsync<OutboxMessage>());
        Assert.Contains(Assert.Single(await app.AllAsync<SuspectedEnquiry>()).Reference, thanks.Path);
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var row = (await staff.GetAsync(List)).One("tbody tr").TextContent;
        string[] all =
            ["Anjali Nair", "+91 98470 12345", "anjali@mail.example", "CPC Preparation", "Weekends?", "https://spam.example", "blog"];
        Assert.All(all, said => Assert.Contains(said, row));
        Assert.Contains("1 enquiry is kept aside", (await staff.GetAsync("/today")).One(".aside").TextContent);
    }

    [Fact]
    public async Task Restored_it_comes_in_as_if_it_had_just_been_sent_and_once()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        var divya = await app.AddUserAsync("Divya Menon");
        var thanks = await SendAsync(app, "Anjali Nair", "x");
        var kept = Assert.Single(await app.AllAsync<SuspectedEnquiry>());
        using var staff = await app.SignInAsync(divya);
        using var other = await app.SignInAsync(await app.AddUserAsync("Ravi Nair"));
        await staff.GetAsync(List);
        await other.GetAsync(List);

        await Task.WhenAll(DecideAsync(staff, kept, "restoration"), DecideAsync(other, kept, "restoration"));

        var lead = Assert.Single(await app.AllAsync<Lead>());
        Assert.Contains(lead.Reference, thanks.Path);
        Assert.Equal((new LeadSource("blog"), 1, Stage.New), (lead.Source, lead.Enquiries, lead.Stage));
        Assert.NotNull(lead.CounsellorId);
        var person = await app.PersonOfAsync(lead);
        Assert.Equal(("Anjali Nair", Standing.Given), (person.Name.Text, Assert.Single(person.Emails).Standing));
        await app.OneMessageAsync();
        Assert.Empty((await staff.GetAsync(List)).Html.QuerySelectorAll("tbody tr"));
        var link = (await staff.GetAsync(List + "?state=Restored")).One("tbody .who a").GetAttribute("href");
        Assert.Equal("/leads/" + lead.Id, link);
        Assert.Empty((await staff.GetAsync("/today")).Html.QuerySelectorAll(".aside"));
    }

    [Fact]
    public async Task Dismissed_it_makes_nothing_and_can_still_be_restored()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        await SendAsync(app, "Anjali Nair", "x");
        var kept = Assert.Single(await app.AllAsync<SuspectedEnquiry>());
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await staff.GetAsync(List);

        await DecideAsync(staff, kept, "dismissal");

        Assert.Empty(await app.AllAsync<Lead>());
        Assert.Equal(["Waiting 0", "Restored 0", "Dismissed 1"], (await staff.GetAsync(List)).Texts(".states a")
            .Select(t => string.Join(' ', t.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))));
        Assert.Contains("decided by Divya Menon", (await staff.GetAsync(List + "?state=dismissed")).One("tbody tr").TextContent);
        await DecideAsync(staff, kept, "restoration");
        Assert.Single(await app.AllAsync<Lead>());
    }

    [Fact]
    public async Task One_form_that_a_program_sends_under_many_names_is_many_and_sent_again_is_one()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var program = app.Browse();
        await program.GetAsync("/enquire/CPC");
        var form = program.Page.One("[name=formId]").GetAttribute("value")!;
        var course = Assert.Single(await app.AllAsync<Course>()).Id.ToString();

        foreach (var name in new[] { "Buy now", "Anjali Nair", "buy NOW", "Cheap loans" })
            await program.PostAsync("/enquire", new()
            {
                ["formId"] = form,
                ["name"] = name,
                ["phone"] = "98470 12345",
                ["course"] = course,
                ["consent"] = "true",
                [SendEnquiry.Trap] = "x",
            });

        Assert.Equal(["Anjali Nair", "Cheap loans", "buy NOW"],
            (await app.AllAsync<SuspectedEnquiry>()).Select(e => e.Text.Who.Name.Text).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_refused_form_comes_back_with_the_field_empty_and_sent_again_by_a_person_comes_in()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire/CPC");
        var typed = new Dictionary<string, string> { ["name"] = "Anjali Nair", ["phone"] = "98470 12345", ["consent"] = "true" };

        var refused = await visitor.SubmitAsync("form#enquiry", new(typed) { ["phone"] = "98470", [SendEnquiry.Trap] = "x" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        await visitor.SubmitAsync("form#enquiry", new(typed) { [SendEnquiry.Trap] = "x" });
        Assert.Single(await app.AllAsync<SuspectedEnquiry>());
        await visitor.GetAsync(visitor.Page.One(".read-back a").GetAttribute("href")!);
        await visitor.SubmitAsync("form#enquiry");

        Assert.Single(await app.AllAsync<Lead>());
        Assert.Empty(await app.AllAsync<SuspectedEnquiry>());
    }
}

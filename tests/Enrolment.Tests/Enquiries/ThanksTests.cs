using System.Net;
using Crm.Courses;
using Crm.Leads;
using Crm.People;

namespace Crm.Tests.Enquiries;

/// <summary>What the page after sending says, and to whom.</summary>
public sealed class ThanksTests(TestPostgres postgres)
{
    private static async Task<WebPage> SendAsync(Browser visitor, string phone, string email = "")
    {
        await visitor.GetAsync("/enquire/CPC");
        return await visitor.SubmitAsync("form#enquiry",
            new() { ["name"] = "Anjali Nair", ["phone"] = phone, ["email"] = email, ["message"] = "Weekends?", ["consent"] = "true" });
    }

    [Theory]
    [InlineData("960 771 2345", "We will call +91 96077 12345 about CPC Preparation.")]
    [InlineData("65 8123 4567", "We will call +91 6581 234 567 about CPC Preparation.")]
    [InlineData("+44 7400 123456", "We will call +44 7400 123456 about CPC Preparation.")]
    [InlineData("9847012346 / 0484 2900100", "We will call +91 98470 12346 or +91 484 290 0100 about CPC Preparation.")]
    [InlineData("൯൮൪൭൦ ൧൨൩൪൫", "We will call +91 98470 12345 about CPC Preparation.")]
    public async Task The_number_is_read_back_in_groups(string typed, string said)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var visitor = app.Browse();

        var thanks = await SendAsync(visitor, typed);

        Assert.Contains(said, thanks.Texts(".read-back p"));
    }

    [Fact]
    public async Task One_click_brings_back_the_form_as_it_was_sent_and_sending_it_puts_the_enquiry_right()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        using var visitor = app.Browse();
        var thanks = await SendAsync(visitor, "960 771 2345", "anjlai9@mail.example");

        var form = await visitor.GetAsync(thanks.One(".read-back a").GetAttribute("href")!);

        Assert.Equal(["Anjali Nair", "+91 96077 12345", "anjlai9@mail.example"],
            new[] { "name", "phone", "email" }.Select(f => form.One($"#enquiry [name={f}]").GetAttribute("value")));
        Assert.Equal(("Weekends?", course.Id.ToString()),
            (form.One("textarea").TextContent, form.One("[name=course] option[selected]").GetAttribute("value")));
        Assert.True(form.One("[name=consent]").HasAttribute("checked"));
        var again = await visitor.SubmitAsync("form#enquiry", new() { ["phone"] = "+960 771 2345" });
        Assert.Equal(thanks.Path, again.Path);
        Assert.Contains("We will call +960 771-2345 about CPC Preparation.", again.Texts(".read-back p"));
        Assert.Equal("+9607712345", Assert.Single(Assert.Single(await app.AllAsync<Person>()).Phones).Number.E164);
        Assert.Equal(1, Assert.Single(await app.AllAsync<Lead>()).Enquiries);
    }

    [Fact]
    public async Task Who_only_has_the_reference_is_read_nothing_and_gets_an_empty_form()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var visitor = app.Browse();
        var thanks = await SendAsync(visitor, "98470 12345", "anjali@mail.example");
        using var stranger = app.Browse();

        foreach (var address in new[] { thanks.Path, thanks.Path + "/correction" })
        {
            var page = await stranger.GetAsync(address);
            Assert.Equal(HttpStatusCode.OK, page.Status);
            Assert.DoesNotContain("98470 12345", page.Text);
            Assert.DoesNotContain("anjali", page.Text, StringComparison.OrdinalIgnoreCase);
        }
        app.Time.Advance(TimeSpan.FromMinutes(31));
        Assert.DoesNotContain("98470 12345", (await visitor.GetAsync(thanks.Path)).Text);
    }

    // A known number gets none, or not at that address: the page must not tell by what it promises.
    [Theory]
    [InlineData("", false)]
    [InlineData("x@evil.example", false)]
    [InlineData("x@evil.example", true)]
    public async Task No_brochure_is_promised_and_the_page_is_the_same_whether_the_number_was_known(string email, bool known)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        if (known) await app.AddLeadAsync(course, "Anjali Nair", "anjali@mail.example", "98470 12345");
        using var visitor = app.Browse();

        var thanks = await SendAsync(visitor, "98470 12345", email);

        Assert.DoesNotContain("brochure", thanks.One("main").TextContent, StringComparison.OrdinalIgnoreCase);
        var said = thanks.One(".notice").TextContent.Replace(thanks.Path[^8..], "L-");
        Assert.Equal("Thank you We have your enquiry; your reference is L-. We will call +91 98470 12345 about CPC Preparation. "
            + (email.Length == 0 ? "" : "You gave the address x@evil.example. ")
            + "Not right? Correct it Questions? Call +91 484 290 0100. See all courses", string.Join(' ', said.Split((char[]?)null,
            StringSplitOptions.RemoveEmptyEntries)));
    }
}

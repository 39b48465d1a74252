using System.Net;
using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;

namespace Crm.Tests.Web;

/// <summary>Pages of an institute that was just set up, and those that say that there is nothing: each says what to do next.</summary>
public sealed class NothingYetTests(TestPostgres postgres)
{
    [Fact]
    public async Task The_website_of_an_institute_without_a_name_and_a_course_says_so_and_nothing_half()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.DescribeAsync(p => p.Name = p.Address = p.Phone = p.Email = p.Tagline = p.HomeTitle = "");
        using var visitor = app.Browse();

        var page = await visitor.GetAsync("/");

        Assert.Equal(["Welcome"], page.Texts("title, h1").Distinct());
        Assert.Equal("Enquiries are not open yet. Come back in a few days.", Assert.Single(page.Texts(".notice p")));
        Assert.Empty(page.Html.QuerySelectorAll("form, .jump, .brand, .phone"));
        Assert.Equal(["", "Staff sign-in"], page.Texts("footer p"));
    }

    [Fact]
    public async Task Each_public_page_has_one_heading_of_the_first_order_and_none_of_the_third_under_it()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var visitor = app.Browse();
        foreach (var courses in new[] { 0, 1 })
        {
            if (courses == 1) await app.AddCourseAsync();
            foreach (var path in new[] { "/", "/enquire", "/signin" })
            {
                var page = await visitor.GetAsync(path);
                Assert.Single(page.Html.QuerySelectorAll("h1"));
                Assert.Empty(page.Html.QuerySelectorAll("h3"));
            }
        }
    }

    [Fact]
    public async Task A_list_that_is_empty_leads_on_and_one_that_is_filtered_leads_back()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);

        var empty = await manager.GetAsync("/leads?sort=Name");
        Assert.StartsWith("No leads yet.", empty.One(".empty").TextContent.Trim());
        Assert.Equal(["/leads/new", "/imports"], empty.Html.QuerySelectorAll(".empty a").Select(a => a.GetAttribute("href")));

        var filtered = await manager.GetAsync("/leads?stage=New");
        Assert.StartsWith("No leads match.", filtered.One(".empty").TextContent.Trim());
        Assert.Equal("/leads", filtered.One(".empty a").GetAttribute("href"));
    }

    [Fact]
    public async Task Without_a_course_a_batch_and_a_lead_ask_for_one_first_and_a_course_that_is_saved_is_said_to_be()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        using var counsellor = await app.SignInAsync(await app.AddUserAsync("Divya Menon"));
        Assert.Contains("First add a course.", (await manager.GetAsync("/batches")).Text);
        Assert.Empty(manager.Page.Html.QuerySelectorAll("form[action='/batches']"));
        Assert.Equal("/courses/new", (await manager.GetAsync("/leads/new")).One(".note a").GetAttribute("href"));
        Assert.Empty((await counsellor.GetAsync("/leads/new")).Html.QuerySelectorAll("form[action='/leads'], .note a"));

        await manager.GetAsync("/courses/new");
        var page = await manager.SubmitAsync("form[action='/courses']", new()
        {
            ["name"] = "CPC Preparation",
            ["code"] = "CPC",
            ["summary"] = "Coding.",
            ["weeks"] = "20",
            ["fee"] = "42000",
            ["open"] = "true",
        });

        Assert.Equal("CPC Preparation is saved.", page.One(".done").TextContent);
        page.One("form[action='/batches']");
        (await manager.GetAsync("/leads/new")).One("form[action='/leads']");
        var course = Assert.Single(await app.AllAsync<Course>());
        course.Open = false;
        await app.StoreAsync(course);
        Assert.Contains("No course is open: open or add one first.", (await manager.GetAsync("/batches")).Text);
    }

    [Theory]
    [InlineData("/leads/0198d2f1-6f0a-7c3e-9b1d-52e7a4c80d63")]
    [InlineData("/imports/0198d2f1-6f0a-7c3e-9b1d-52e7a4c80d63")]
    [InlineData("/nowhere/at/all")]
    public async Task Who_is_signed_in_is_told_of_nothing_inside_the_frame_and_nobody_else_sees_the_frame(string path)
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        using var visitor = app.Browse();

        var page = await manager.GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, page.Status);
        page.One("body.staff #side form[action='/signout'] [name='__RequestVerificationToken']");
        Assert.DoesNotContain("Staff sign-in", page.Text);
        Assert.Empty((await visitor.GetAsync(path)).Html.QuerySelectorAll("#side"));
    }

    [Fact]
    public async Task A_refusal_before_any_page_stands_in_the_frame_too()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);

        var page = await manager.PostAsync("/batches", new() { ["code"] = "CPC-1" });

        Assert.Equal((HttpStatusCode.BadRequest, "This form has expired"), (page.Status, page.One("h1").TextContent));
        page.One("body.staff #side form[action='/signout']");
    }

    [Theory]
    [InlineData("", "email")]
    [InlineData("divya@periyar.example", "password")]
    public async Task Who_could_not_sign_in_goes_on_where_it_was_wrong(string email, string field)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddUserAsync("Divya Menon");
        using var visitor = app.Browse();
        await visitor.GetAsync("/signin");

        var page = await visitor.SubmitAsync("form[action='/signin']", new() { ["email"] = email, ["password"] = "not this one" });

        Assert.Equal(field, page.One("[autofocus]").GetAttribute("name"));
    }
}

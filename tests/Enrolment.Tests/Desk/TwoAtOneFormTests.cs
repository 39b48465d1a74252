using System.Net;
using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;

namespace Crm.Tests.Desk;

/// <summary>Two managers with one form open: each keeps what they changed, and is told of what both did.</summary>
public sealed class TwoAtOneFormTests(TestPostgres postgres)
{
    /// <summary>Form, a field with what I type, another with what my colleague types, and how the latter is told.</summary>
    public static TheoryData<string, string, string, string, string, string> Forms => new()
    {
        { "course", "name", "CPC Examination", "fee", "45000", "45000" },
        { "course", "summary", "Two sentences.", "open", "", "closed" },
        { "course", "open", "", "modules", "Anatomy, 24\nHCC, 10", "Anatomy, 24\nHCC, 10" },
        { "batch", "schedule", "Sat, 10:00", "seats", "30", "30" },
        { "batch", "seats", "8", "startsOn", "2027-02-01", "1 Feb 2027" },
        { "batch", "startsOn", "2027-02-01", "mode", "Online", "Online" },
        { "institute", "tagline", "Hers", "address", "12 Marina, Lagos", "12 Marina, Lagos" },
        { "institute", "homeText", "One.\n\nTwo.", "financialYearStart", "1", "January" },
        { "institute", "courseWord", "programme", "website", "", "empty" },
        { "staff", "name", "Divya M", "phone", "+91 98470 12345", "+91 98470 12345" },
        { "staff", "phone", "098470 55555", "role", "manager", "Manager" },
        { "staff", "name", "Divya M", "active", "", "may not sign in" },
    };

    private async Task<(TestApp App, string Page, string Form)> OpenAsync(string kind)
    {
        var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var page = kind switch
        {
            "course" => "/courses/" + course.Id,
            "batch" => "/batches/" + (await app.AddBatchAsync(course)).Id,
            "staff" => "/users/" + (await app.AddUserAsync("Divya Menon")).Id,
            _ => "/institute",
        };
        return (app, page, $"form[action='{page}']");
    }

    private static async Task<(Browser Mine, Browser Theirs)> SitDownAsync(TestApp app, string page)
    {
        var mine = await app.SignInAsync(Roles.Manager);
        var theirs = await app.SignInAsync(await app.AddUserAsync("Ravi Pillai", Roles.Manager));
        await mine.GetAsync(page);
        await theirs.GetAsync(page);
        return (mine, theirs);
    }

    private static string Shown(WebPage page, string form, string field)
    {
        var control = page.One($"{form} [name='{field}']");
        return control.LocalName switch
        {
            "textarea" => control.TextContent.TrimStart('\n'),
            "select" => control.QuerySelector("option[selected]")?.GetAttribute("value") ?? "",
            _ when control.GetAttribute("type") == "checkbox" => control.HasAttribute("checked") ? "true" : "",
            _ => control.GetAttribute("value") ?? "",
        };
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task What_each_changed_is_kept_where_they_changed_different_fields(
        string kind, string field, string typed, string other, string theirWord, string _)
    {
        var (app, page, form) = await OpenAsync(kind);
        await using var __ = app;
        var (mine, theirs) = await SitDownAsync(app, page);

        var first = await theirs.SubmitAsync(form, new() { [other] = theirWord });
        var second = await mine.SubmitAsync(form, new() { [field] = typed });

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.Status, second.Status));
        var now = await mine.GetAsync(page);
        Assert.Equal(theirWord, Shown(now, form, other));
        Assert.Equal(field == "phone" ? "+91 98470 55555" : typed, Shown(now, form, field));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task What_both_changed_is_shown_with_both_values_and_taken_when_it_is_sent_again(
        string kind, string before, string typed, string field, string theirWord, string told)
    {
        var mineInstead = field switch
        {
            "fee" => "46000",
            "seats" => "31",
            "startsOn" => "2027-03-01",
            "mode" => "Hybrid",
            "financialYearStart" => "7",
            "phone" => "+91 98470 99999",
            "website" => "https://mine.example",
            "modules" => "Mine, 5",
            "address" => "Mine",
            _ => null, // of two values, both can only have changed to the same
        };
        var (app, page, form) = await OpenAsync(kind);
        await using var _ = app;
        var (mine, theirs) = await SitDownAsync(app, page);
        await theirs.SubmitAsync(form, new() { [field] = theirWord });
        if (mineInstead is null)
        {
            Assert.Equal(HttpStatusCode.OK, (await mine.SubmitAsync(form, new() { [field] = theirWord, [before] = typed })).Status);
            return;
        }

        var asked = await mine.SubmitAsync(form, new() { [field] = mineInstead });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, asked.Status);
        Assert.Equal($"This was changed meanwhile: it is now “{told}”. Save again to change it.", asked.ErrorOf(field));
        Assert.Equal(mineInstead, Shown(asked, form, field));
        Assert.Equal(theirWord, Shown(await theirs.GetAsync(page), form, field));
        Assert.Equal(HttpStatusCode.OK, (await mine.SubmitAsync(form)).Status);
        Assert.Equal(mineInstead, Shown(await mine.GetAsync(page), form, field));
    }

    [Theory]
    [InlineData("course", "fee", "1", "42000")]
    [InlineData("batch", "seats", "1", "10")]
    [InlineData("institute", "tagline", "Mine", "Careers in medical coding, taught by working coders")]
    [InlineData("staff", "name", "Mine", "Divya Menon")]
    public async Task A_form_that_does_not_say_what_it_was_drawn_from_is_asked_about(string kind, string field, string typed, string now)
    {
        var (app, page, form) = await OpenAsync(kind);
        await using var _ = app;
        var (mine, _) = await SitDownAsync(app, page);
        foreach (var drawn in mine.Page.Html.QuerySelectorAll($"{form} [name^='was-']")) drawn.Remove();

        var asked = await mine.SubmitAsync(form, new() { [field] = typed });

        Assert.Equal((HttpStatusCode.UnprocessableEntity, $"This is now “{now}”. Save again to change it."),
            (asked.Status, asked.ErrorOf(field)));
        Assert.Equal(typed, Shown(asked, form, field));
        Assert.Equal(now, Shown(await mine.GetAsync(page), form, field));
    }

    [Fact]
    public async Task Of_two_who_save_one_field_at_the_same_moment_one_is_asked()
    {
        var (app, page, form) = await OpenAsync("course");
        await using var _ = app;
        var (mine, theirs) = await SitDownAsync(app, page);

        var pages = await Task.WhenAll(
            mine.SubmitAsync(form, new() { ["fee"] = "45000" }), theirs.SubmitAsync(form, new() { ["fee"] = "46000" }));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.UnprocessableEntity], pages.Select(p => p.Status).Order());
        var fee = pages[0].Status == HttpStatusCode.OK ? 45_000 : 46_000;
        Assert.Equal(fee, Assert.Single(await app.AllAsync<Course>()).Fee.Rupees);
        Assert.Contains($"“{fee}”", pages.Single(p => p.Status != HttpStatusCode.OK).ErrorOf("fee"));
    }
}

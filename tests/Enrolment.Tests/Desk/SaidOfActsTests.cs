using System.Net;
using Crm.Courses;
using Crm.Desk;
using Crm.Institute;
using Crm.Leads;
using Crm.Tests.House;
using Crm.Web;

namespace Crm.Tests.Desk;

/// <summary>What is said for a moment after an act: what was done, and to what.</summary>
public sealed class SaidOfActsTests(TestPostgres postgres, SharedApps shared) : IClassFixture<SharedApps>
{
    // What is said for a moment is read in one.
    private const int Longest = 120;

    [Fact]
    public void Nothing_in_the_program_says_the_bare_word()
    {
        var files = Repository.Files("app", ".cs", ".cshtml").Concat(Repository.Files("wwwroot/js", ".js")).ToList();

        Assert.True(files.Count > 500, $"Only {files.Count} files were looked at.");
        Assert.DoesNotContain(files, f => new[] { "'Saved.'", "\"Saved.\"", ">Saved.<" }.Any(f.Text.Contains));
    }

    [Fact]
    public async Task Whatever_an_act_does_is_named_in_a_short_sentence()
    {
        var said = await shared.OnceAsync(app => Task.FromResult(app.Get<SaidOfActs>()));

        foreach (var type in EventSamples.Types)
        {
            var text = said.Of(new ActOutcome(null, [EventSamples.Of(type)]));
            Assert.True(text.Length is > 5 and <= Longest && text[^1] == '.', $"{type.Name}: {text}");
            Assert.DoesNotContain("Saved", text);
            Assert.DoesNotContain("does not know", text);
        }
    }

    [Fact]
    public async Task Each_act_on_the_page_of_a_person_says_what_it_did()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course);
        using var staff = await app.SignInAsync(Roles.Counsellor);

        async Task<string?> SayAsync(string act, params (string Field, string Value)[] typed)
        {
            await staff.GetAsync($"/leads/{lead.Id}");
            Assert.Equal("", staff.Page.One("#lead").GetAttribute("data-said"));
            var page = await staff.SubmitAsync(
                $".lead-page form[action$='/{act}']", typed.ToDictionary(t => t.Field, t => t.Value), htmx: true);
            return page.One("#lead").GetAttribute("data-said");
        }

        Assert.Equal("Note added.", await SayAsync("notes", ("text", "Wants the weekend")));
        Assert.Equal("Follow-up planned for Tue 1 Dec, 10:30 AM.",
            await SayAsync("follow-up", ("date", "2026-12-01"), ("time", "10:30"), ("purpose", "Ask about the fee")));
        Assert.Equal("Call: no answer. Follow-up planned for Wed 2 Dec, 9:00 AM.",
            await SayAsync("contacts", ("outcome", "NoAnswer"), ("date", "2026-12-02"), ("time", "09:00")));
        Assert.Equal("Moved to Counselled.", await SayAsync("stage", ("stage", "Counselled")));
        Assert.Equal("Tagged weekend.", await SayAsync("tags", ("tag", "weekend")));
        Assert.Equal("Stopped WhatsApp.", await SayAsync("consents", ("agreesWhatsApp", ""), ("way", "Phone")));
        Assert.Equal("Marked as lost: fee.", await SayAsync("loss", ("reason", "Fee")));
    }

    [Fact]
    public async Task A_form_sent_twice_and_one_that_changes_nothing_say_so_and_what_is_refused_says_nothing()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var notes = $"form[action='/leads/{lead.Id}/notes']";
        var page = await staff.GetAsync($"/leads/{lead.Id}");
        var fields = page.Html.QuerySelectorAll($"{notes} [name]")
            .ToDictionary(f => f.GetAttribute("name")!, f => f.GetAttribute("value") ?? "Wants the weekend");

        await staff.PostAsync($"/leads/{lead.Id}/notes", fields, htmx: true);
        var twice = await staff.PostAsync($"/leads/{lead.Id}/notes", fields, htmx: true);
        await staff.GetAsync($"/leads/{lead.Id}");
        var same = await staff.SubmitAsync($"form[action='/people/{lead.PersonId}/details']", htmx: true);
        await staff.GetAsync($"/leads/{lead.Id}");
        var refused = await staff.SubmitAsync(notes, new() { ["text"] = " " }, htmx: true);

        Assert.Equal("This was done already, and is done once.", twice.One("#lead").GetAttribute("data-said"));
        Assert.Equal("Nothing was changed: it is so already.", same.One("#lead").GetAttribute("data-said"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Equal("", refused.One("#lead").GetAttribute("data-said"));
    }
}

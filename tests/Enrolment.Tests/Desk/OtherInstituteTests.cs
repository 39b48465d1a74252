using System.Net;
using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Changes;
using Crm.Counselling;
using Crm.Courses;
using Crm.Demo;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;

namespace Crm.Tests.Desk;

/// <summary>An institute in another country: what its people read is its own, wherever they read it.</summary>
public sealed class OtherInstituteTests(TestPostgres postgres)
{
    /// <summary>What its manager types of it.</summary>
    internal static Dictionary<string, string> Typed => new()
    {
        ["name"] = "Lagos School of Coding",
        ["tagline"] = "Learn to code",
        ["address"] = "12 Marina, Lagos",
        ["phone"] = "+234 803 123 4567",
        ["email"] = "office@lagos.example",
        ["homeText"] = "We teach.",
        ["brochureSteps"] = "Come and see us.",
        ["letterText"] = "Bring a pen.",
        ["commonQuestions"] = "laptops",
        ["currencySymbol"] = "$",
        ["currencyWord"] = "dollars",
        ["currencyMinorWord"] = "cents",
        ["grouping"] = "Western",
        ["financialYearStart"] = "1",
        ["phoneRegion"] = "ng",
        ["courseWord"] = "Programme",
        ["courseWords"] = "Programmes",
        ["batchWord"] = "Cohort",
        ["batchWords"] = "Cohorts",
        ["moduleWord"] = "Unit",
        ["moduleWords"] = "Units",
    };

    private sealed record Lagos(TestApp App, Browser Manager, Lead Lead) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Manager.Dispose();
            await App.DisposeAsync();
        }

        public async Task<string> PdfAsync(string name) => string.Join(' ',
            PdfText.Pages(await (await Manager.DownloadAsync($"/leads/{Lead.Id}/{name}.pdf")).Content.ReadAsByteArrayAsync()));
    }

    /// <summary>With somebody who asked, was written to, was offered a seat and took it, and somebody whom nobody reached.</summary>
    private async Task<Lagos> OpenAsync()
    {
        var app = await TestApp.StartAsync(postgres, described: false);
        var user = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        using var manager = await app.SignInAsync(user);
        await manager.GetAsync("/institute");
        Assert.Equal(HttpStatusCode.OK, (await manager.SubmitAsync("form[action='/institute']", Typed)).Status);
        var course = await app.AddCourseAsync(fee: 1_234_567);
        var (batch, counsellor) = (await app.AddBatchAsync(course), await app.AddUserAsync("Chidi Eze"));
        await app.AddLeadAsync(course, "Ngozi Bello", "ngozi@mail.example", "+2348031234568");
        var lead = await app.AddLeadAsync(course, "Ada Obi", "ada@mail.example", "+2348031234567");
        await app.ActAsync<PlanFollowUp>(lead.Id, counsellor, ("date", "2026-11-23"), ("time", "10:10"), ("purpose", "Call"));
        await app.ActAsync<SendEmail>(lead.Id, counsellor, ("subject", "Hello"), ("body", "Words"));
        await app.ActAsync<MakeOffer>(lead.Id, counsellor, ("batchId", batch.Id.ToString()), ("discount", "1000"),
            ("validUntil", "2026-12-24"), ("byEmail", "true"));
        await app.DeliverAsync();
        await app.EnrolAsync(lead, counsellor, batch, instalments: 3, discount: 1000, from: "2026-12-01");
        await app.NudgeAsync();
        await app.DeliverAsync();
        return new Lagos(app, await app.SignInAsync(user), lead);
    }

    /// <summary>All that its visitors, staff and applicants read: pages, documents, and mail by its kind.</summary>
    private static async Task<List<(string Where, string Text)>> ReadAsync(Lagos lagos)
    {
        var said = (await PagesAsync(lagos)).ConvertAll(p => (p.Where, p.Page.Text));
        said.AddRange(await PapersAsync(lagos));
        return said.ConvertAll(s => (s.Where, Regex.Replace(WebUtility.HtmlDecode(s.Text), @"\s+", " ")));
    }

    private static async Task<List<(string Where, WebPage Page)>> PagesAsync(Lagos lagos)
    {
        var pages = new List<(string Where, WebPage Page)>();
        using var visitor = lagos.App.Browse();
        var stop = new Uri(lagos.App.Get<UnsubscribeLinks>().For(EmailAddress.FromStored("ada@mail.example"))).PathAndQuery;
        foreach (var path in new[] { "/", "/enquire", "/enquire/cpc", "/enquire/thanks", "/signin", stop })
            pages.Add((path, await visitor.GetAsync(path)));
        var open = (await lagos.App.AllAsync<Lead>()).Single(l => l.IsOpen);
        foreach (var path in new[] { "/today", "/leads", "/leads/new", "/leads/board", "/batches", "/courses/new",
            $"/courses/{open.CourseId}", "/reports", "/outbox", "/duplicates", "/users", "/account", "/institute", $"/leads/{open.Id}",
            $"/leads/{lagos.Lead.Id}",
            $"/people/{lagos.Lead.PersonId}", $"/batches/{(await lagos.App.AllAsync<Batch>()).Single().Id}" })
            pages.Add((path, await lagos.Manager.GetAsync(path)));
        Assert.All(pages, p => Assert.True(p.Page.Status == HttpStatusCode.OK, $"{p.Where}: {p.Page.Status}"));
        return pages;
    }

    private static async Task<List<(string Where, string Text)>> PapersAsync(Lagos lagos)
    {
        var said = new List<(string Where, string Text)>();
        foreach (var name in new[] { "brochure", "enrolment-letter" }) said.Add(("PDF " + name, await lagos.PdfAsync(name)));
        foreach (var message in (await lagos.App.AllAsync<OutboxMessage>()).Where(m => m.File is not null))
        {
            using var mime = await MimeMessage.LoadAsync(message.File!);
            said.Add((message.Kind, $"{mime.Subject} {mime.From} {mime.TextBody} {mime.HtmlBody}"));
        }
        return said;
    }

    /// <summary>What a page shows and reads aloud: its texts, and the attributes that are words.</summary>
    private static string Shown(WebPage page)
    {
        string[] worded = ["aria-label", "data-label", "placeholder", "title", "alt"];
        var texts = page.Html.All.Where(e => e.LocalName is not ("script" or "style"))
            .SelectMany(e => e.ChildNodes.OfType<AngleSharp.Dom.IText>().Select(t => t.Data)
                .Concat(worded.Select(w => e.GetAttribute(w) ?? "")));
        return string.Join('\n', texts.Append(page.Html.Title ?? ""));
    }

    [Fact]
    public async Task Staff_visitors_and_applicants_read_of_programmes_cohorts_and_units_wherever_they_look()
    {
        await using var lagos = await OpenAsync();

        var shown = (await PagesAsync(lagos)).ConvertAll(p => (p.Where, Text: Shown(p.Page)));
        // What the words are for is said on the page where they are chosen.
        shown.RemoveAll(s => s.Where == "/institute");
        foreach (var refused in new[] { "/batches", "/courses/new", "/leads/new" })
        {
            await lagos.Manager.GetAsync(refused);
            shown.Add((refused + ", sent empty", Shown(await lagos.Manager.SubmitAsync("main form[method=post]"))));
        }
        shown.AddRange(await PapersAsync(lagos));

        var others = new Regex(@"\b(course|batch|module)(s|es)?\b", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1));
        Assert.Empty(
            from s in shown
            from line in s.Text.Split('\n')
            where others.IsMatch(line)
            select $"{s.Where}: {line.Trim()}");
        foreach (var word in new[] { "Programme", "Programmes", "Cohort", "Cohorts", "Units" })
            Assert.Contains(shown, s => s.Text.Contains(word, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_rules_of_access_the_audit_and_a_cancelled_cohort_speak_its_words_too()
    {
        await using var lagos = await OpenAsync();
        var batch = Assert.Single(await lagos.App.AllAsync<Batch>());
        await lagos.Manager.GetAsync($"/batches/{batch.Id}/cancellation");
        await lagos.Manager.SubmitAsync($"form[action='/batches/{batch.Id}/cancellation'][method=post]", new() { ["why"] = "Too few" });
        var change = Assert.Single(await lagos.App.AllAsync<Change>(), c => c.Kind == ChangeKind.Cancellation);

        var rules = Shown(await lagos.Manager.GetAsync("/users/rules"));
        var kinds = (await lagos.Manager.GetAsync("/audit")).Texts("select[name=kind] option");
        var cancelled = Shown(await lagos.Manager.GetAsync($"/changes/{change.Id}"));

        Assert.Contains("such as the students of cohorts", rules);
        Assert.Contains("Changed programmes", kinds);
        Assert.Contains("Changed cohorts", kinds);
        Assert.Contains("seats and money went to other cohorts", cancelled);
        Assert.All([rules, string.Join('\n', kinds), cancelled], text => Assert.DoesNotMatch(@"(?i)\b(course|batch)(s|es)?\b", text));
    }

    [Fact]
    public async Task Nothing_that_another_institute_shows_sends_or_prints_is_the_demos()
    {
        await using var demo = await TestApp.StartAsync(postgres, described: false);
        await DemoSeed.RunAsync(demo.Host.Services, NullLogger.Instance, TestApp.Password, 100);
        var its = demo.Get<CurrentInstitute>().Profile;
        string[] words = ["Periyar", "Ernakulam", "₹", "rupee", "paise", its.Name, its.Tagline, its.Address, its.Phone, its.Email,
            its.Website, its.HomeTitle, its.HomeText, its.LetterText, its.CommonQuestions, .. its.BrochureSteps.Split('\n')];
        await using var lagos = await OpenAsync();

        var said = await ReadAsync(lagos);

        Assert.All(words, word => Assert.True(word.Length > 0));
        Assert.Equal(["PDF brochure", "PDF enrolment-letter", "brochure", "enrolment-letter", "nudge", "offer", "personal", "reminder"],
            said.Select(s => s.Where).Where(w => !w.StartsWith('/')).Distinct().Order(StringComparer.Ordinal));
        Assert.Empty(
            from s in said
            from word in words
            where s.Text.Contains(word, StringComparison.OrdinalIgnoreCase)
            select (s.Where, word));
    }

    [Fact]
    public async Task The_home_page_and_the_form_speak_of_its_programmes_in_its_money()
    {
        await using var lagos = await OpenAsync();
        using var visitor = lagos.App.Browse();

        var home = await visitor.GetAsync("/");

        Assert.Contains("$1,234,567", home.Texts(".facts span"));
        Assert.Equal("Ask about our programmes", home.One(".enquiry h2").TextContent);
        Assert.Equal("Programme", home.One("label[for=course]").TextContent.Trim());
        Assert.Contains("Lagos School of Coding may call", home.Text);
    }

    [Fact]
    public async Task The_brochure_speaks_of_its_cohorts_and_units_in_its_money()
    {
        await using var lagos = await OpenAsync();

        var brochure = await lagos.PdfAsync("brochure");

        Assert.All(["Cohorts you can join", "Cohort Starts", "No. Unit Hours", "In full $1,234,567", "$411,523", "Come and see us.",
            "12 Marina, Lagos", "office@lagos.example"], text => Assert.Contains(text, brochure));
    }

    [Fact]
    public async Task The_letter_names_its_programme_and_cohort_in_its_money()
    {
        await using var lagos = await OpenAsync();

        var letter = await lagos.PdfAsync("enrolment-letter");

        Assert.All(["Programme CPC Preparation", "Cohort CPC-2701", "Programme fee $1,234,567", "Discount – $1,000",
            "To be paid $1,233,567", "1 of 3 1 Dec 2026 $411,189", "Bring a pen.", "for Lagos School of Coding", "+234 803 123 4567"],
            text => Assert.Contains(text, letter));
    }

    [Fact]
    public async Task Its_staff_read_its_money_and_its_numbers()
    {
        await using var lagos = await OpenAsync();

        var page = await lagos.Manager.GetAsync($"/leads/{lagos.Lead.Id}");

        Assert.Contains("Offered CPC-2701 at $1,233,567", page.Texts(".timeline .what"));
        Assert.Contains("+234 803 123 4567", page.Html.Body!.TextContent);
    }
}

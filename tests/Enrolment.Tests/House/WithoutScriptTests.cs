using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;

namespace Crm.Tests.House;

/// <summary>
/// Every page of staff with JavaScript off: each link leads somewhere, each form has an address of its own, and each answer is a whole
/// page.
/// </summary>
public sealed class WithoutScriptTests(SharedApps apps) : IClassFixture<SharedApps>
{
    private static readonly string[] Paths =
    [
        "/today", "/today?everyone=true", "/leads", "/leads?stage=open&waiting=New", "/leads/board", "/leads/board?mine=true", "/leads/new",
        "/leads/{open}", "/leads/{open}?edit=language", "/leads/{open}?edit=counsellor", "/leads/{planned}", "/leads/{enrolled}",
        "/leads/{lost}", "/people/{person}/merges", "/people/{person}/merges/new?with={other}", "/leads/selections?of=all",
        "/search?q=an", "/views", "/sources", "/batches", "/batches/{batch}",
        "/batches/{batch}/attendance", "/courses/new", "/dues", "/bank-statements", "/duplicates", "/enquiries/suspected", "/changes",
        "/approvals", "/reports", "/reports/fees", "/reports/cash", "/imports", "/outbox", "/users", "/users/rules", "/privacy", "/audit",
        "/institute", "/institute/batches", "/upkeep", "/backups", "/account", "/account/authenticator",
    ];

    // They end the walk, or make backups and files, which have tests of their own.
    private static readonly string[] Unsent = ["/signout", "/account/sessions/end", "/backups"];

    private sealed record Office(TestApp App, Browser Browser, IReadOnlyDictionary<string, string> Of);

    private Task<Office> OpenAsync() => apps.OnceAsync(async app =>
    {
        var manager = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        var course = await app.AddCourseAsync();
        await app.AddCourseAsync("CCS");
        var batch = await app.AddBatchAsync(course);
        Task<Lead> AddAsync(string name) => app.AddLeadAsync(course, name, $"{name.Split(' ')[0].ToLowerInvariant()}@mail.example");
        var (open, planned) = (await AddAsync("Anjali Nair"), await AddAsync("Binu George"));
        var (enrolled, lost) = (await AddAsync("Cini Paul"), await AddAsync("Dileep Kumar"));
        await app.ChangeAsync(planned, l => LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.NewGuid(), app.Clock.Now.AddMinutes(5), null));
        await app.EnrolAsync(enrolled, manager, batch, instalments: 2);
        await app.ChangeAsync(lost, l => LeadRules.Lose(l, LostReason.Fee, null));
        return new Office(app, await app.SignInAsync(manager), new Dictionary<string, string>
        {
            ["open"] = $"{open.Id}",
            ["person"] = $"{open.PersonId}",
            ["other"] = $"{planned.PersonId}",
            ["planned"] = $"{planned.Id}",
            ["enrolled"] = $"{enrolled.Id}",
            ["lost"] = $"{lost.Id}",
            ["batch"] = $"{batch.Id}",
        });
    });

    private static string Whole(Office office, string path) =>
        office.Of.Aggregate(path, (p, thing) => p.Replace($"{{{thing.Key}}}", thing.Value, StringComparison.Ordinal));

    [Fact]
    public async Task What_htmx_does_has_an_address_of_its_own_on_every_page()
    {
        var office = await OpenAsync();
        var wrong = new List<string>();
        foreach (var path in Paths)
        {
            var page = await office.Browser.GetAsync(Whole(office, path));
            if (page.Status != HttpStatusCode.OK || !IsWhole(page.Text)) wrong.Add($"{path} answers {page.Status}");
            wrong.AddRange(page.Html.QuerySelectorAll("main [hx-get], main [hx-post]").Where(e => !HasAddress(e)).Select(e =>
                $"{path}: {e.OuterHtml[..Math.Min(160, e.OuterHtml.Length)]}"));
            wrong.AddRange(page.Html.QuerySelectorAll("main form").Where(f => !CanBeSent(f)).Select(f =>
                $"{path}: a form without an address or a button: {f.GetAttribute("class")} {f.GetAttribute("action")}"));
            wrong.AddRange(page.Html.QuerySelectorAll("main form:not([novalidate], [data-passkey]):has([required])").Select(f =>
                $"{path}: the browser would say in its own way what is missing in {f.GetAttribute("action")}"));
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Each_form_sent_as_it_stands_is_answered_with_a_whole_page()
    {
        var office = await OpenAsync();
        var (wrong, sent) = (new List<string>(), 0);
        foreach (var path in Paths)
        {
            var address = Whole(office, path);
            var forms = (await office.Browser.GetAsync(address)).Html.QuerySelectorAll("main form").OfType<IHtmlFormElement>().ToList();
            foreach (var form in forms)
                foreach (var (target, fields) in WaysOf(form))
                {
                    var answer = form.GetAttribute("method")?.ToLowerInvariant() == "post"
                        ? await office.Browser.PostAllAsync(target, fields)
                        : await office.Browser.GetAsync($"{target}?{await new FormUrlEncodedContent(
                            fields.Select(f => KeyValuePair.Create(f.Name, f.Value))).ReadAsStringAsync()}");
                    sent++;
                    if (!IsAnswer(answer))
                        wrong.Add($"{path}: {target} answers {answer.Status}: {answer.Text[..Math.Min(120, answer.Text.Length)]}");
                }
        }

        Assert.Empty(wrong);
        Assert.True(sent > 100, $"Only {sent} forms were sent.");
    }

    private static bool HasAddress(IElement element) => element switch
    {
        IHtmlAnchorElement => element.GetAttribute("href") is { Length: > 0 },
        IHtmlFormElement form => CanBeSent(form),
        // What a page asks for by itself shows nothing that was not there.
        _ => element.HasAttribute("hx-trigger") && (element.HasAttribute("hidden")
            || element.Closest("form") is { } around && CanBeSent(around)
            || element.GetAttribute("hx-trigger")!.StartsWith("every", StringComparison.Ordinal)),
    };

    private static bool CanBeSent(IElement form)
    {
        var buttons = form.QuerySelectorAll("button:not([type=button]), noscript").Concat(
            form.Id is { Length: > 0 } id ? form.Owner!.QuerySelectorAll($"button[form='{id}']") : []).ToList();
        var address = form.GetAttribute("action") is { Length: > 0 } || buttons.All(b => b.HasAttribute("formaction"));
        // Steps of which none can be taken are shown as those that can.
        var isShownAlone = form.QuerySelectorAll("button, select, textarea, input:not([type=hidden])").Length == 0;
        return address && (buttons.Count > 0 || isShownAlone);
    }

    // By each of its buttons, with what the page put into it.
    private static IEnumerable<(string Target, List<(string Name, string Value)> Fields)> WaysOf(IHtmlFormElement form)
    {
        if (form.GetAttribute("enctype") == "multipart/form-data") yield break;
        var fields = form.Elements.Where(e => e.GetAttribute("name") is { Length: > 0 }).SelectMany(e => e switch
        {
            IHtmlInputElement { Type: "checkbox" or "radio", IsChecked: false } or IHtmlButtonElement => [],
            IHtmlInputElement input => new[] { (Name: input.Name!, input.Value) },
            IHtmlTextAreaElement area => [(Name: area.Name!, area.Value)],
            IHtmlSelectElement select => [(Name: select.Name!, Value: select.Value ?? "")],
            _ => [],
        }).ToList();
        var buttons = form.QuerySelectorAll("button:not([type=button])").Take(3).ToList();
        foreach (var button in buttons)
        {
            var target = button.GetAttribute("formaction") ?? form.GetAttribute("action")!;
            if (Unsent.Contains(target)) continue;
            yield return (target, button.GetAttribute("name") is { Length: > 0 } name
                ? [.. fields, (name, button.GetAttribute("value") ?? "")]
                : fields);
        }
    }

    private static bool IsAnswer(WebPage page) => page.Status switch
    {
        HttpStatusCode.OK or HttpStatusCode.UnprocessableEntity or HttpStatusCode.Conflict or HttpStatusCode.NotFound =>
            IsWhole(page.Text) || IsFile(page.Text),
        _ => false,
    };

    // A workbook is a ZIP, a CSV begins with its headings.
    private static bool IsFile(string text) => text.StartsWith("PK", StringComparison.Ordinal) || !text.Contains('<');

    private static bool IsWhole(string text) => text.TrimStart().StartsWith("<!DOCTYPE html>", StringComparison.OrdinalIgnoreCase);
}

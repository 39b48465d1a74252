using System.Text;
using Crm.Courses;
using Crm.Imports;
using Crm.Institute;

namespace Crm.Tests.Imports;

/// <summary>A manager who imports files, as they do it: drop, look, start; what Hangfire does in the background is done at once.</summary>
internal sealed class ImportDesk(TestApp app, Browser browser) : IDisposable
{
    public const string DropForm = "form[action='/imports']";

    public TestApp App => app;
    public Browser Browser => browser;
    public WebPage Page => browser.Page;

    /// <summary>The import whose page is open.</summary>
    public Guid Id => Guid.Parse(Page.Path.Split('/', '?')[2]);

    public static byte[] Sample(string name) =>
        File.ReadAllBytes(Path.Combine(Repository.Root, "tests/Enrolment.Tests/Imports/Samples", name));

    /// <summary>The demo's courses, as far as the samples name them.</summary>
    public static async Task<ImportDesk> OpenAsync(TestPostgres postgres, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var app = await TestApp.StartAsync(postgres, settings);
        // The samples end some days after the clock of tests stands still.
        app.Time.SetUtcNow(new DateTimeOffset(2026, 11, 28, 4, 30, 0, TimeSpan.Zero));
        foreach (var (code, name) in new[] { ("CPC", "CPC Examination Preparation"), ("CCS", "CCS Examination Preparation"),
            ("FMC", "Foundation in Medical Coding"), ("ICD", "ICD-10-CM Intensive") })
        {
            var course = await app.AddCourseAsync(code);
            course.Name = name;
            await app.StoreAsync(course);
        }
        return new ImportDesk(app, await app.SignInAsync(await app.AddUserAsync("Beena Thomas", Roles.Manager)));
    }

    public Task<WebPage> DropAsync(string name, string text) => DropAsync(name, Encoding.UTF8.GetBytes(text));

    public async Task<WebPage> DropAsync(string name, byte[] bytes)
    {
        await browser.GetAsync("/imports");
        return await browser.UploadAsync(DropForm, "file", name, bytes);
    }

    public Task<WebPage> DropSampleAsync(string name) => DropAsync(name, Sample(name));

    /// <summary>Changes choices of the mapping, by the words above them.</summary>
    public Task<WebPage> MapAsync(params (string Label, string Choice)[] choices) =>
        browser.SubmitAsync($"form[action='/imports/{Id}/mapping']",
            choices.ToDictionary(c => FieldOf(c.Label), c => ValueOf(c.Label, c.Choice)));

    public Task<WebPage> StartAsync(bool writes = false) => browser.SubmitAsync($"form[action='/imports/{Id}/start']",
        new() { ["consent"] = "true", ["writes"] = writes ? "true" : "" });

    /// <summary>Starts the import that is open, and lets all its rows go in.</summary>
    public async Task<WebPage> ImportAsync(bool writes = false)
    {
        var id = Id;
        await StartAsync(writes);
        await app.Get<ImportRunner>().RunAsync(default);
        return await browser.GetAsync($"/imports/{id}");
    }

    /// <summary>All leads, as the list of leads writes them.</summary>
    public async Task<byte[]> ExportAsync(string format)
    {
        await browser.GetAsync("/leads");
        await browser.SubmitAsync("#selection", new() { ["of"] = "all" });
        var form = Page.One("form[action='/leads/selections/files']");
        var fields = form.QuerySelectorAll("input").ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!);
        using var content = new FormUrlEncodedContent(fields.Append(new("as", format)));
        using var answer = await browser.SendRawAsync(
            new HttpRequestMessage(HttpMethod.Post, "/leads/selections/files") { Content = content });
        return await answer.Content.ReadAsByteArrayAsync();
    }

    public Task<Import> ReadAsync(Guid? id = null) => app.LoadAsync<Import>(id ?? Id);

    /// <summary>How many rows the page counts under a tab.</summary>
    public int Count(string tab)
    {
        var link = Page.Html.QuerySelectorAll("#rows nav a")
            .FirstOrDefault(a => a.TextContent.Trim().StartsWith(tab, StringComparison.Ordinal));
        return link is null ? 0 : int.Parse(link.QuerySelector(".total")!.TextContent.Replace(",", ""));
    }

    /// <summary>What a group's rows say, each on one line.</summary>
    public async Task<IReadOnlyList<string>> RowsAsync(RowGroup group)
    {
        var page = await browser.GetAsync($"/imports/{Id}?group={group}");
        return [.. page.Texts("#rows tbody tr")
            .Select(t => string.Join(' ', t.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))];
    }

    /// <summary>The course that a manager chooses for a name, by its code.</summary>
    public async Task<Course> CourseAsync(string code) => (await app.AllAsync<Course>()).Single(c => c.Code == code);

    /// <summary>What is chosen in a select, by the words above it.</summary>
    public string Chosen(string label)
    {
        var select = Page.Html.QuerySelector($"[id='{FieldOf(label)}']")!;
        return (select.QuerySelector("option[selected]") ?? select.QuerySelector("option"))!.TextContent;
    }

    public void Dispose() => browser.Dispose();

    private string FieldOf(string label) =>
        Page.Html.QuerySelectorAll("label").Single(l => l.TextContent == label).GetAttribute("for")!;

    private string ValueOf(string label, string choice) => Page.Html.QuerySelectorAll($"[id='{FieldOf(label)}'] option")
        .Single(o => o.TextContent.Contains(choice, StringComparison.Ordinal)).GetAttribute("value")!;
}

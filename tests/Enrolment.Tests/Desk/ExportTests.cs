using System.Data;
using System.Net;
using System.Text;
using Crm.Accounts;
using Crm.Changes;
using Crm.Institute;
using Crm.Leads;
using ExcelDataReader;

namespace Crm.Tests.Desk;

/// <summary>The list as a file: the columns shown, read back as they were, harmless, and recorded.</summary>
public sealed class ExportTests(TestPostgres postgres)
{
    private static readonly string[] Headings =
        ["Name", "Phone", "Other phones", "Email", "Course", "Stage", "Source", "Counsellor", "Received", "Follow-up"];

    private static async Task<byte[]> FileAsync(Browser staff, string list, string format, IEnumerable<Guid>? ticked = null)
    {
        await staff.GetAsync(list);
        await staff.SubmitAsync("#selection", ticked is null ? new() { ["of"] = "all" } : new() { ["ids"] = string.Join(',', ticked) });
        var form = staff.Page.One("form[action='/leads/selections/files']");
        var fields = form.QuerySelectorAll("input").ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!);
        using var answer = await staff.SendRawAsync(new HttpRequestMessage(HttpMethod.Post, "/leads/selections/files")
        {
            Content = new FormUrlEncodedContent(fields.Append(new("as", format))),
        });
        Assert.True(answer.IsSuccessStatusCode, answer.StatusCode.ToString());
        Assert.Contains($".{format}", answer.Content.Headers.ContentDisposition!.ToString());
        return await answer.Content.ReadAsByteArrayAsync();
    }

    private static List<string[]> Read(byte[] file, bool workbook)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        using var stream = new MemoryStream(file);
        using var reader = workbook ? ExcelReaderFactory.CreateReader(stream) : ExcelReaderFactory.CreateCsvReader(stream);
        var rows = new List<string[]>();
        while (reader.Read())
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i) switch
            {
                DateTime at => at.ToString("yyyy-MM-dd HH:mm"),
                var other => other?.ToString() ?? "",
            })]);
        return rows;
    }

    [Fact]
    public async Task Both_files_are_read_back_as_the_list_is_with_formulas_harmless_and_phones_as_text()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var first = await app.AddLeadAsync(course, "Anu, \"the\" George", "anu@mail.example", "+919847012345",
            new LeadSource("=HYPERLINK(\"http://x\")"));
        await app.ChangeAsync(first, l => LeadRules.PlanFollowUp(l, app.Clock.Now, Guid.NewGuid(), app.Clock.Now.AddDays(1), "Call"));
        await app.AddLeadAsync(course, "അനുഷ കൃഷ്ണൻ", null, "+919847012346", new LeadSource("Fair"));
        using var staff = await app.SignInAsync(divya);

        var workbook = Read(await FileAsync(staff, "/leads?sort=Name", "xlsx"), workbook: true);
        var text = Read(await FileAsync(staff, "/leads?sort=Name", "csv"), workbook: false);

        string[][] expected =
        [
            Headings,
            ["Anu, \"the\" George", "+91 98470 12345", "", "anu@mail.example", "CPC Preparation", "New", "=HYPERLINK(\"http://x\")",
                "Divya Menon", "2026-11-23 10:00", "2026-11-24 10:00"],
            ["അനുഷ കൃഷ്ണൻ", "+91 98470 12346", "", "", "CPC Preparation", "New", "Fair", "Divya Menon", "2026-11-23 10:00", ""],
        ];
        Assert.Equal(expected, workbook);
        // Before what a spreadsheet would take for the beginning of a formula stands an apostrophe, which says that it is text.
        Assert.Equal(expected, text.Select(row => row.Select(cell => cell.TrimStart('\'')).ToArray()));
        Assert.All(text.Skip(1).SelectMany(row => row), cell => Assert.False(cell.StartsWith('=') || cell.StartsWith('+')));
        var changes = (await staff.GetAsync("/changes")).Texts("td.who a");
        Assert.Equal(["Exported leads as CSV: 2 rows", "Exported leads as Excel: 2 rows"], changes.Order());
        Assert.All(await app.AllAsync<Change>(), c => Assert.Equal((divya.Id, false), (c.By.UserId!.Value, c.CanBeUndone)));
    }

    [Fact]
    public async Task A_file_has_the_columns_and_the_rows_that_are_asked_for()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var leads = new[] { await app.AddLeadAsync(course, "Anu George", null), await app.AddLeadAsync(course, "Binu Paul", null) };
        using var staff = await app.SignInAsync(Roles.Counsellor);

        var page = await staff.GetAsync("/leads?columns=stage&columns=reference");
        Assert.Equal(["Name", "Stage", "Reference"], page.Texts("thead th"));
        Assert.Contains(leads[0].Reference, page.One("#lead-" + leads[0].Id).TextContent);
        var all = Read(await FileAsync(staff, "/leads?columns=reference", "csv"), workbook: false);
        var one = Read(await FileAsync(staff, "/leads?columns=reference", "csv", [leads[1].Id]), workbook: false);

        Assert.Equal([.. Headings[..^1], "Reference"], all[0]);
        Assert.Equal(leads.Select(l => l.Reference).Order(), all.Skip(1).Select(r => r[^1]).Order());
        Assert.Equal(("Binu Paul", leads[1].Reference), (Assert.Single(one.Skip(1))[0], one[1][^1]));
    }

    [Fact]
    public async Task Dues_and_the_students_of_a_batch_are_files_too()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        await app.EnrolAsync(await app.AddLeadAsync(course, "Anu George", "anu@mail.example", "+919847012345"), divya, batch);
        using var staff = await app.SignInAsync(divya);

        var dues = Read(await SentAsync(staff, "/dues", "/dues/files"), workbook: true);
        var students = Read(await SentAsync(staff, $"/batches/{batch.Id}", $"/batches/{batch.Id}/files"), workbook: true);

        Assert.Equal(["Anu George", "+91 98470 12345", "anu@mail.example", "CPC-2701-01", "CPC Preparation", "2026-11-23 00:00", "0",
            "42000", "42000"], dues[1]); // the day is one that a spreadsheet reckons with
        var text = Read(await SentAsync(staff, "/dues", "/dues/files", "csv"), workbook: false);
        Assert.Equal("2026-11-23", text[1][5]);
        Assert.Equal(["CPC-2701-01", "Anu George", "", "+91 98470 12345", "anu@mail.example", "42000", "0", "0", "42000", "0"],
            students[1][..10]);
        Assert.Equal(["Exported dues as CSV: 1 row", "Exported dues as Excel: 1 row", "Exported students of CPC-2701 as Excel: 1 row"],
            (await app.AllAsync<Change>()).Select(c => c.Words).Order());
    }

    [Theory]
    [InlineData("王老师")]
    [InlineData("തൃശൂർ-1")]
    [InlineData("A/B\"C;D\\E")]
    public async Task The_students_of_a_batch_that_is_called_in_any_script_are_a_file(string code)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course, code: code);
        using var staff = await app.SignInAsync(await app.AddUserAsync("Divya Menon"));
        var form = (await staff.GetAsync($"/batches/{batch.Id}")).One($"form[action='/batches/{batch.Id}/files']");

        using var answer = await staff.SendRawAsync(new HttpRequestMessage(HttpMethod.Post, $"/batches/{batch.Id}/files")
        {
            Content = new FormUrlEncodedContent(form.QuerySelectorAll("input")
                .ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!).Append(new("as", "csv"))),
        });

        Assert.Equal((HttpStatusCode.OK, $"{code}-students.csv"),
            (answer.StatusCode, answer.Content.Headers.ContentDisposition?.FileNameStar));
    }

    private static async Task<byte[]> SentAsync(Browser staff, string page, string action, string kind = "xlsx")
    {
        var form = (await staff.GetAsync(page)).One($"form[action='{action}']");
        var fields = form.QuerySelectorAll("input").ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!);
        using var answer = await staff.SendRawAsync(new HttpRequestMessage(HttpMethod.Post, action)
        {
            Content = new FormUrlEncodedContent(fields.Append(new("as", kind))),
        });
        return await answer.Content.ReadAsByteArrayAsync();
    }
}

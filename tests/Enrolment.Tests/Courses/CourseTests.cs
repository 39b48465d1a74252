using System.Net;
using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;

namespace Crm.Tests.Courses;

/// <summary>The managers' forms of courses, and the one that adds a batch.</summary>
public sealed class CourseTests(TestPostgres postgres, SharedApps shared) : IClassFixture<SharedApps>
{
    private static Dictionary<string, string> TypedBatch(Course course) => new()
    {
        ["courseId"] = course.Id.ToString(),
        ["code"] = "cpc-2702",
        ["startsOn"] = "2027-01-04",
        ["schedule"] = "Sat, 10:00",
        ["mode"] = "Online",
        ["seats"] = "12",
    };

    private static Dictionary<string, string> TypedCourse() => new()
    {
        ["name"] = "Risk adjustment",
        ["code"] = "crc",
        ["summary"] = "Coding for payers.",
        ["weeks"] = "8",
        ["fee"] = "₹1,25,000.50",
        ["modules"] = "Anatomy, physiology, 24\r\nHCC, 10",
        ["open"] = "true",
    };

    /// <summary>Two managers who have the same page open.</summary>
    private static async Task<(Browser One, Browser Other)> OpenTwiceAsync(TestApp app, string page)
    {
        var one = await app.SignInAsync(Roles.Manager);
        var other = await app.SignInAsync(await app.AddUserAsync("Ravi Pillai", Roles.Manager));
        await one.GetAsync(page);
        await other.GetAsync(page);
        return (one, other);
    }

    [Fact]
    public async Task A_manager_adds_and_changes_a_batch()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/batches");

        var added = await manager.SubmitAsync("form[action='/batches']", TypedBatch(course));

        var batch = Assert.Single(await app.AllAsync<Batch>());
        Assert.Equal((HttpStatusCode.OK, "/batches/" + batch.Id), (added.Status, added.Path));
        Assert.Equal(("CPC-2702", course.Id, new DateOnly(2027, 1, 4), "Sat, 10:00", TeachingMode.Online, 12),
            (batch.Code, batch.CourseId, batch.StartsOn, batch.Schedule, batch.Mode, batch.Seats));
        var changed = await manager.SubmitAsync($"form[action='/batches/{batch.Id}']", new() { ["seats"] = "8" });
        Assert.Equal("CPC-2702 is saved.", changed.One(".done").TextContent);
        Assert.Equal(8, (await app.LoadAsync<Batch>(batch.Id)).Seats);
    }

    [Fact]
    public async Task A_course_that_costs_nothing_can_be_changed_and_a_new_ones_fee_is_asked_for()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync(fee: 0);
        using var manager = await app.SignInAsync(Roles.Manager);
        Assert.Equal("", (await manager.GetAsync("/courses/new")).One("[name=fee]").GetAttribute("value"));
        Assert.Equal("0", (await manager.GetAsync($"/courses/{course.Id}")).One("[name=fee]").GetAttribute("value"));

        var saved = await manager.SubmitAsync($"form[action='/courses/{course.Id}']", new() { ["weeks"] = "9" });

        Assert.Equal((HttpStatusCode.OK, "/batches"), (saved.Status, saved.Path.Split('?')[0]));
        var now = await app.LoadAsync<Course>(course.Id);
        Assert.Equal((9, 0), (now.Weeks, now.Fee.Rupees));
    }

    [Theory]
    [InlineData("ബാച്ച്-1")]
    [InlineData("बैच-2")]
    [InlineData("王-1")]
    public async Task A_batch_may_be_called_in_any_script(string code)
    {
        var (app, course, manager) = await shared.OnceAsync(async app =>
            (app, await app.AddCourseAsync(), await app.SignInAsync(Roles.Manager)));
        await manager.GetAsync("/batches");

        await manager.SubmitAsync("form[action='/batches']", new(TypedBatch(course)) { ["code"] = code });

        Assert.Single(await app.AllAsync<Batch>(), b => b.Code == code);
    }

    [Theory]
    [InlineData("startsOn", "1999-01-01", "Choose the first day in the years 2001 to 2099.")]
    [InlineData("courseId", "", "Choose one from the list.")]
    [InlineData("courseId", "11111111-1111-1111-1111-111111111111", "Choose one from the list.")]
    [InlineData("courseId", "closed", "Choose one from the list.")]
    [InlineData("code", " ", "Enter a code.")]
    [InlineData("code", "TAKEN", "This code is taken.")]
    [InlineData("startsOn", "soon", "Choose the first day.")]
    [InlineData("schedule", "", "Enter the days and times.")]
    [InlineData("mode", "Telepathy", "Choose how it is taught.")]
    [InlineData("seats", "0", "Enter the number of seats, from 1 to 500.")]
    public async Task A_refused_batch_has_its_error_beside_the_field_and_keeps_the_rest(string field, string value, string error)
    {
        var (app, course, closed, manager) = await shared.OnceAsync(async app =>
        {
            var course = await app.AddCourseAsync();
            var closed = await app.AddCourseAsync("OLD");
            closed.Open = false;
            await app.StoreAsync(closed);
            await app.AddBatchAsync(course, code: "TAKEN");
            return (app, course, closed, await app.SignInAsync(Roles.Manager));
        });
        await manager.GetAsync("/batches");
        var typed = new Dictionary<string, string>(TypedBatch(course)) { [field] = value == "closed" ? closed.Id.ToString() : value };

        var page = await manager.SubmitAsync("form[action='/batches']", typed);

        Assert.Equal((HttpStatusCode.UnprocessableEntity, error), (page.Status, page.ErrorOf(field)));
        foreach (var kept in new[] { "code", "startsOn", "schedule", "seats" }.Where(f => f != field))
            Assert.Equal(typed[kept], page.One($"[name='{kept}']").GetAttribute("value"));
        Assert.Single(await app.AllAsync<Batch>());
    }

    [Fact]
    public async Task A_manager_adds_and_changes_a_course()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/courses/new");

        var added = await manager.SubmitAsync("form[action='/courses']", TypedCourse());

        var course = Assert.Single(await app.AllAsync<Course>());
        Assert.Equal((HttpStatusCode.OK, "/batches"), (added.Status, added.Path.Split('?')[0]));
        Assert.Equal(("CRC", "Risk adjustment", 8, 125_000.50m, true),
            (course.Code, course.Name, course.Weeks, course.Fee.Rupees, course.Open));
        Assert.Equal([new CourseModule("Anatomy, physiology", 24), new CourseModule("HCC", 10)], course.Modules);
        var page = await manager.GetAsync("/courses/" + course.Id);
        Assert.Equal(("125000.5", "Anatomy, physiology, 24\nHCC, 10"),
            (page.One("[name=fee]").GetAttribute("value"), page.One("[name=modules]").TextContent));
        await manager.SubmitAsync($"form[action='/courses/{course.Id}']", new() { ["fee"] = "99000" });
        Assert.Equal(99_000, (await app.LoadAsync<Course>(course.Id)).Fee.Rupees);
    }

    [Fact]
    public async Task A_name_that_another_course_has_is_asked_about_before_it_is_taken()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/courses/new");
        await manager.SubmitAsync("form[action='/courses']", TypedCourse());
        await manager.GetAsync("/courses/new");

        var asked = await manager.SubmitAsync("form[action='/courses']",
            new(TypedCourse()) { ["code"] = "CRC2", ["name"] = "  risk   ADJUSTMENT" });

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "CRC is called so already. If both are to have this name, save again."),
            (asked.Status, asked.ErrorOf("name")));
        Assert.Single(await app.AllAsync<Course>());
        await manager.SubmitAsync("form[action='/courses']");
        var second = Assert.Single(await app.AllAsync<Course>(), c => c.Code == "CRC2");
        await manager.GetAsync($"/courses/{second.Id}");
        await manager.SubmitAsync($"form[action='/courses/{second.Id}']", new() { ["fee"] = "1" }); // its name is no question again
        Assert.Equal(1, (await app.LoadAsync<Course>(second.Id)).Fee.Rupees);
    }

    [Theory]
    [InlineData("code", "cpc", "This code is taken.")]
    [InlineData("code", "", "Enter a code.")]
    [InlineData("name", "", "Enter a name.")]
    [InlineData("summary", "", "Enter a summary.")]
    [InlineData("weeks", "105", "Enter the weeks it takes, from 1 to 104.")]
    [InlineData("fee", "much", "Enter the fee in rupees, such as 35000.")]
    [InlineData("fee", "1.234",
        "1.234 has more than 2 digits behind the point. Enter the fee such as 35000 or 35,000, with paise behind a point: 35000.50.")]
    [InlineData("modules", "Anatomy", "Write each line as a title, a comma and the hours: “Anatomy” is not.")]
    public async Task A_refused_course_has_its_error_beside_the_field_and_keeps_the_rest(string field, string value, string error)
    {
        var (app, _, manager) = await shared.OnceAsync(async app =>
            (app, await app.AddCourseAsync(), await app.SignInAsync(Roles.Manager)));
        await manager.GetAsync("/courses/new");

        var page = await manager.SubmitAsync("form[action='/courses']", new(TypedCourse()) { [field] = value });

        Assert.Equal((HttpStatusCode.UnprocessableEntity, error), (page.Status, page.ErrorOf(field)));
        foreach (var kept in new[] { "name", "code", "weeks", "fee" }.Where(f => f != field))
            Assert.Equal(TypedCourse()[kept], page.One($"[name='{kept}']").GetAttribute("value"));
        Assert.Single(await app.AllAsync<Course>());
    }

    [Theory]
    [InlineData("CPC/A")]
    [InlineData("CPC\\A")]
    [InlineData("CPC A")]
    [InlineData("CPC?")]
    [InlineData("CPC#1")]
    [InlineData("CPC%2FA")]
    [InlineData("=CPC")]
    [InlineData("..")]
    [InlineData(".CPC")]
    [InlineData("-CPC")]
    [InlineData("CPC.")]
    public async Task A_code_that_would_break_an_address_a_file_name_or_a_sheet_is_refused_with_the_reason(string code)
    {
        var (app, course, manager) = await shared.OnceAsync(async app =>
            (app, await app.AddCourseAsync(), await app.SignInAsync(Roles.Manager)));
        await manager.GetAsync("/courses/new");

        var asCourse = await manager.SubmitAsync("form[action='/courses']", new(TypedCourse()) { ["code"] = code });
        await manager.GetAsync("/batches");
        var asBatch = await manager.SubmitAsync("form[action='/batches']", new(TypedBatch(course)) { ["code"] = code });

        Assert.All([asCourse, asBatch], page =>
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
            Assert.EndsWith("the code stands in addresses and file names.", page.ErrorOf("code"));
            Assert.Equal(code, page.One("[name=code]").GetAttribute("value"));
        });
        Assert.Single(await app.AllAsync<Course>());
        Assert.Empty(await app.AllAsync<Batch>());
    }

    [Theory]
    [InlineData("CON")]
    [InlineData("nul.1")]
    [InlineData("COM7")]
    public async Task A_code_that_no_file_can_be_called_by_is_refused_with_the_reason(string code)
    {
        var manager = await shared.OnceAsync(app => app.SignInAsync(Roles.Manager));
        await manager.GetAsync("/courses/new");

        var page = await manager.SubmitAsync("form[action='/courses']", new(TypedCourse()) { ["code"] = code });

        Assert.Equal("Choose another code: no file can have this name on Windows.", page.ErrorOf("code"));
    }

    [Theory]
    [InlineData("CPC-A", "CPC-A")]
    [InlineData("ICD.10_CM", "ICD.10_CM")]
    [InlineData("КПС", "КПС")]
    [InlineData("ＣＰＣ‐1", "CPC-1")]
    [InlineData("\u200Bcpc\uFEFF", "CPC")]
    [InlineData("CONSULT", "CONSULT")]
    public async Task A_code_that_is_taken_opens_the_form_of_its_course_and_names_its_brochure(string code, string kept)
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/courses/new");
        await manager.SubmitAsync("form[action='/courses']", new(TypedCourse()) { ["code"] = code });
        var course = Assert.Single(await app.AllAsync<Course>());
        using var visitor = app.Browse();
        var link = (await visitor.GetAsync("/")).One(".courses a").GetAttribute("href")!;

        var page = await visitor.GetAsync(link);

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal(course.Id.ToString(), page.One("#enquiry [name=course] option[selected]").GetAttribute("value"));
        var lead = await app.AddLeadAsync(course);
        using var brochure = await manager.DownloadAsync($"/leads/{lead.Id}/brochure.pdf");
        var file = brochure.Content.Headers.ContentDisposition!;
        Assert.Equal((kept, $"{kept}-brochure-{lead.Reference}.pdf"), (course.Code, file.FileNameStar ?? file.FileName));
    }

    [Fact]
    public async Task A_course_is_not_called_as_the_page_of_thanks_is()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/courses/new");

        var page = await manager.SubmitAsync("form[action='/courses']", new(TypedCourse()) { ["code"] = "Thanks" });

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Choose another code: a page of the website has this address."),
            (page.Status, page.ErrorOf("code")));
        Assert.Empty(await app.AllAsync<Course>());
    }
}

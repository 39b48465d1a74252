using System.Globalization;
using System.Net;
using Crm.Accounts;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;

namespace Crm.Tests.Enrolments;

/// <summary>Seats, fees and instalments, and the managers' forms for batches and courses.</summary>
public sealed class EnrollingTests(TestPostgres postgres)
{
    private static readonly User Staff = new() { Id = Guid.NewGuid(), Name = "Divya Menon" };

    private static Task<Lead?> OfferAsync(TestApp app, Guid lead, Guid batch, DateOnly until) => app.ActAsync<MakeOffer>(
        lead, Staff, ("batchId", batch.ToString()), ("discount", "0"), ("validUntil", until.ToString("yyyy-MM-dd")));

    private static async Task<string?> EnrolAsync(TestApp app, Guid lead, Guid batch, decimal discount = 0, int instalments = 1)
    {
        try
        {
            await app.ActAsync<Enrol>(lead, Staff, ("batchId", batch.ToString()),
                ("discount", discount.ToString(CultureInfo.InvariantCulture)),
                ("instalments", instalments.ToString()), ("firstDueOn", app.Clock.Today.ToString("yyyy-MM-dd")));
            return null;
        }
        catch (Refusal refusal)
        {
            return $"{refusal.Field}: {refusal.Message}";
        }
    }

    [Fact]
    public async Task Twenty_at_once_take_the_five_seats_there_are()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course, seats: 5);
        var leads = new List<Lead>();
        for (var i = 0; i < 20; i++) leads.Add(await app.AddLeadAsync(course));

        var refusals = await Task.WhenAll(leads.Select(l => EnrolAsync(app, l.Id, batch.Id)));

        Assert.Equal(5, refusals.Count(r => r is null));
        Assert.All(refusals.Where(r => r is not null),
            r => Assert.Equal("batchId: CPC-2701 is full: its 5 seats are taken. Choose another batch.", r));
        var enrolments = await app.AllAsync<Seats.Enrolment>();
        Assert.Equal(["CPC-2701-01", "CPC-2701-02", "CPC-2701-03", "CPC-2701-04", "CPC-2701-05"],
            enrolments.Select(e => e.RollNumber).Order());
        Assert.Equal(5, (await app.LoadAsync<Batch>(batch.Id)).SeatsTaken);
        foreach (var (lead, refusal) in leads.Zip(refusals))
        {
            var now = await app.LoadAsync<Lead>(lead.Id);
            Assert.Equal(refusal is null ? Stage.Enrolled : Stage.New, now.Stage);
            Assert.Equal(refusal is null ? 1 : 0, enrolments.Count(e => e.LeadId == lead.Id && e.Id == now.EnrolmentId));
            if (refusal is not null) Assert.Equal(lead.Version, now.Version);
        }
    }

    [Fact]
    public async Task One_lead_enrolled_many_times_at_once_takes_one_seat()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var (first, second) = (await app.AddBatchAsync(course), await app.AddBatchAsync(course, code: "CPC-2702"));
        var lead = await app.AddLeadAsync(course);

        var refusals = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => EnrolAsync(app, lead.Id, i % 2 == 0 ? first.Id : second.Id)));

        Assert.Single(refusals, r => r is null);
        Assert.Equal(7, refusals.Count(r => r == ": The lead already has a seat."));
        Assert.Single(await app.AllAsync<Seats.Enrolment>());
        Assert.Equal(1, (await app.AllAsync<Batch>()).Sum(b => b.SeatsTaken));
    }

    [Fact]
    public async Task A_seat_in_a_batch_of_another_course_is_neither_offered_nor_taken()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        var other = await app.AddBatchAsync(await app.AddCourseAsync("CCS"));

        var offered = await Assert.ThrowsAsync<Refusal>(() => OfferAsync(app, lead.Id, other.Id, app.Clock.Today));
        var enrolled = await EnrolAsync(app, lead.Id, other.Id);

        Assert.Equal(("batchId", "CCS-2701 is no batch of CPC Preparation."), (offered.Field, offered.Message));
        Assert.Equal("batchId: CCS-2701 is no batch of CPC Preparation.", enrolled);
        Assert.Equal(0, (await app.LoadAsync<Batch>(other.Id)).SeatsTaken);
    }

    [Theory]
    [InlineData(0, 42_000)]
    [InlineData(8, 45_000)]
    public async Task An_offer_holds_its_fee_for_as_long_as_it_is_open(int daysLater, decimal fee)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync(fee: 42_000);
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course);
        await OfferAsync(app, lead.Id, batch.Id, app.Clock.Today.AddDays(7));
        course.Fee = Money.FromRupees(45_000);
        await app.StoreAsync(course);
        app.Time.Advance(TimeSpan.FromDays(daysLater));

        Assert.Null(await EnrolAsync(app, lead.Id, batch.Id));

        Assert.Equal(fee, Assert.Single(await app.AllAsync<Seats.Enrolment>()).Fee.Rupees);
    }

    [Fact]
    public async Task Seats_are_not_cut_below_those_being_taken()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course, seats: 10);
        var leads = new List<Lead>();
        for (var i = 0; i < 10; i++) leads.Add(await app.AddLeadAsync(course));
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/batches/" + batch.Id);

        var cutting = manager.SubmitAsync($"form[action='/batches/{batch.Id}']", new() { ["seats"] = "4" });
        var refusals = await Task.WhenAll(leads.Select(l => EnrolAsync(app, l.Id, batch.Id)));
        var page = await cutting;

        var now = await app.LoadAsync<Batch>(batch.Id);
        Assert.Equal(refusals.Count(r => r is null), now.SeatsTaken);
        Assert.True(now.SeatsTaken <= now.Seats, $"{now.SeatsTaken} of {now.Seats}");
        Assert.Equal(page.Status == HttpStatusCode.OK ? 4 : 10, now.Seats);
        Assert.Equal(now.SeatsTaken, (await app.AllAsync<Seats.Enrolment>()).Count);
    }

    [Theory]
    [InlineData("42000", 1)]
    [InlineData("42000", 6)]
    [InlineData("41999", 6)]
    [InlineData("40000.50", 3)]
    [InlineData("0.01", 2)]
    [InlineData("1", 6)]
    [InlineData("0", 4)]
    [InlineData("9999999.99", 5)]
    public void Instalments_add_up_to_the_fee_and_fall_due_month_by_month(string amount, int count)
    {
        var net = Money.FromRupees(decimal.Parse(amount, CultureInfo.InvariantCulture));

        var instalments = Instalments.Split(net, count, new DateOnly(2026, 12, 31));

        Assert.InRange(instalments.Count, 1, count);
        Assert.Equal(net, instalments.Aggregate(Money.Zero, (sum, i) => sum + i.Amount));
        if (net > Money.Zero) Assert.All(instalments, i => Assert.True(i.Amount > Money.Zero));
        Assert.All(instalments.Skip(1), i => Assert.Equal(decimal.Floor(net.Rupees / instalments.Count), i.Amount.Rupees));
        DateOnly[] due = [new(2026, 12, 31), new(2027, 1, 31), new(2027, 2, 28), new(2027, 3, 31), new(2027, 4, 30), new(2027, 5, 31)];
        Assert.Equal(due.Take(instalments.Count), instalments.Select(i => i.DueOn));
    }

    [Fact]
    public async Task What_was_agreed_is_written_down_and_a_discount_above_the_fee_takes_no_seat()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course);

        Assert.Equal("discount: The discount cannot exceed the fee of ₹42,000.",
            await EnrolAsync(app, lead.Id, batch.Id, discount: 42_000.01m));
        Assert.Equal(0, (await app.LoadAsync<Batch>(batch.Id)).SeatsTaken);
        Assert.Null(await EnrolAsync(app, lead.Id, batch.Id, discount: 1_999.50m, instalments: 3));

        var enrolment = Assert.Single(await app.AllAsync<Seats.Enrolment>());
        Assert.Equal((42_000m, 1_999.50m, 40_000.50m), (enrolment.Fee.Rupees, enrolment.Discount.Rupees, enrolment.Net.Rupees));
        Assert.Equal([13_334.50m, 13_333m, 13_333m], enrolment.Instalments.Select(i => i.Amount.Rupees));
        Assert.Equal(40_000.50m, Assert.Single((await app.EventsAsync(lead.Id)).OfType<LeadEnrolled>()).Net.Rupees);
    }

    [Fact]
    public async Task A_manager_adds_and_changes_a_batch()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/batches");
        var typed = new Dictionary<string,
            string>
        {
            ["courseId"] = course.Id.ToString(),
            ["code"] = "cpc-2702",
            ["startsOn"] = "2027-01-04",
            ["schedule"] = "Sat, 10:00",
            ["mode"] = "Online",
            ["seats"] = "12"
        };

        var added = await manager.SubmitAsync("form[action='/batches']", typed);

        var batch = Assert.Single(await app.AllAsync<Batch>());
        Assert.Equal((HttpStatusCode.OK, "/batches/" + batch.Id), (added.Status, added.Path));
        Assert.Equal(("CPC-2702", course.Id, new DateOnly(2027, 1, 4), "Sat, 10:00", TeachingMode.Online, 12),
            (batch.Code, batch.CourseId, batch.StartsOn, batch.Schedule, batch.Mode, batch.Seats));
        var changed = await manager.SubmitAsync($"form[action='/batches/{batch.Id}']", new() { ["seats"] = "8" });
        Assert.Equal("Saved.", changed.One(".done").TextContent);
        Assert.Equal(8, (await app.LoadAsync<Batch>(batch.Id)).Seats);
    }

    [Theory]
    [InlineData("courseId", "", "Choose a course.")]
    [InlineData("courseId", "11111111-1111-1111-1111-111111111111", "Choose one of the courses.")]
    [InlineData("courseId", "closed", "Choose one of the courses.")]
    [InlineData("code", " ", "Enter a code.")]
    [InlineData("code", "TAKEN", "Another batch has this code.")]
    [InlineData("startsOn", "soon", "Choose the first day.")]
    [InlineData("schedule", "", "Enter the days and times.")]
    [InlineData("mode", "Telepathy", "Choose how it is taught.")]
    [InlineData("seats", "0", "Enter the number of seats, from 1 to 500.")]
    public async Task A_refused_batch_has_its_error_beside_the_field_and_keeps_the_rest(string field, string value, string error)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var closed = await app.AddCourseAsync("OLD");
        closed.Open = false;
        await app.StoreAsync(closed);
        await app.AddBatchAsync(course, code: "TAKEN");
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/batches");
        var typed = new Dictionary<string,
            string>
        {
            ["courseId"] = course.Id.ToString(),
            ["code"] = "CPC-2702",
            ["startsOn"] = "2027-01-04",
            ["schedule"] = "Sat, 10:00",
            ["mode"] = "Online",
            ["seats"] = "12"
        };
        typed[field] = value == "closed" ? closed.Id.ToString() : value;

        var page = await manager.SubmitAsync("form[action='/batches']", typed);

        Assert.Equal((HttpStatusCode.UnprocessableEntity, error), (page.Status, page.ErrorOf(field)));
        foreach (var kept in new[] { "code", "startsOn", "schedule", "seats" }.Where(f => f != field))
            Assert.Equal(typed[kept], page.One($"[name='{kept}']").GetAttribute("value"));
        Assert.Single(await app.AllAsync<Batch>());
    }

    [Fact]
    public async Task Seats_already_taken_cannot_be_taken_away()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course, seats: 3);
        for (var i = 0; i < 2; i++) Assert.Null(await EnrolAsync(app, (await app.AddLeadAsync(course)).Id, batch.Id));
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/batches/" + batch.Id);

        var refused = await manager.SubmitAsync($"form[action='/batches/{batch.Id}']", new() { ["seats"] = "1", ["schedule"] = "Sundays" });
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "2 seats are taken already."), (refused.Status, refused.ErrorOf("seats")));
        Assert.Equal(("1", "Sundays"),
            (refused.One("[name=seats]").GetAttribute("value"), refused.One("[name=schedule]").GetAttribute("value")));
        Assert.Equal((3, batch.Schedule), ((await app.LoadAsync<Batch>(batch.Id)).Seats, (await app.LoadAsync<Batch>(batch.Id)).Schedule));
        await manager.SubmitAsync($"form[action='/batches/{batch.Id}']", new() { ["seats"] = "2" });

        Assert.Equal((2, 2), ((await app.LoadAsync<Batch>(batch.Id)).Seats, (await app.LoadAsync<Batch>(batch.Id)).SeatsTaken));
    }

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

    [Fact]
    public async Task A_manager_adds_and_changes_a_course()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/courses/new");

        var added = await manager.SubmitAsync("form[action='/courses']", TypedCourse());

        var course = Assert.Single(await app.AllAsync<Course>());
        Assert.Equal((HttpStatusCode.OK, "/batches"), (added.Status, added.Path));
        Assert.Equal(("CRC", "Risk adjustment", 8, 125_000.50m, true),
            (course.Code, course.Name, course.Weeks, course.Fee.Rupees, course.Open));
        Assert.Equal([new CourseModule("Anatomy, physiology", 24), new CourseModule("HCC", 10)], course.Modules);
        var page = await manager.GetAsync("/courses/" + course.Id);
        Assert.Equal(("125000.5", "Anatomy, physiology, 24\nHCC, 10"),
            (page.One("[name=fee]").GetAttribute("value"), page.One("[name=modules]").TextContent));
        await manager.SubmitAsync($"form[action='/courses/{course.Id}']", new() { ["fee"] = "99000" });
        Assert.Equal(99_000, (await app.LoadAsync<Course>(course.Id)).Fee.Rupees);
    }

    [Theory]
    [InlineData("code", "cpc", "Another course has this code.")]
    [InlineData("code", "", "Enter a code.")]
    [InlineData("name", "", "Enter a name.")]
    [InlineData("summary", "", "Enter a summary.")]
    [InlineData("weeks", "105", "Enter the weeks it takes, from 1 to 104.")]
    [InlineData("fee", "much", "Enter the fee in rupees, such as 35000.")]
    [InlineData("modules", "Anatomy", "Write each line as a title, a comma and the hours: “Anatomy” is not.")]
    public async Task A_refused_course_has_its_error_beside_the_field_and_keeps_the_rest(string field, string value, string error)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/courses/new");

        var page = await manager.SubmitAsync("form[action='/courses']", new(TypedCourse()) { [field] = value });

        Assert.Equal((HttpStatusCode.UnprocessableEntity, error), (page.Status, page.ErrorOf(field)));
        foreach (var kept in new[] { "name", "code", "weeks", "fee" }.Where(f => f != field))
            Assert.Equal(TypedCourse()[kept], page.One($"[name='{kept}']").GetAttribute("value"));
        Assert.Single(await app.AllAsync<Course>());
    }
}

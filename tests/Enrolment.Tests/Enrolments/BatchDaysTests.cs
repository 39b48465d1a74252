using System.Net;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;

namespace Crm.Tests.Enrolments;

/// <summary>The days of a batch change after people were told them.</summary>
public sealed class BatchDaysTests(TestPostgres postgres)
{
    private static async Task<WebPage> ChangeAsync(Office office, params (string Field, string Value)[] typed)
    {
        await office.Staff.GetAsync($"/batches/{office.Batch.Id}");
        return await office.Staff.SubmitAsync(FormOf(office), typed.ToDictionary(t => t.Field, t => t.Value));
    }

    private static string FormOf(Office office) => $"form[action='/batches/{office.Batch.Id}']";

    [Fact]
    public async Task Whoever_was_told_the_days_of_a_batch_is_to_be_called_when_they_change_which_is_asked_about_once()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var (seated, _) = await office.EnrolAsync();
        var offered = await office.App.AddLeadAsync(office.Course, "Offered Nair", "offered@mail.example");
        await office.OnLeadAsync(offered, "offers", ("batchId", office.Batch.Id.ToString()));
        var held = await office.App.AddLeadAsync(office.Course, "Held Nair", "held@mail.example");
        var batch = await office.BatchNowAsync();
        batch.Join(new WaitingPlace(held.Id, office.App.Clock.Now, "Divya Menon")
        {
            HeldUntil = office.App.Clock.Now.AddHours(20),
            HoldId = Guid.NewGuid(),
        });
        await office.App.StoreAsync(batch);
        var other = await office.App.AddLeadAsync(office.Course, "Other Nair", "other@mail.example");

        var asked = await ChangeAsync(office, ("startsOn", "2027-02-01"), ("schedule", "Sundays"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, asked.Status);
        Assert.StartsWith("1 student, and 1 open offer, and 1 held seat: they were told ", asked.ErrorOf("startsOn"));
        Assert.Equal(batch.StartsOn, (await office.BatchNowAsync()).StartsOn);
        Assert.All(await office.App.AllAsync<Lead>(), l => Assert.DoesNotContain("told otherwise", l.FollowUp?.Purpose ?? ""));
        var saved = await office.Staff.SubmitAsync(FormOf(office));
        Assert.Equal("CPC-2701 is saved.", saved.One(".done").TextContent);
        var now = await office.BatchNowAsync();
        Assert.Equal((new DateOnly(2027, 2, 1), "Sundays"), (now.StartsOn, now.Schedule));
        var called = (await office.App.AllAsync<Lead>()).Where(l => l.FollowUp?.Purpose.Contains(
            "CPC-2701 is from 1 Feb 2027 now, Sundays: they were told otherwise", StringComparison.Ordinal) == true);
        Assert.Equal(new[] { seated.Id, offered.Id, held.Id }.Order(), called.Select(l => l.Id).Order());
        Assert.DoesNotContain(other.Id, called.Select(l => l.Id));
    }

    [Fact]
    public async Task Whose_discount_waits_for_a_manager_is_to_be_called_as_well()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        await office.App.DescribeAsync(p => p.CounsellorDiscountPercent = 10);
        var lead = await office.App.AddLeadAsync(office.Course);
        using var ravi = await office.App.SignInAsync(await office.App.AddUserAsync("Ravi Pillai"));
        await ravi.GetAsync($"/leads/{lead.Id}");
        await ravi.SubmitAsync($"form[action='/leads/{lead.Id}/enrolment']",
            new() { ["batchId"] = office.Batch.Id.ToString(), ["discount"] = "8000", ["why"] = "Two sisters join" });

        var asked = await ChangeAsync(office, ("startsOn", "2027-02-01"));
        await office.Staff.SubmitAsync(FormOf(office));

        Assert.StartsWith("1 discount request: they were told ", asked.ErrorOf("startsOn"));
        Assert.StartsWith("CPC-2701 is from 1 Feb 2027 now", (await office.App.LoadAsync<Lead>(lead.Id)).FollowUp?.Purpose);
    }

    [Fact]
    public async Task Nobody_is_asked_or_called_where_the_days_stay_nobody_was_told_them_or_all_is_over()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);

        var empty = await ChangeAsync(office, ("startsOn", "2027-02-01"));
        var (lead, _) = await office.EnrolAsync();
        var seats = await ChangeAsync(office, ("seats", "12"), ("mode", "Online"));
        var uncalled = (await office.App.LoadAsync<Lead>(lead.Id)).FollowUp;
        (string, string)[] past = [("startsOn", "2025-06-02"), ("endsOn", "2025-08-29")];
        var intoThePast = await ChangeAsync(office, past);
        await office.Staff.SubmitAsync(FormOf(office));
        var called = (await office.App.LoadAsync<Lead>(lead.Id)).FollowUp;
        var over = await ChangeAsync(office, ("endsOn", "2025-08-30"));

        Assert.Null(uncalled);
        Assert.Equal(("CPC-2701 is saved.", "CPC-2701 is saved.", "CPC-2701 is saved."),
            (empty.One(".done").TextContent, seats.One(".done").TextContent, over.One(".done").TextContent));
        Assert.StartsWith("1 student: they were told 1 Feb 2027", intoThePast.ErrorOf("startsOn"));
        Assert.NotNull(called);
        Assert.Equal(called, (await office.App.LoadAsync<Lead>(lead.Id)).FollowUp);
    }

    [Fact]
    public async Task Of_a_last_day_that_changed_alone_it_is_the_last_day_that_is_spoken_of()
    {
        await using var office = await Office.OpenAsync(postgres, role: Roles.Manager);
        var (lead, _) = await office.EnrolAsync();
        office.Batch.EndsOn = new DateOnly(2027, 5, 1);
        office.Batch.SeatsTaken = 1;
        await office.App.StoreAsync(office.Batch);

        var asked = await ChangeAsync(office, ("endsOn", "2027-04-01"));
        Assert.Equal("1 student: they were told that it goes on until 1 May 2027. Send it again, and each of them is to be called.",
            asked.ErrorOf("endsOn"));
        await office.Staff.SubmitAsync(FormOf(office));

        Assert.Equal("CPC-2701 goes on until 1 Apr 2027 now: they were told otherwise",
            (await office.App.LoadAsync<Lead>(lead.Id)).FollowUp?.Purpose);
    }

    [Fact]
    public async Task Nobody_is_sent_to_take_a_seat_in_a_batch_that_takes_nobody_any_more()
    {
        await using var office = await Office.OpenAsync(postgres);
        async Task<string> SaidAsync() => (await office.Staff.GetAsync($"/batches/{office.Batch.Id}")).One("main").TextContent;
        Assert.Contains("Nobody has a seat yet. Seats are taken on a lead's page.", await SaidAsync());

        office.Batch.StartsOn = office.App.Clock.Today.AddDays(-Batch.DaysAfterStart - 1);
        await office.App.StoreAsync(office.Batch);

        Assert.Contains("Nobody has a seat, and it takes nobody any more.", await SaidAsync());
    }
}

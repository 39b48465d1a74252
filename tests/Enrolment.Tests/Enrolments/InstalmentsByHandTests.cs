using System.Net;
using Crm.Accounts;
using Crm.Institute;

namespace Crm.Tests.Enrolments;

/// <summary>Instalments as the counsellor and the applicant agree on them, typed at enrolment.</summary>
public sealed class InstalmentsByHandTests(TestPostgres postgres)
{
    [Fact]
    public async Task They_are_written_out_changed_and_taken_only_when_they_add_up()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync(fee: 42_000.01m);
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course);
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var form = $"form[action='/leads/{lead.Id}/enrolment']";
        async Task<WebPage> SendAsync(params (string Field, string Value)[] typed) =>
            await staff.SubmitAsync(form, typed.ToDictionary(t => t.Field, t => t.Value));
        await staff.GetAsync($"/leads/{lead.Id}");

        var page = await SendAsync(("batchId", batch.Id.ToString()), ("discount", "2000"), ("instalments", "3"), ("writeOut", "true"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Equal("23 Nov 2026, 13334.01\n23 Dec 2026, 13333\n23 Jan 2027, 13333", page.One(form + " [name=parts]").TextContent.Trim());
        Assert.Equal("Change the days and amounts, which are to add up to ₹40,000.01, then enrol.", page.One(form + " .told").TextContent);
        Assert.Empty(page.Html.QuerySelectorAll(".bad, [aria-invalid]"));
        Assert.Equal(0, (await app.LoadAsync<Crm.Courses.Batch>(batch.Id)).SeatsTaken);

        foreach (var (typed, reason) in new[]
        {
            ("23 Nov 2026, 20000\n1 Jan 2027, 20000", "They add up to ₹40,000, ₹0.01 less than ₹40,000.01."),
            ("23 Nov 2026, 20000\n1 Jan 2027, 20,000.02", "They add up to ₹40,000.02, ₹0.01 more than ₹40,000.01."),
            ("1 Jan 2027, 20000\n23 Nov 2026, 20000.01", "Write each instalment with a later day than the one before."),
            ("1 Oct 2026, 20000\n1 Jan 2027, 20000.01", "Choose a day between a month ago and a year ahead."),
            ("tomorrow, 20000", "Write each line as a day, a comma and an amount, such as 1 Dec 2026, 14000: “tomorrow, 20000” is not."),
        })
        {
            page = await SendAsync(("parts", typed));
            Assert.Equal(reason, page.ErrorOf("parts"));
            Assert.Equal(typed, page.One(form + " [name=parts]").TextContent.Trim().ReplaceLineEndings("\n"));
        }
        page = await SendAsync(("parts", "23/11/2026, ₹ 10,000.01\n\n2027-01-05, 30,000/-"));

        Assert.Equal(HttpStatusCode.OK, page.Status);
        var seat = Assert.Single(await app.AllAsync<Seats.Enrolment>());
        Assert.Equal([(new DateOnly(2026, 11, 23), 10_000.01m), (new DateOnly(2027, 1, 5), 30_000m)],
            seat.Instalments.Select(i => (i.DueOn, i.Amount.Rupees)));
    }
}

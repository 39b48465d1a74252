using System.Net;
using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;

namespace Crm.Tests.Fees;

/// <summary>What people type where an amount is asked for, in every field that asks for one.</summary>
public sealed class TypedMoneyTests(TestPostgres postgres)
{
    private static readonly string[] Taken =
        ["35000", "35,000", "35,000.00", "35,000/-", "Rs. 35000", "₹ 35,000", "൩൫൦൦൦", "३५०००", "३५,०००.००"];

    private static readonly (string Typed, string Reason)[] Refused =
    [
        ("35000,50", "do not part thousands"), ("35.000", "has more than 2 digits behind the point"),
        ("-35000", "without a minus or brackets"), ("(35000)", "without a minus or brackets"), ("1e5", "in rupees, such as 35000"),
        ("35000.005", "has more than 2 digits behind the point"), ("35000 and some", "in rupees, such as 35000"),
    ];

    /// <summary>A field, how to send it, and what became of it.</summary>
    private sealed record Place(string Name, string Field, Func<string, Task<WebPage>> SendAsync, Func<WebPage, Task<string>> BecameAsync)
    {
        /// <summary>What stands around the amount in the field.</summary>
        public string Around { get; init; } = "{0}";
    }

    private sealed record Desk(TestApp App, Browser Staff, Course Course, Batch Batch, Lead Lead, Lead Other, Seats.Enrolment Seat)
    {
        private int _days;

        public async Task<WebPage> SendAsync(string page, string form, params (string Field, string Value)[] typed)
        {
            await Staff.GetAsync(page);
            var answer = await Staff.SubmitAsync($"form[action='{form}']", typed.ToDictionary(t => t.Field, t => t.Value));
            // What is more than is owed, or due back, is asked about once.
            return answer.Html.QuerySelector($"form[action='{form}'] [name$='-asked']") is null
                ? answer
                : await Staff.SubmitAsync($"form[action='{form}']");
        }

        public Task<WebPage> OnSeat(string act, params (string Field, string Value)[] typed) =>
            SendAsync($"/leads/{Lead.Id}", $"/enrolments/{Seat.Id}/{act}", typed);

        public Task<WebPage> OnLead(string act, params (string Field, string Value)[] typed) =>
            SendAsync($"/leads/{Other.Id}", $"/leads/{Other.Id}/{act}", [("batchId", Batch.Id.ToString()), .. typed]);

        public Task<Seats.Enrolment> SeatAsync() => App.LoadAsync<Seats.Enrolment>(Seat.Id);

        // Another day each time: what is as it was would be refused.
        public string Day() => $"{new DateOnly(2027, 1, 1).AddDays(++_days):yyyy-MM-dd}";
    }

    private static IEnumerable<Place> Places(Desk d)
    {
        yield return new("payment", "amount", t => d.OnSeat("payments", ("amount", t), ("way", "Cash")),
            async _ => (await d.SeatAsync()).Payments[^1].Amount.ToString());
        yield return new("refund", "amount", t => d.OnSeat("refunds", ("amount", t), ("way", "Cash"), ("why", "asked")),
            async _ => (await d.SeatAsync()).Refunds[^1].Amount.ToString());
        yield return new("offer", "discount", t => d.OnLead("offers", ("discount", t)),
            async _ => (await d.App.LoadAsync<Lead>(d.Other.Id)).Offer!.Discount.ToString());
        yield return new("course", "fee", t => d.SendAsync($"/courses/{d.Course.Id}", $"/courses/{d.Course.Id}", ("fee", t)),
            async _ => (await d.App.LoadAsync<Course>(d.Course.Id)).Fee.ToString());
        yield return new("ceiling", "discountAmount", t => d.SendAsync("/institute", "/institute", ("discountAmount", t)),
            _ => Task.FromResult(d.App.Get<CurrentInstitute>().Profile.CounsellorDiscountAmount!.Value.ToString()));
        yield return new("instalments", "instalments",
            t => d.OnSeat("instalments", ("instalments", t), ("why", "asked")),
            async _ => (await d.SeatAsync()).Instalments[^1].Amount.ToString())
        {
            Around = "2026-12-01, 7000\n{1}, {0}",
        };
    }

    private async Task<Desk> OpenAsync()
    {
        var app = await TestApp.StartAsync(postgres);
        var user = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var (lead, other) = (await app.AddLeadAsync(course), await app.AddLeadAsync(course, "Binu George"));
        var seat = await app.EnrolAsync(lead, user, batch);
        return new Desk(app, await app.SignInAsync(user), course, batch, lead, other, seat);
    }

    [Fact]
    public async Task Every_field_takes_what_is_meant_and_refuses_the_rest_with_the_reason_beside_it()
    {
        var desk = await OpenAsync();
        await using var app = desk.App;
        using var staff = desk.Staff;

        await desk.OnSeat("payments", ("amount", "900000"), ("way", "Cash"));

        foreach (var place in Places(desk))
        {
            foreach (var typed in Taken)
            {
                var page = await place.SendAsync(string.Format(place.Around, typed, desk.Day()));
                Assert.True(page.Status == HttpStatusCode.OK, $"{place.Name} refuses {typed}: {string.Join(' ', page.Texts(".error"))}");
                Assert.Equal($"{place.Name} {typed} 35000.00", $"{place.Name} {typed} {await place.BecameAsync(page)}");
            }
            foreach (var (typed, reason) in Refused)
            {
                var text = string.Format(place.Around, typed, desk.Day());
                var page = await place.SendAsync(text);
                Assert.Equal($"{place.Name} {typed} UnprocessableEntity", $"{place.Name} {typed} {page.Status}");
                var field = page.One($".field.bad:has([name='{place.Field}'])");
                Assert.Contains(reason, field.QuerySelector(".error")!.TextContent);
                var control = field.QuerySelector($"[name='{place.Field}']")!;
                Assert.Equal(text, control.LocalName == "input" ? control.GetAttribute("value") : control.TextContent.Trim());
                Assert.Equal("35000.00", await place.BecameAsync(page));
            }
        }
    }

    [Fact]
    public async Task At_enrolment_discount_and_instalments_are_read_by_the_same_rule()
    {
        var desk = await OpenAsync();
        await using var app = desk.App;
        using var staff = desk.Staff;

        foreach (var typed in Taken)
        {
            var page = await desk.OnLead("enrolment", ("discount", typed), ("writeOut", "true"));
            Assert.Equal("23 Nov 2026, 7000", page.One(".field:has(> .told) [name=parts]").TextContent.Trim());
            page = await desk.OnLead("enrolment", ("parts", $"2026-12-01, {typed}"));
            Assert.Equal("They add up to ₹35,000, ₹7,000 less than ₹42,000.", page.ErrorOf("parts"));
        }
        foreach (var (typed, reason) in Refused)
        {
            Assert.Contains(reason, (await desk.OnLead("enrolment", ("discount", typed))).One(".field.bad .error").TextContent);
            Assert.Contains(reason, (await desk.OnLead("enrolment", ("parts", $"2026-12-01, {typed}"))).ErrorOf("parts"));
        }
        Assert.Single(await app.AllAsync<Seats.Enrolment>());
    }
}

using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Seats;

namespace Crm.Tests.Enrolments;

/// <summary>An institute with a course and a batch, and a member of staff who acts on its pages.</summary>
internal sealed record Office(TestApp App, User User, Browser Staff, Course Course, Batch Batch) : IAsyncDisposable
{
    public static async Task<Office> OpenAsync(TestPostgres postgres, int seats = 10, string role = Roles.Counsellor)
    {
        var app = await TestApp.StartAsync(postgres);
        var user = await app.AddUserAsync("Divya Menon", role);
        var course = await app.AddCourseAsync();
        return new Office(app, user, await app.SignInAsync(user), course, await app.AddBatchAsync(course, seats));
    }

    public async Task<(Lead Lead, Enrolment Seat)> EnrolAsync(
        string name = "Anjali Nair", Batch? batch = null, int instalments = 1, decimal discount = 0)
    {
        var lead = await App.AddLeadAsync(Course, name, email: name.Replace(' ', '.').ToLowerInvariant() + "@mail.example");
        return (lead, await App.EnrolAsync(lead, User, batch ?? Batch, instalments, discount));
    }

    /// <summary>Sends a form about a seat from its person's page.</summary>
    public async Task<WebPage> OnSeatAsync(Enrolment seat, string act, params (string Field, string Value)[] typed)
    {
        await Staff.GetAsync($"/leads/{seat.LeadId}");
        return await Staff.SubmitAsync($"form[action='/enrolments/{seat.Id}/{act}']", typed.ToDictionary(t => t.Field, t => t.Value));
    }

    /// <summary>The same, sent again where it was asked about, such as a refund of what is not due back.</summary>
    public async Task<WebPage> AgreeOnSeatAsync(Enrolment seat, string act, params (string Field, string Value)[] typed)
    {
        var page = await OnSeatAsync(seat, act, typed);
        var form = $"form[action='/enrolments/{seat.Id}/{act}']";
        return page.Html.QuerySelector($"{form} [name$='-asked']") is null ? page : await Staff.SubmitAsync(form);
    }

    public async Task<WebPage> OnLeadAsync(Lead lead, string act, params (string Field, string Value)[] typed)
    {
        await Staff.GetAsync($"/leads/{lead.Id}");
        return await Staff.SubmitAsync($"form[action='/leads/{lead.Id}/{act}']", typed.ToDictionary(t => t.Field, t => t.Value));
    }

    public Task PayAsync(Enrolment seat, decimal rupees, string way = "Cash", string reference = "") =>
        AgreeOnSeatAsync(seat, "payments", ("amount", $"{rupees}"), ("way", way), ("reference", reference));

    /// <summary>Voids a payment or a refund, and agrees to what is asked about it.</summary>
    public Task<WebPage> ReverseAsync(Enrolment seat, Guid entry, string kind = "RecordedByMistake", string why = "Typed twice") =>
        AgreeOnSeatAsync(seat, "reversals", ("entryId", $"{entry}"), ("kind", kind), ("why", why));

    public Task<Enrolment> NowAsync(Enrolment seat) => App.LoadAsync<Enrolment>(seat.Id);

    public Task<Batch> BatchNowAsync(Batch? batch = null) => App.LoadAsync<Batch>((batch ?? Batch).Id);

    public async ValueTask DisposeAsync()
    {
        Staff.Dispose();
        await App.DisposeAsync();
    }
}

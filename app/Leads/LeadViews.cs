using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Messages;
using Crm.Web;
using JasperFx.Events;
using Marten;

namespace Crm.Leads;

public sealed record LeadsView(LeadFilter Filter, LeadPage Page, IReadOnlyList<User> Staff, IReadOnlyList<Course> Courses, IReadOnlyList<string> Sources, InstituteClock Clock);

public sealed record BoardColumn(LeadStage Stage, int Count, IReadOnlyList<Lead> Leads);

public sealed record BoardView(IReadOnlyList<BoardColumn> Columns, bool Mine, InstituteClock Clock);

public sealed record NewLeadView(Form Form, IReadOnlyList<Course> Courses);

/// <param name="Forms">The form that was refused, by the name of its action; the others are fresh.</param>
public sealed record LeadView(
    Lead Lead, IReadOnlyList<ILeadEvent> Timeline, Course? Course, IReadOnlyList<Batch> Batches, IReadOnlyList<User> Staff, IReadOnlyList<Course> Courses,
    IReadOnlyList<OutboxMessage> Messages, Enrolments.Enrolment? Enrolment, Batch? Batch, InstituteClock Clock, string Open, Form Refused)
{
    public Form FormOf(string action) => Open == action ? Refused : Fresh(action);

    /// <summary>The offer that can still be accepted, or null.</summary>
    public Offer? OpenOffer => Lead.Offer is { } offer && offer.ValidUntil >= Clock.Today && Batches.Any(b => b.Id == offer.BatchId) ? offer : null;

    private Form Fresh(string action) => action switch
    {
        "follow-up" => new Form { ["date"] = Clock.Today.AddDays(1).ToString("yyyy-MM-dd"), ["time"] = DefaultTime(Lead.PreferredTime), ["purpose"] = "Call" },
        "offer" => new Form { ["fee"] = Course?.Fee.ToString("0") ?? "", ["discount"] = "0", ["validUntil"] = Clock.Today.AddDays(7).ToString("yyyy-MM-dd") },
        "enrol" => new Form
        {
            ["batchId"] = OpenOffer?.BatchId.ToString() ?? "",
            ["discount"] = (OpenOffer?.Discount ?? 0).ToString("0.##"),
            ["instalments"] = "1",
            ["firstDueOn"] = Clock.Today.ToString("yyyy-MM-dd"),
        },
        "details" => new Form { ["name"] = Lead.Name, ["phone"] = Lead.Phone, ["email"] = Lead.Email ?? "", ["course"] = Lead.CourseId.ToString() },
        "assign" => new Form { ["counsellor"] = Lead.CounsellorId?.ToString() ?? "" },
        "contact" => new Form { ["channel"] = "Call", ["outcome"] = "Connected" },
        _ => new Form(),
    };

    private static string DefaultTime(PreferredTime time) => time switch
    {
        PreferredTime.Afternoon => "14:00",
        PreferredTime.Evening => "17:00",
        _ => "10:00",
    };

    public static async Task<LeadView?> LoadAsync(IQuerySession session, Guid id, InstituteClock clock, string open, Form refused, CancellationToken cancel)
    {
        if (await session.LoadAsync<Lead>(id, cancel) is not { } lead) return null;
        var timeline = await session.Events.FetchStreamAsync(id, token: cancel);
        var course = await session.LoadAsync<Course>(lead.CourseId, cancel);
        var today = clock.Today;
        var batches = await session.Query<Batch>().Where(b => b.CourseId == lead.CourseId && b.StartsOn >= today.AddDays(-14)).OrderBy(b => b.StartsOn).ToListAsync(cancel);
        var staff = await session.Query<User>().Where(u => u.Active).OrderBy(u => u.Name).ToListAsync(cancel);
        var courses = await session.Query<Course>().Where(c => c.Open || c.Id == lead.CourseId).OrderBy(c => c.Name).ToListAsync(cancel);
        var messages = await session.Query<OutboxMessage>().Where(m => m.LeadId == id).OrderByDescending(m => m.CreatedAt).ToListAsync(cancel);
        var enrolment = lead.EnrolmentId is { } enrolmentId ? await session.LoadAsync<Enrolments.Enrolment>(enrolmentId, cancel) : null;
        var batch = enrolment is null ? null : await session.LoadAsync<Batch>(enrolment.BatchId, cancel);
        return new LeadView(lead, [.. timeline.Select(e => (ILeadEvent)e.Data).Reverse()], course, batches, staff, courses, messages, enrolment, batch, clock, open, refused);
    }
}

/// <summary>One line of a lead's timeline in words.</summary>
public sealed record TimelineEntry(string Icon, string Title, string? Detail)
{
    public static TimelineEntry Of(ILeadEvent e, InstituteClock clock) => e switch
    {
        LeadReceived r => new("in", $"Enquired about {r.CourseName}", Join(SourceText(r.Source), r.PreferredTime == PreferredTime.Anytime ? null : $"prefers {Format.Words(r.PreferredTime).ToLowerInvariant()}", r.Message)),
        EnquiredAgain r => new("in", $"Enquired again, about {r.CourseName}", Join($"as {r.Name}", r.Email, SourceText(r.Source), r.Message)),
        LeadAssigned a => new("user", $"Assigned to {a.CounsellorName}", null),
        DetailsCorrected d => new("note", "Details corrected", Join(d.Name, d.Phone, d.Email, d.CourseName)),
        ContactLogged c => new("call", $"{Format.Words(c.Channel)}: {Format.Words(c.Outcome).ToLowerInvariant()}", c.Note),
        NoteAdded n => new("note", "Note", n.Text),
        FollowUpScheduled f => new("clock", $"Follow-up planned for {Format.DateAndTime(clock.Local(f.DueAt))}", f.Purpose),
        FollowUpDone f => new("done", "Follow-up done", f.Outcome),
        FollowUpCancelled f => new("clock", "Follow-up dropped", f.Why),
        StageChanged s => new("stage", $"Moved to {Format.Words(s.To)}", $"from {Format.Words(s.From)}"),
        BrochureSent b => new("mail", $"Brochure sent: {b.CourseName}", null),
        EmailQueued m => new("mail", "Email sent", m.Subject),
        OfferMade o => new("offer", $"Offered {o.Offer.BatchCode} at {Format.Rupees(o.Offer.Net)}", Join(o.Offer.Discount > 0 ? $"{Format.Rupees(o.Offer.Discount)} off {Format.Rupees(o.Offer.Fee)}" : null, $"open until {Format.Date(o.Offer.ValidUntil)}")),
        LeadEnrolled n => new("done", $"Enrolled in {n.BatchCode}", $"roll number {n.RollNumber}, {Format.Rupees(n.NetFee)}"),
        LeadLost l => new("lost", $"Lost: {Format.Words(l.Reason).ToLowerInvariant()}", l.Note),
        LeadReopened r => new("stage", "Reopened", r.Why),
        EmailsStopped => new("mail", "Asked for no more emails", null),
        _ => throw new InvalidOperationException($"The timeline has no words for {e.GetType().Name}."),
    };

    private static string SourceText(LeadSource source) => Join($"from {source.Name}", source.Campaign)!;

    private static string? Join(params string?[] parts) => parts.Where(p => !string.IsNullOrEmpty(p)).ToArray() is { Length: > 0 } some ? string.Join(" · ", some) : null;
}

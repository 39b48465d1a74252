using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;

namespace Crm.Messages;

/// <summary>The emails that the institute writes by itself. Each returns a message to store in the change's transaction.</summary>
public sealed class Letters(InstituteOptions institute, InstituteClock clock)
{
    /// <summary>How long before a follow-up its counsellor is reminded.</summary>
    public static readonly TimeSpan ReminderLead = TimeSpan.FromMinutes(15);

    /// <summary>How long after an unanswered enquiry the applicant is written to again.</summary>
    public static readonly TimeSpan NudgeAfter = TimeSpan.FromDays(3);

    public OutboxMessage Brochure(Lead lead, Course course, DateTimeOffset now) => ToApplicant(MessageKind.Brochure, lead, now, now,
        $"Your {course.Code} brochure from {institute.Name}",
        $"""
        Thank you for asking about {course.Name}.

        Your brochure is attached: what the course covers, the fee and how it can be paid, and the batches that are open now.

        {(lead.CounsellorName is { } name ? $"{name}, your counsellor, will call you" : "A counsellor will call you")}{PreferredTimeText(lead.PreferredTime)}. If you would rather call us, we are at {institute.Phone}; please quote {lead.Reference}.
        """, AttachmentKind.Brochure);

    public OutboxMessage Nudge(Lead lead, Course course, DateTimeOffset now) => ToApplicant(MessageKind.FollowUp, lead, now, now + NudgeAfter,
        $"Any questions about {course.Name}?",
        $"""
        A few days ago you asked us about {course.Name}. People often want to know about eligibility, class timings and how to pay in instalments before they decide.

        Reply to this email or call {institute.Phone} and a counsellor will help. Your reference is {lead.Reference}.
        """);

    public OutboxMessage Personal(Lead lead, string subject, string body, bool brochure, DateTimeOffset now) =>
        ToApplicant(MessageKind.Personal, lead, now, now, subject, body, brochure ? AttachmentKind.Brochure : null);

    public OutboxMessage Offer(Lead lead, Offer offer, Batch batch, DateTimeOffset now) => ToApplicant(MessageKind.Offer, lead, now, now,
        $"Your seat in {batch.Code}: our offer",
        $"""
        We are glad to offer you a seat in batch {batch.Code} of {lead.CourseName}, starting {Format.Date(batch.StartsOn)} ({batch.Schedule}).

        Course fee: {Format.Rupees(offer.Fee)}
        {(offer.Discount > 0 ? $"Your discount: {Format.Rupees(offer.Discount)}\n" : "")}You pay: {Format.Rupees(offer.Net)}

        The offer is open until {Format.Date(offer.ValidUntil)}. To accept, reply to this email or call {institute.Phone}, quoting {lead.Reference}.
        """, AttachmentKind.Brochure);

    public OutboxMessage EnrolmentLetter(Lead lead, Enrolments.Enrolment enrolment, Batch batch, DateTimeOffset now) => ToApplicant(MessageKind.EnrolmentLetter, lead, now, now,
        $"Welcome to {enrolment.CourseName}: your seat in {enrolment.BatchCode}",
        $"""
        Your seat is confirmed. Batch {batch.Code} starts on {Format.Date(batch.StartsOn)}: {batch.Schedule}.

        Your roll number is {enrolment.RollNumber}. The enrolment letter is attached, with the fee and the dates on which instalments are due. Please bring a copy on the first day.
        """, AttachmentKind.EnrolmentLetter);

    public OutboxMessage Reminder(Lead lead, FollowUpScheduled followUp, User counsellor) => new()
    {
        Id = Guid.CreateVersion7(followUp.At),
        Kind = MessageKind.Reminder,
        LeadId = lead.Id,
        FollowUpId = followUp.FollowUpId,
        To = counsellor.Email,
        ToName = counsellor.Name,
        CreatedAt = followUp.At,
        DueAt = followUp.DueAt - ReminderLead < followUp.At ? followUp.At : followUp.DueAt - ReminderLead,
        Subject = $"{lead.Name}: {followUp.Purpose} at {clock.Local(followUp.DueAt):h:mm tt}",
        Body = $"""
            {followUp.Purpose}: {lead.Name}, {lead.Phone}, about {lead.CourseName}.

            Due {Format.DateAndTime(clock.Local(followUp.DueAt))}.

            {institute.PublicUrl}/leads/{lead.Id}
            """,
    };

    private static OutboxMessage ToApplicant(MessageKind kind, Lead lead, DateTimeOffset now, DateTimeOffset due, string subject, string body, AttachmentKind? attachment = null) => new()
    {
        Id = Guid.CreateVersion7(now),
        Kind = kind,
        LeadId = lead.Id,
        To = lead.Email!,
        ToName = lead.Name,
        ToApplicant = true,
        Subject = subject,
        Body = $"Dear {lead.Name},\n\n{body}",
        Attachment = attachment,
        CreatedAt = now,
        DueAt = due,
    };

    private static string PreferredTimeText(PreferredTime time) => time switch
    {
        PreferredTime.Morning => " in the morning, as you asked",
        PreferredTime.Afternoon => " in the afternoon, as you asked",
        PreferredTime.Evening => " in the evening, as you asked",
        _ => " within one working day",
    };
}

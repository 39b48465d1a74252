using Crm.Accounts;
using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Marten;

namespace Crm.Correspondence;

/// <summary>
/// Asked just before a message is handed over. A message that was <see cref="MessageStatus.Sending"/> while its lead changed,
/// and came back into the queue, was passed over when the change withdrew what it made pointless.
/// </summary>
public sealed class MessageCheck(InstituteClock clock, CurrentInstitute institute, Letters letters, IMailTransport mail)
    : IMessageCheck, IMessageWriter
{
    public async Task<Verdict> JudgeAsync(OutboxMessage message, IQuerySession session, CancellationToken cancel)
    {
        var (lead, known, stoppedTo) = await ReadAsync(message, session, cancel);
        if (message.Kind == MessageKinds.Reminder)
            return new Verdict(await WhyNotRemindAsync(message, lead, session, cancel), message.To, message.ToName,
                lead?.FollowUp is { } due && known is not null ? letters.ReminderWording(known, lead, due) : null);
        if (!message.ToApplicant || message.PersonId is null) return Same(message, null);
        if (known is not { } person) return Same(message, "The person is not there any more.");
        if (person.MergedInto is { } other) person = await session.LoadAsync<Person>(other, cancel) ?? person;
        var papers = MessageKinds.Papers.Contains(message.Kind);
        if ((papers ? person.AddressForPapers : person.Email) is not { } address)
            return Same(message, person.EmailsAreStopped
                ? "The applicant asked for no more emails."
                : "The applicant has no address that may be written to.");
        if (address.Text != message.To) stoppedTo = await session.LoadAsync<StoppedAddress>(StoppedAddress.IdOf(address.Text), cancel);
        if (!papers && stoppedTo is { } stopped && !person.AgreedSince(address, stopped.At))
            return Same(message, "The owner of this address asked for no more emails.");
        if (message.Kind == MessageKinds.Receipt && await IsVoidAsync(message, session, cancel))
            return Same(message, "The payment does not count any more.");
        if (message.Kind == MessageKinds.Nudge && lead is not null)
            return await JudgeNudgeAsync(message, lead, person, address, session, cancel);
        if (message.Kind == MessageKinds.FeeReminder) return await JudgeReminderAsync(message, person, address, session, cancel);
        // The address and the name may have been corrected while the message waited, and days of its batch changed.
        var (why, wording) = lead is not null ? await AnewAsync(message, lead, person, session, cancel)
            : message.IsWritten ? (null, null)
            : ("The enquiry is not there any more.", null);
        return new Verdict(why, address.Text, person.Name.Text, wording ?? Letters.Greeted(message, person));
    }

    private Task<(string? Why, Wording? Wording)> AnewAsync(
        OutboxMessage message, Lead lead, Person person, IQuerySession session, CancellationToken cancel) => message.Kind switch
        {
            MessageKinds.Brochure => BrochureAnewAsync(message, lead, person, session, cancel),
            MessageKinds.Offer => OfferAnewAsync(message, lead, person, session, cancel),
            MessageKinds.EnrolmentLetter => LetterAnewAsync(message, lead, person, session, cancel),
            MessageKinds.SeatHeld => HeldAnewAsync(message, lead, person, session, cancel),
            _ => Task.FromResult<(string?, Wording?)>((null, null)),
        };

    private async Task<(string? Why, Wording? Wording)> BrochureAnewAsync(
        OutboxMessage message, Lead lead, Person person, IQuerySession session, CancellationToken cancel)
    {
        if (await CourseOfAsync(message, lead, session, cancel) is not { } course)
            return ($"The {institute.Profile.CourseWord.One} is not there any more.", null);
        // Who decided against it, or asked not to be called, is not written to about it an hour later.
        return (lead.IsLost ? "The lead was lost meanwhile." : null, letters.BrochureWording(person, lead, course));
    }

    // They may have asked about one that is not their lead's, and the lead may have come to be about another since.
    private static async Task<CourseRef?> CourseOfAsync(OutboxMessage message, Lead lead, IQuerySession session, CancellationToken cancel)
    {
        if (lead.CourseId == message.TopicId) return lead.Course;
        var course = await session.LoadAsync<Course>(message.TopicId ?? Guid.Empty, cancel);
        return course is null ? null : new CourseRef(course.Id, course.Code, course.Name);
    }

    public async Task<Wording?> WriteAsync(OutboxMessage message, IQuerySession session, CancellationToken cancel)
    {
        if (message.Kind != MessageKinds.Brochure) return null;
        var (lead, person, _) = await ReadAsync(message, session, cancel);
        return lead is null || person is null ? null : (await BrochureAnewAsync(message, lead, person, session, cancel)).Wording;
    }

    // In one round trip: each message asks for them.
    private static async Task<(Lead? Lead, Person? Person, StoppedAddress? Stopped)> ReadAsync(
        OutboxMessage message, IQuerySession session, CancellationToken cancel)
    {
        var batch = session.CreateBatchQuery();
        var lead = batch.Load<Lead>(message.LeadId ?? Guid.Empty);
        var person = batch.Load<Person>(message.PersonId ?? Guid.Empty);
        var stopped = batch.Load<StoppedAddress>(StoppedAddress.IdOf(message.To));
        await batch.Execute(cancel);
        return (await lead, await person, await stopped);
    }

    // What was owed when it was written may be paid, put off, or owed again.
    private async Task<Verdict> JudgeReminderAsync(
        OutboxMessage message, Person person, EmailAddress address, IQuerySession session, CancellationToken cancel)
    {
        var reminder = await session.LoadAsync<DueReminder>(message.Id, cancel);
        var seat = message.TopicId is { } id ? await session.LoadAsync<Enrolment>(id, cancel) : null;
        if (reminder is null || seat is null) return Same(message, "The seat is not there any more.");
        if (reminder.WhyPointless(seat, institute.Profile.ReminderDays) is { } why) return Same(message, why);
        if (await session.Query<DueReminder>().AnyAsync(r => r.EnrolmentId == seat.Id && r.Day > reminder.Day, cancel))
            return Same(message, "A later reminder has taken its place.");
        return new Verdict(null, address.Text, person.Name.Text, letters.FeeWording(person, seat, reminder));
    }

    // While it waited they may have been reached, or have asked about another course.
    private async Task<Verdict> JudgeNudgeAsync(
        OutboxMessage message, Lead lead, Person person, EmailAddress address, IQuerySession session, CancellationToken cancel)
    {
        var unanswered = await Unanswered.LoadAsync(session, lead, mail.LeavesMachine, cancel);
        return unanswered.WhyNot(clock.Now, message) is { } why
            ? Same(message, why)
            : new Verdict(null, address.Text, person.Name.Text, letters.NudgeWording(person, unanswered));
    }

    private async Task<(string? Why, Wording? Wording)> HeldAnewAsync(
        OutboxMessage message, Lead lead, Person person, IQuerySession session, CancellationToken cancel)
    {
        var hold = message.TopicId;
        var batch = await session.Query<Batch>().Where(b => b.Waitlist.Any(w => w.HoldId == hold)).FirstOrDefaultAsync(cancel);
        return batch?.Waitlist.Find(w => w.HoldId == hold) is { } place && place.HoldsAt(clock.Now)
            ? (null, letters.HeldWording(person, lead, batch, place))
            : ("The seat is not held for the applicant any more.", null);
    }

    private static async Task<(string? Why, Wording? Wording)> LetterAnewAsync(
        OutboxMessage message, Lead lead, Person person, IQuerySession session, CancellationToken cancel)
    {
        if (await session.LoadAsync<Enrolment>(message.TopicId!.Value, cancel) is not { } seat) return (null, null);
        if (!seat.IsCurrent) return ("The seat was given up.", null);
        return await session.LoadAsync<Batch>(seat.BatchId, cancel) is { } batch
            ? (null, Letters.LetterWording(person, lead, SeatTold.Of(seat), await SeatBefore.OfAsync(seat, session, cancel), batch))
            : (null, null);
    }

    private static async Task<bool> IsVoidAsync(OutboxMessage message, IQuerySession session, CancellationToken cancel) =>
        await session.LoadAsync<Receipt>(message.TopicId!.Value, cancel) is not { Void: null };

    private async Task<(string? Why, Wording? Wording)> OfferAnewAsync(
        OutboxMessage message, Lead lead, Person person, IQuerySession session, CancellationToken cancel)
    {
        if (!lead.IsOpen) return ("The applicant has decided.", null);
        if (lead.Offer is not { } offer || offer.Id != message.TopicId) return ("Another offer has replaced this one.", null);
        if (!offer.IsOpenOn(clock.Today)) return ("The offer's last day has passed.", null);
        if (await session.LoadAsync<Batch>(offer.BatchId, cancel) is not { } batch) return (null, null);
        var why = batch.IsCancelled ? $"The {institute.Profile.BatchWord.One} was cancelled."
            : !batch.TakesPeopleOn(clock.Today) ? $"{batch.Code} takes nobody any more."
            : !batch.HasSeatFor(lead.Id, clock.Now) ? $"No seat is free in {batch.Code} any more."
            : null;
        return why is null ? (null, letters.OfferWording(person, lead, offer, batch)) : (why, null);
    }

    private async Task<string?> WhyNotRemindAsync(OutboxMessage message, Lead? lead, IQuerySession session, CancellationToken cancel)
    {
        if (lead?.FollowUp is not { } due || due.Id != message.TopicId) return "The follow-up is over.";
        // It names day and time, and helps on that day; later, today's page shows it as overdue.
        if (clock.DayOf(due.DueAt) < clock.Today) return "The day of the follow-up has passed.";
        return await session.Query<User>().AnyAsync(u => u.Email == message.To && u.Active, cancel) ? null : "The counsellor has left.";
    }

    private static Verdict Same(OutboxMessage message, string? why) => new(why, message.To, message.ToName);
}

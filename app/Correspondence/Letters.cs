using Crm.Accounts;
using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Marten;
using Microsoft.Extensions.Options;

namespace Crm.Correspondence;

/// <summary>What the emails that the institute writes are for.</summary>
public static class MessageKinds
{
    public const string Brochure = "brochure";
    public const string Nudge = "nudge";
    public const string Personal = "personal";
    public const string Reminder = "reminder";
    public const string Offer = "offer";
    public const string EnrolmentLetter = "enrolment-letter";
    public const string Receipt = "receipt";
    public const string FeeReminder = DueReminder.MessageKind;
    public const string SeatHeld = "seat-held";
    public const string BatchCancelled = "batch-cancelled";

    /// <summary>What goes with a seat that somebody has: also to those who want no more emails.</summary>
    public static readonly string[] Papers = [EnrolmentLetter, Receipt, BatchCancelled];
}

/// <summary>To whom a letter goes, at which address, about which lead.</summary>
public sealed record Addressee(Person Person, EmailAddress Address, Lead Lead, Stamp Stamp)
{
    /// <returns>Null for who has no address that may be written to: they are called.</returns>
    public static async Task<Addressee?> FindAsync(
        IQuerySession session, Guid personId, Lead lead, Stamp stamp, CancellationToken cancel)
    {
        if (await session.LoadAsync<Person>(personId, cancel) is not { Email: { } address } person) return null;
        if (await session.LoadAsync<StoppedAddress>(StoppedAddress.IdOf(address.Text), cancel) is { } stopped
            && !person.AgreedSince(address, stopped.At))
            return null;
        return new Addressee(person, address, lead, stamp);
    }
}

/// <summary>What the mail with a letter says of the seat itself.</summary>
/// <param name="Net">What is to be paid for it.</param>
public sealed record SeatTold(string RollNumber, Money Net)
{
    public static SeatTold Of(Enrolment seat) => new(seat.RollNumber, seat.Net);

    /// <summary>What the letter tells of the money, after a comma.</summary>
    public string Money => Net == Institute.Money.Zero
        ? "which says that nothing is to be paid"
        : "with the fee and the dates on which instalments are due";
}

/// <summary>The emails that the institute writes by itself. Each returns a message to store in the change's transaction.</summary>
public sealed class Letters(CurrentInstitute institute, InstituteClock clock, IOptions<InstituteOptions> options)
{
    /// <summary>How long before a follow-up its counsellor is reminded.</summary>
    public static readonly TimeSpan ReminderLead = TimeSpan.FromMinutes(15);

    private InstituteProfile Profile => institute.Profile;

    /// <summary>What it says, and to what name, is written when it leaves.</summary>
    public static OutboxMessage Brochure(Addressee to, CourseRef course)
    {
        var message = ToApplicant(MessageKinds.Brochure, to, new Wording(OutboxMessage.Unwritten, OutboxMessage.Unwritten));
        (message.ToName, message.TopicId, message.Attachment) = ("", course.Id, AttachmentKinds.Brochure);
        return message;
    }

    /// <summary>What a brochure's mail says of who has the lead today.</summary>
    public Wording BrochureWording(Person person, Lead lead, CourseRef course)
    {
        var caller = lead.CounsellorName is { } name ? $"{name}, your counsellor, will call you" : "A counsellor will call you";
        var reach = $"we are at {Profile.Phone}; please quote {lead.Reference}.";
        var contents = $"what the {Profile.CourseWord.One} covers, the fee and how it can be paid, and the dates that are open now";
        // Who was spoken with meanwhile is not called because they asked.
        var calls = lead.ContactedAt is null
            ? $"{caller}{PreferredTimeText(lead.PreferredTime)}. If you would rather call us, {reach}"
            : $"If you have questions, {reach}";
        return new Wording($"Your {course.Code} brochure from {Profile.Name}", $"""
            {Greeting(person.Name)}

            Thank you for asking about {course.Name}.

            Your brochure is attached: {contents}.

            {calls}
            """);
    }

    /// <summary>Asks once more; what it says is made anew when it leaves.</summary>
    public OutboxMessage Nudge(Addressee to, Unanswered unanswered) =>
        ToApplicant(MessageKinds.Nudge, to, NudgeWording(to.Person, unanswered));

    /// <summary>What it says today.</summary>
    public Wording NudgeWording(Person person, Unanswered unanswered)
    {
        var (course, day) = (unanswered.CourseName, Format.Date(clock.DayOf(unanswered.AskedAt)));
        var questions = Profile.CommonQuestions.Length == 0
            ? ""
            : $" People often want to know about {Profile.CommonQuestions} before they decide.";
        return new Wording($"Any questions about {course}?", $"""
            {Greeting(person.Name)}

            You asked us about {course} on {day}.{questions}

            Reply to this email or call {Profile.Phone} and a counsellor will help. Your reference is {unanswered.Lead.Reference}.
            """);
    }

    public OutboxMessage Personal(Addressee to, EmailWritten written)
    {
        var message = ToApplicant(MessageKinds.Personal, to, written.Subject, written.Body);
        (message.Id, message.TopicId) = (written.MessageId, to.Lead.CourseId);
        message.Attachment = written.WithBrochure ? AttachmentKinds.Brochure : null;
        message.IsPersonal = true;
        return message;
    }

    public OutboxMessage Offer(Addressee to, Offer offer, Batch batch)
    {
        var message = ToApplicant(MessageKinds.Offer, to, OfferWording(to.Person, to.Lead, offer, batch));
        (message.TopicId, message.Attachment) = (offer.Id, AttachmentKinds.Brochure);
        return message;
    }

    /// <summary>What an offer says of the batch as it is planned today.</summary>
    public Wording OfferWording(Person person, Lead lead, Offer offer, Batch batch)
    {
        var seat = $"a seat in {batch.Code} of {lead.CourseName}, starting {Format.Date(batch.StartsOn)} ({batch.Schedule})";
        var toAccept = $"To accept, reply to this email or call {Profile.Phone}, quoting {lead.Reference}.";
        var discount = offer.Discount > Money.Zero ? $"Your discount: {institute.Show(offer.Discount)}\n" : "";
        var tax = offer.Tax > Money.Zero ? $"GST: {institute.Show(offer.Tax)}\n" : "";
        return new Wording($"Your seat in {batch.Code}: our offer", $"""
            {Greeting(person.Name)}

            We are glad to offer you {seat}.

            Fee: {institute.Show(offer.Fee)}
            {discount}{tax}You pay: {institute.Show(offer.Net)}

            The offer is open until {Format.Date(offer.ValidUntil)}, as long as a seat is free. {toAccept}
            """);
    }

    public OutboxMessage EnrolmentLetter(Addressee to, LeadEnrolled enrolled, SeatBefore? before, Batch batch)
    {
        var wording = LetterWording(to.Person, to.Lead, new SeatTold(enrolled.RollNumber, enrolled.Net), before, batch);
        var message = ToApplicant(MessageKinds.EnrolmentLetter, to, wording);
        (message.TopicId, message.Attachment) = (enrolled.EnrolmentId, AttachmentKinds.EnrolmentLetter);
        return message;
    }

    /// <summary>What goes with the letter, which is made when it leaves, and names the same days.</summary>
    /// <param name="before">The seat that was given up for it; null where it is the first.</param>
    public static Wording LetterWording(Person person, Lead lead, SeatTold seat, SeatBefore? before, Batch batch)
    {
        if (before is not null) return MovedWording(person, lead, seat, before, batch);
        return new Wording($"Welcome to {lead.CourseName}: your seat in {batch.Code}", $"""
            {Greeting(person.Name)}

            Your seat is confirmed: {batch.Code}, from {Format.Date(batch.StartsOn)}, {batch.Schedule}.

            Your roll number is {seat.RollNumber}. The enrolment letter is attached, {seat.Money}. Please bring a copy on your first day.
            """);
    }

    private static Wording MovedWording(Person person, Lead lead, SeatTold seat, SeatBefore before, Batch batch)
    {
        var sorry = before.Cancelled ? $"We are sorry: {before.BatchCode} does not take place. " : "";
        return new Wording($"{lead.CourseName}: your seat is in {batch.Code} now", $"""
            {Greeting(person.Name)}

            {sorry}Your seat is in {batch.Code} now, from {Format.Date(batch.StartsOn)}, {batch.Schedule}, instead of {before.BatchCode}.

            Your roll number is {seat.RollNumber}; {before.RollNumber} counts no more. The new enrolment letter is attached, {seat.Money}:
            it replaces the letter that you have. Please bring a copy on your first day.
            """);
    }

    /// <param name="place">With the hold.</param>
    public OutboxMessage SeatHeld(Addressee to, Batch batch, WaitingPlace place)
    {
        var message = ToApplicant(MessageKinds.SeatHeld, to, HeldWording(to.Person, to.Lead, batch, place));
        message.TopicId = place.HoldId;
        return message;
    }

    /// <summary>What is said of a held seat as its batch is planned today.</summary>
    public Wording HeldWording(Person person, Lead lead, Batch batch, WaitingPlace place)
    {
        var until = Format.DateAndTime(clock.Local(place.HeldUntil!.Value));
        return new Wording($"A seat in {batch.Code} is held for you until {until}", $"""
            {Greeting(person.Name)}

            A seat in {batch.Code} of {lead.CourseName} has become free: from {Format.Date(batch.StartsOn)}, {batch.Schedule}.

            You are next on the list, and we hold it for you until {until}. To take it, reply to this email or call {Profile.Phone},
            quoting {lead.Reference}. After that it goes to the next who waits.
            """);
    }

    /// <param name="seat">That was given up with the batch.</param>
    public OutboxMessage BatchCancelled(Addressee to, Enrolment seat)
    {
        var money = seat.HasCredit ? $"{institute.Show(seat.Credit)} that you have paid is due back to you. "
            : seat.HasDebt ? ""
            : "You owe nothing for it. ";
        var message = ToApplicant(MessageKinds.BatchCancelled, to, $"{seat.BatchCode} of {seat.CourseName} does not take place", $"""
            We are sorry: {seat.BatchCode} of {seat.CourseName}, in which you had a seat, does not take place.

            {money}If you would like another seat, reply to this email or call {Profile.Phone}, quoting {to.Lead.Reference}.
            """);
        message.TopicId = seat.Id;
        return message;
    }

    public OutboxMessage Receipt(Addressee to, Enrolment seat, PaymentReceived paid)
    {
        var amount = institute.Show(paid.Amount);
        var rest = seat.Balance > Money.Zero
            ? $"{institute.Show(seat.Balance)} is still to be paid, as agreed in instalments."
            : "Nothing more is owed.";
        var message = ToApplicant(MessageKinds.Receipt, to, $"Receipt {paid.Receipt} for {amount}", $"""
            We have received {amount} for {seat.CourseName}, roll number {seat.RollNumber}. Thank you.

            The receipt is attached. {rest}
            """);
        (message.TopicId, message.Attachment) = (paid.PaymentId, ReceiptMaker.Receipt);
        return message;
    }

    /// <summary>Asks for an instalment; what it says is made anew when it leaves.</summary>
    public OutboxMessage FeeReminder(Addressee to, Enrolment seat, DueReminder reminder)
    {
        var message = ToApplicant(MessageKinds.FeeReminder, to, FeeWording(to.Person, seat, reminder));
        (message.Id, message.TopicId, message.Attachment) = (reminder.Id, seat.Id, UpiQrMaker.UpiQr);
        return message;
    }

    /// <summary>What a reminder says today.</summary>
    public Wording FeeWording(Person person, Enrolment seat, DueReminder reminder)
    {
        var owed = OwedParts.Of(seat, reminder.DueOn, clock.Today);
        return new Wording(Format.Capital(owed.Heading(institute)), $"""
            {Greeting(person.Name)}

            {owed.Sentence(institute, seat)}{HowToPay(seat)}

            If you have paid it already, please send us the reference of the payment. Reply to this email or call {Profile.Phone}.
            """);
    }

    private string HowToPay(Enrolment seat) => UpiLink.For(seat, clock.Today, Profile) is { } upi
        ? $"\n\nTo pay by UPI, scan the attached code, or send it to {upi.Payee} "
                + $"with the note {PaymentReference.Of(seat)}: by it your payment is found."
        : "";

    public OutboxMessage Reminder(Person person, Lead lead, FollowUp followUp, User counsellor, Stamp stamp)
    {
        var due = followUp.DueAt - ReminderLead;
        var message = new OutboxMessage
        {
            Id = Guid.CreateVersion7(stamp.KnownAt),
            Kind = MessageKinds.Reminder,
            PersonId = person.Id,
            LeadId = lead.Id,
            TopicId = followUp.Id,
            To = counsellor.Email,
            ToName = counsellor.Name,
            By = stamp.By,
            CreatedAt = stamp.KnownAt,
            DueAt = due < stamp.KnownAt ? stamp.KnownAt : due,
        };
        message.Say(ReminderWording(person, lead, followUp));
        return message;
    }

    /// <summary>What a counsellor is reminded of, of who it is by now.</summary>
    public Wording ReminderWording(Person person, Lead lead, FollowUp followUp)
    {
        var at = clock.Local(followUp.DueAt);
        return new Wording($"{person.Name.Isolated}: {followUp.Purpose} on {at:d MMM} at {at:h:mm tt}", $"""
            {followUp.Purpose}: {person.Name.Isolated}, {person.Phone?.Grouped}, about {lead.CourseName}.

            Due {Format.DateAndTime(at)}.

            {options.Value.PublicUrl}/leads/{lead.Id}
            """);
    }

    /// <summary>The same words with the name that the person has by now.</summary>
    /// <returns>Null where the message greets by it already, or by none.</returns>
    public static Wording? Greeted(OutboxMessage message, Person person)
    {
        if (!message.IsWritten) return null;
        var (was, now) = (Greeting(PersonName.FromStored(message.ToName)), Greeting(person.Name));
        return was != now && message.Body.StartsWith(was, StringComparison.Ordinal)
            ? new Wording(message.Subject, now + message.Body[was.Length..])
            : null;
    }

    /// <summary>With which each letter to an applicant begins.</summary>
    public static string Greeting(PersonName name) => $"Dear {name.Isolated},";

    private static OutboxMessage ToApplicant(string kind, Addressee to, string subject, string body) =>
        ToApplicant(kind, to, new Wording(subject, $"{Greeting(to.Person.Name)}\n\n{body}"));

    private static OutboxMessage ToApplicant(string kind, Addressee to, Wording wording) => new()
    {
        Id = Guid.CreateVersion7(to.Stamp.KnownAt),
        Kind = kind,
        PersonId = to.Person.Id,
        LeadId = to.Lead.Id,
        To = to.Address.Text,
        ToName = to.Person.Name.Text,
        ToApplicant = true,
        Subject = wording.Subject,
        Body = wording.Body,
        By = to.Stamp.By,
        CreatedAt = to.Stamp.KnownAt,
        DueAt = to.Stamp.KnownAt,
    };

    private static string PreferredTimeText(PreferredTime time) => time switch
    {
        PreferredTime.Morning => " in the morning, as you asked",
        PreferredTime.Afternoon => " in the afternoon, as you asked",
        PreferredTime.Evening => " in the evening, as you asked",
        _ => "",
    };
}

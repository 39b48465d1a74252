using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;

namespace Crm.Desk;

/// <summary>One line of a person's timeline.</summary>
/// <param name="Icon">Which kind of thing happened, for its colour.</param>
public sealed record TimelineEntry(
    string Icon, string Title, string? Detail, DateTimeOffset At, string By, TimelineSort Sort = TimelineSort.Record);

/// <summary>What a line of the timeline is about: what was said, mail, seats and their money, or what is known and who has it.</summary>
public enum TimelineSort { Talk, Mail, Seat, Record }

/// <summary>What happened, in words.</summary>
public sealed class TimelineWords(CurrentInstitute institute, InstituteClock clock)
{
    /// <param name="act">What else the same act did; null where that is not shown beside it.</param>
    /// <param name="records">The other records that were merged into the one that is shown.</param>
    public TimelineEntry Of(StoredEvent e, ActOfEvents? act = null, IReadOnlyDictionary<Guid, Person>? records = null)
    {
        var (icon, title, detail) = e switch
        {
            LeadRestored { As: null } or PersonRestored { As: null } or SeatRestored { As: null } =>
                ("note", "Taken back: what had brought this was undone", null),
            PersonErased or LeadErased or SeatErased => ("lost", "Erased: who this was is not known here any more", null),
            IRestored restored when restored.Change == Guid.Empty => ("note", "Taken back: this is as it was before", null),
            IRestored => ("note", "A change was undone: this is as it was before", null),
            LeadEvent lead => Say(lead, act ?? new ActOfEvents([e])),
            PersonMerged merged => Say(merged, records?.GetValueOrDefault(merged.Other)),
            PersonEvent person => Say(person),
            EnrolmentEvent seat => Say(seat),
            _ => Unknown(e.GetType().Name),
        };
        return new TimelineEntry(icon, title, detail, e.At, e.By.Name, SortOf(e));
    }

    /// <summary>A message with its true state: nothing is called sent before the mail server took it.</summary>
    public static TimelineEntry Of(OutboxMessage message) =>
        new("mail", $"{message.KindWords} {message.State}",
            Join(message.Subject, $"to {message.To}", message.Error,
                message is { Status: MessageStatus.Sent, MayBeAt: { } other } ? $"an earlier sending may have arrived at {other}" : null),
            message.SentAt ?? message.CreatedAt, message.By.Name, TimelineSort.Mail);

    /// <summary>What an older program says of an event that a newer one has stored.</summary>
    public static TimelineEntry Unknown(string type, DateTimeOffset at) =>
        new("note", $"Something that this version does not know: {type.Replace('_', ' ')}", null, at, "");

    /// <summary>One line for the enquiries that somebody sent again and again.</summary>
    public TimelineEntry Of(IReadOnlyList<EnquiredAgain> repeated)
    {
        var last = Of(repeated[0]);
        return repeated.Count == 1 ? last : last with { Title = $"{last.Title}, {repeated.Count} times" };
    }

    private static string? Guardian(string? named) => named is null ? null : $"says they are under 18, guardian {named}";

    private (string, string, string?) Say(LeadEvent e, ActOfEvents act) => e switch
    {
        LeadReceived r => ("in", $"Enquired about {Courses(r.Course, r.Also)}",
            Join(Source(r.Source), Prefers(r.PreferredTime), r.Counsellor is { } c ? $"assigned to {c.Name}" : null, r.Message)),
        EnquiredAgain a => ("in", $"Enquired again, about {Courses(a.Course, a.Also)}",
            Join($"as {a.TypedName}", a.TypedEmail, Guardian(a.TypedGuardian), Source(a.Source), Prefers(a.PreferredTime), a.Message)),
        EnquiryCorrected c => ("in", $"Corrected the enquiry, about {c.Course.Name}",
            Join($"as {c.TypedName}", c.TypedEmail, Prefers(c.PreferredTime), c.Message)),
        LeadAssigned a => ("user", $"Assigned to {a.CounsellorName}", null),
        CourseCorrected c => ("note", $"Corrected to {c.Course.Name}", null),
        ContactLogged c => ("call", $"{Format.Words(c.Channel)}: {Lower(c.Outcome)}", c.Note),
        NoteAdded n => ("note", "Note", n.Text),
        FollowUpPlanned f => ("clock", $"Follow-up planned for {Format.DateAndTime(clock.Local(f.DueAt))}", f.Purpose),
        FollowUpDone f => ("done", "Follow-up done", f.Outcome),
        FollowUpCancelled f => ("clock", "Follow-up dropped", f.Why),
        StageChanged s => ("stage", $"Moved to {Format.Words(s.To)}", $"from {Format.Words(s.From)}"),
        StageMoveUndone s => ("stage", $"Back to {Format.Words(s.To)}", $"{Format.Words(s.From)} was a slip"),
        EmailWritten m => ("mail", $"Email written: {m.Subject}", m.Body),
        LeadLost l => ("lost", $"Lost: {Lower(l.Reason)}", l.Note),
        LeadReopened r => ("stage", "Reopened", r.Why == LeadRules.Reopened ? null : r.Why),
        LeadGivenTo g => ("user", g.Merged ? "Came here when two records were merged" : "Went back when two records were split", null),
        _ => SayOfSeats(e, act),
    };

    private (string, string, string?) SayOfSeats(LeadEvent e, ActOfEvents act) => e switch
    {
        OfferMade o => ("offer", $"Offered {o.Offer.BatchCode} at {institute.Show(o.Offer.Net)}",
            Join(Discount(o.Offer), $"open until {Format.Date(o.Offer.ValidUntil)}")),
        DiscountAsked a => ("offer", $"A manager is asked for {institute.Show(a.Offer.Discount)} off {a.Offer.BatchCode}", a.Why),
        DiscountApproved a => ("done", "Discount approved", Join(a.RollNumber, a.Why)),
        DiscountRefused r => ("lost", $"{institute.Show(r.Offer.Discount)} off refused", r.Why),
        LeadEnrolled n => ("done", $"Enrolled in {n.BatchCode}",
            Join($"roll number {n.RollNumber}, {institute.Show(n.Net)}", act.Of<SeatTaken>() is { } s ? Parts(s) : null)),
        LeadTransferred t => ("done", $"Moved from {t.From} to {t.BatchCode}", Join($"roll number {t.RollNumber}, {institute.Show(t.Net)}",
            act.Of<MoneyMoved>() is { } m ? $"{institute.Show(Size(m.Amount))} went along" : null, act.Of<SeatTransferred>()?.Why)),
        LeadWithdrew w => ("lost", $"Withdrew from {w.BatchCode}", Join($"roll number {w.RollNumber}", w.Why,
            act.Of<SeatWithdrawn>() is { } s ? $"{institute.Show(s.RefundDue)} due back" : null, act.Of<SeatWithdrawn>()?.Counted)),
        WaitlistJoined w => ("clock", $"Waits for a seat in {w.BatchCode}", null),
        WaitlistLeft w => ("clock", $"Waits for {w.BatchCode} no more", w.Why),
        _ => Unknown(e.GetType().Name),
    };

    private static (string, string, string?) Say(PersonEvent e) => e switch
    {
        PersonRegistered r => ("user", $"{r.Name.Text} became known", Join(r.Way, r.Agreed)),
        NameCorrected n => ("note", $"Name corrected to {n.Name.Text}", null),
        CertificateNameSet { Name: { } name } => ("note", $"Certificates say {name.Text}", null),
        CertificateNameSet => ("note", "Certificates say the everyday name", null),
        PhoneAdded p => ("note", $"Another phone: {Phone(p.Number)}", null),
        PhoneCorrected p => ("note", $"Phone corrected to {Phone(p.To)}", $"it was {Phone(p.From)}"),
        PhoneRemoved p => ("note", $"Phone removed: {Phone(p.Number)}", null),
        EmailAdded { Standing: Standing.Unconfirmed } m => ("note", $"An address was given, not confirmed: {Email(m.Address)}", null),
        EmailAdded m => ("note", $"Another email: {Email(m.Address)}", null),
        EmailCorrected m => ("note", $"Email corrected to {Email(m.To)}", $"it was {Email(m.From)}"),
        EmailAccepted m => ("done", $"Address accepted: {Email(m.Address)}", null),
        EmailRemoved m => ("note", $"Email removed: {Email(m.Address)}", null),
        EmailBounced m => ("mail", $"There is no such address: {Email(m.Address)}", m.Reason),
        EmailsStopped m => ("mail", $"Asked for no more emails to {Email(m.Address)}", null),
        EmailsAgreedAgain m => ("done", $"Agreed again to emails to {Email(m.Address)}", null),
        LanguageSet l => ("note", l.Language.Length == 0 ? "No language preferred" : $"Prefers {l.Language}", null),
        GuardianSet { Guardian: { } g } => ("note", $"Guardian: {g.Name.Text}", g.Phone?.Grouped),
        GuardianSet => ("note", "No guardian", null),
        PersonTagged t => ("note", $"Tagged {t.Tag}", null),
        TagRemoved t => ("note", $"Tag removed: {t.Tag}", null),
        MergedInto => ("user", "Merged into another record", null),
        PersonSplit => ("user", "Split again from another record", null),
        SplitFrom => ("user", "Stands by itself again", null),
        _ => SayOfConsents(e),
    };

    // The other has no page of its own any more, and is told by its number.
    private static (string, string, string?) Say(PersonMerged merged, Person? other) =>
        ("user", other is null ? "Merged with another record" : $"Merged with {other.Name.Text}", Join(
        [
            other?.Phone?.Grouped, other?.Email?.Text,
            .. merged.Changed.Select(f => $"{f.Label} before: {(f.Says(merged.Former) is { Length: > 0 } said ? said : "not known")}"),
        ]));

    private static (string, string, string?) SayOfConsents(PersonEvent e) => e switch
    {
        ConsentGiven c => ("done", $"{(c.ByGuardian ? "The guardian agreed" : "Agreed")} to {Purposes(c.Purpose)}",
            Join(c.Text, c.Way, c.Language == Consent.Usual ? null : $"in {c.Language}")),
        ConsentWithdrawn c => ("note", $"No longer agrees to {Purposes(c.Purpose)}", c.Way),
        AgeDeclared a => ("note", a.IsMinor ? "Is under 18" : "Is 18 or older", null),
        _ => Unknown(e.GetType().Name),
    };

    private (string, string, string?) Say(EnrolmentEvent e) => e switch
    {
        SeatTaken s => ("done", $"Enrolled in {s.BatchCode}",
            Join($"roll number {s.RollNumber}, {institute.Show(s.Fee - s.Discount + s.Tax)}", Parts(s))),
        SeatGivenTo g => ("user",
            g.Merged ? "The seat came here when two records were merged" : "The seat went back when two records were split", null),
        PaymentReceived p => ("done", $"{institute.Show(p.Amount)} received", Join(Format.Words(p.Way), p.Reference, p.Receipt)),
        PaymentVoided v => ("lost", "Payment voided", Join(v.Why, v.CreditNote)),
        ChequeBounced b => ("lost", "Cheque bounced", Join(b.Why, b.CreditNote)),
        FeeRefunded r => ("note", $"{institute.Show(r.Amount)} refunded", Join(Format.Words(r.Way), r.Reference, r.Why, r.CreditNote)),
        RefundReversed r => ("lost", $"Refund {Lower(r.Standing)}", Join(r.Why, r.DebitNote)),
        InvoiceAddressed i => ("note", "Invoices addressed anew",
            Join(i.PlaceOfSupply.Length > 0 ? IndianStates.NameOf(i.PlaceOfSupply) : null, i.Address)),
        FeeReminded r => ("call", $"Reminded of {institute.Show(r.Owed)}", Format.Words(r.Way)),
        SeatWithdrawn w => ("lost", "Withdrew", Join(w.Why, $"{institute.Show(w.RefundDue)} due back", w.Counted)),
        SeatTransferred t => ("done", $"Moved to {t.BatchCode}", Join($"roll number {t.RollNumber}", t.Why)),
        MoneyMoved m => ("note", $"{institute.Show(Size(m.Amount))} {(IsIn(m) ? "came along from" : "went on to")} another seat", null),
        InstalmentsRescheduled r => ("clock", $"Instalments changed to {r.Instalments.Count}", r.Why),
        _ => Unknown(e.GetType().Name),
    };

    private static TimelineSort SortOf(StoredEvent e) => e switch
    {
        LeadReceived or EnquiredAgain or ContactLogged or NoteAdded or FollowUpPlanned or FollowUpDone or FollowUpCancelled =>
            TimelineSort.Talk,
        EmailWritten or EmailBounced or EmailsStopped or EmailsAgreedAgain => TimelineSort.Mail,
        EnrolmentEvent or OfferMade or DiscountAsked or DiscountApproved or DiscountRefused or LeadEnrolled or LeadTransferred
            or LeadWithdrew or WaitlistJoined or WaitlistLeft => TimelineSort.Seat,
        _ => TimelineSort.Record,
    };

    private static (string, string, string?) Unknown(string type) => ("note", Unknown(type, default).Title, null);

    private string? Discount(Offer offer) =>
        offer.Discount > Money.Zero ? $"{institute.Show(offer.Discount)} off {institute.Show(offer.Fee)}" : null;

    private static string Parts(SeatTaken seat) =>
        seat.Instalments.Count == 1 ? "in full" : $"in {seat.Instalments.Count} instalments";

    private static bool IsIn(MoneyMoved moved) => moved.Amount > Money.Zero;

    private static Money Size(Money amount) => amount < Money.Zero ? -amount : amount;

    private static string Courses(CourseRef first, IReadOnlyList<CourseRef>? also) =>
        string.Join(" and ", [first.Name, .. (also ?? []).Select(c => c.Name)]);

    private static string Phone(PhoneNumber? number) => number?.Grouped ?? StoredEvent.Erased;

    private static string Email(EmailAddress? address) => address?.Text ?? StoredEvent.Erased;

    private static string? Prefers(PreferredTime time) => time == PreferredTime.Anytime ? null : $"prefers {Lower(time)}";

    private static string Source(LeadSource source) => Join($"from {SourceNames.Usual(source.Name)}", source.Campaign)!;

    private static string Purposes(Purpose purpose) => purpose == Purpose.WhatsApp ? Format.Words(purpose) : Lower(purpose);

    private static string Lower(Enum value) => Format.Words(value).ToLowerInvariant();

    private static string? Join(params string?[] parts) =>
        string.Join(" · ", parts.Where(p => !string.IsNullOrEmpty(p))) is { Length: > 0 } text ? text : null;
}

using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Storage;
using Marten;

namespace Crm.Correspondence;

/// <summary>Writes what events ask for, and withdraws what they made pointless, in their own transaction.</summary>
public sealed class LeadCorrespondence(Letters letters) : ILeadReaction
{
    /// <summary>A person gets the brochure of a course at most once in this time, however often somebody asks in their name.</summary>
    public static readonly TimeSpan BetweenBrochures = TimeSpan.FromDays(1);

    private const string Of = "(data ->> 'PersonId')::uuid = ? and";

    // What was written about a lead goes with it, and is found again under whom the lead is of.
    private const string Give =
        $$"""
        update {{MartenSetup.Schema}}.mt_doc_outboxmessage
        set data = jsonb_set(data, '{PersonId}', to_jsonb(?::text)) where (data ->> 'LeadId')::uuid = ?
        """;

    // Of what waits: all of a lead that is gone, else what was written at the moments that are undone. Papers of a seat are the seat's.
    private const string WrittenThen =
        "(data ->> 'LeadId')::uuid = ? and not (data ->> 'Kind' = any(?)) and (? or (data ->> 'CreatedAt')::timestamptz = any(?))";

    private const string PutRight = "It was of a course or an address that was put right.";

    private const string RestoreWithdrawn =
        $$"""
        update {{MartenSetup.Schema}}.mt_doc_outboxmessage
        set status = 'Queued', data = data - array['WithdrawnAt', 'Error'] || '{"Status": "Queued"}'
        where status = 'Cancelled' and (data ->> 'LeadId')::uuid = ? and (data ->> 'WithdrawnAt')::timestamptz = any(?)
        """;

    public async Task ReactAsync(LeadChange change, IDocumentSession session, CancellationToken cancel)
    {
        foreach (var e in change.Events)
        {
            Withdraw(e, change.Lead, session);
            if (e is EnquiryCorrected { Own: true }) await WithdrawMistakenAsync(change, session, cancel);
            if (change.Stamp.IsQuiet) continue;
            if (await WriteAsync(e, change, session, cancel) is { } message) session.Store(message);
        }
    }

    private static void Withdraw(LeadEvent e, Lead lead, IDocumentSession session)
    {
        var over = e switch { FollowUpDone done => done.FollowUpId, FollowUpCancelled cancelled => cancelled.FollowUpId, _ => Guid.Empty };
        if (over != Guid.Empty) CancelReminder(session, lead, over, "The follow-up is over.", e.At);
        if (WhyOfferEnds(e) is { } why) CancelWhere(session, lead, ("LeadId", lead.Id), MessageKinds.Offer, why, e.At);
        if (e is LeadRestored restored) TakeBack(restored, lead, session);
        if (e is LeadGivenTo given) session.QueueSqlCommand(Give, given.PersonId.ToString(), lead.Id);
    }

    // Mail that has left stays so; what waits again is looked at once more before it leaves.
    private static void TakeBack(LeadRestored restored, Lead lead, IDocumentSession session)
    {
        var moments = restored.Moments.ToArray();
        // In this order: at one moment, what is withdrawn now must not be taken for what had been withdrawn.
        if (restored.As is not null) session.QueueSqlCommand(RestoreWithdrawn, lead.Id, moments);
        session.Withdraw(restored.At, "What it was written for was undone.", WrittenThen,
            lead.Id, MessageKinds.Papers, restored.As is null, moments);
        if (restored.As is not null)
            session.QueueSqlCommand(Give + " and data ->> 'PersonId' <> ?", lead.PersonId.ToString(), lead.Id, lead.PersonId.ToString());
    }

    // What waits about another course, or for another address, rests on a mistake that was put right.
    private static async Task WithdrawMistakenAsync(LeadChange change, IDocumentSession session, CancellationToken cancel)
    {
        var (lead, address) = (change.Lead, (await change.PersonAsync(session, cancel)).Email);
        session.Withdraw(change.Stamp.At, PutRight, $"{Of} (data ->> 'LeadId')::uuid = ? and data ->> 'Kind' = '{MessageKinds.Brochure}' "
            + "and ((data ->> 'TopicId')::uuid <> ? or data ->> 'To' <> ?)",
            lead.PersonId, lead.Id, lead.CourseId, address?.Text ?? "");
    }

    // A waiting email that names another price, or a seat that is taken or let go, would be untrue by the time it is read.
    private static string? WhyOfferEnds(LeadEvent e) => e switch
    {
        OfferMade => "Another offer has replaced this one.",
        LeadEnrolled or LeadLost => "The applicant has decided.",
        CourseCorrected => PutRight,
        _ => null,
    };

    /// <summary>Takes back what waits for an address whose owner wants no more, papers of a seat apart.</summary>
    public static void WithdrawFrom(EmailAddress address, DateTimeOffset now, IDocumentSession session) => session.Withdraw(
        now, "The owner of this address asked for no more emails.",
        "data ->> 'To' = ? and (data ->> 'ToApplicant')::boolean and not (data ->> 'Kind' = any (?))", address.Text, MessageKinds.Papers);

    /// <summary>Takes back what waits about a seat, a hold or another thing that is over.</summary>
    /// <param name="kind">One of <see cref="MessageKinds"/>.</param>
    /// <param name="why">A sentence for staff.</param>
    public static void WithdrawAbout(Guid topicId, string kind, string why, DateTimeOffset now, IDocumentSession session) =>
        session.Withdraw(now, why, "data ->> 'Kind' = ? and (data ->> 'TopicId')::uuid = ?", kind, topicId);

    private static void CancelReminder(IDocumentSession session, Lead lead, Guid followUpId, string why, DateTimeOffset now) =>
        CancelWhere(session, lead, ("TopicId", followUpId), MessageKinds.Reminder, why, now);

    private static void CancelWhere(
        IDocumentSession session, Lead lead, (string Field, Guid Id) of, string kind, string why, DateTimeOffset now) =>
        session.Withdraw(now, why, $"{Of} (data ->> '{of.Field}')::uuid = ? and data ->> 'Kind' = '{kind}'", lead.PersonId, of.Id);

    private async Task<OutboxMessage?> WriteAsync(
        LeadEvent e, LeadChange change, IDocumentSession session, CancellationToken cancel) => e switch
        {
            LeadReceived received => await BrochureAsync(change, received.Course, session, cancel),
            EnquiredAgain again when change.Lead.IsOpen => await BrochureAsync(change, again.Course, session, cancel),
            EnquiryCorrected corrected when change.Lead.IsOpen => await BrochureAsync(change, corrected.Course, session, cancel),
            CourseCorrected corrected => await OtherBrochureAsync(change, corrected.Course, session, cancel),
            EmailWritten written => await PersonalAsync(change, written, session, cancel),
            OfferMade { ByEmail: true } made => await OfferAsync(change, made.Offer, session, cancel),
            LeadEnrolled enrolled => await LetterAsync(change, enrolled, null, session, cancel),
            LeadTransferred { ByEmail: true } t => await LetterAsync(
                change, new LeadEnrolled(t.EnrolmentId, t.BatchId, t.BatchCode, t.RollNumber, t.Net),
                new SeatBefore(t.From, t.FromRollNumber, t.Cancelled), session, cancel),
            FollowUpPlanned => await ReminderAsync(change, session, cancel),
            LeadAssigned => await HandedOverAsync(change, session, cancel),
            _ => null,
        };

    private async Task<OutboxMessage?> BrochureAsync(
        LeadChange change, CourseRef course, IDocumentSession session, CancellationToken cancel)
    {
        var person = await change.PersonAsync(session, cancel);
        if (person.Email is not { } address) return null;
        // Somebody who is new has had none: this spares each enquiry the question.
        if (person.Version > 0 && await HadBrochureAsync(person.Id, address, course.Id, change.Stamp.KnownAt, session, cancel)) return null;
        return Letters.Brochure(new Addressee(person, address, change.Lead, change.Stamp), course);
    }

    // Who waits for the brochure of a course that they never meant gets that of the right one.
    private async Task<OutboxMessage?> OtherBrochureAsync(
        LeadChange change, CourseRef course, IDocumentSession session, CancellationToken cancel)
    {
        var (lead, meant) = (change.Lead, change.Lead.OtherCourses.Select(c => c.Id).Append(course.Id).ToArray());
        var waiting = await session.Query<OutboxMessage>().Where(m => m.LeadId == lead.Id && m.Kind == MessageKinds.Brochure
            && m.Status == MessageStatus.Queued).ToListAsync(cancel);
        if (waiting.All(m => meant.Contains(m.TopicId ?? Guid.Empty))) return null;
        session.Withdraw(change.Stamp.At, PutRight, $"{Of} (data ->> 'LeadId')::uuid = ? and data ->> 'Kind' = '{MessageKinds.Brochure}' "
            + "and not (data ->> 'TopicId')::uuid = any(?)", lead.PersonId, lead.Id, meant);
        return await BrochureAsync(change, course, session, cancel);
    }

    private static Task<bool> HadBrochureAsync(
        Guid personId, EmailAddress address, Guid courseId, DateTimeOffset now, IDocumentSession session, CancellationToken cancel)
    {
        var (to, since) = (address.Text, now - BetweenBrochures);
        return session.Query<OutboxMessage>().AnyAsync(m => m.PersonId == personId && m.Kind == MessageKinds.Brochure
            && m.TopicId == courseId && m.To == to && m.CreatedAt > since
            && m.Status != MessageStatus.Cancelled && m.Status != MessageStatus.Failed, cancel);
    }

    private async Task<OutboxMessage?> PersonalAsync(
        LeadChange change, EmailWritten written, IDocumentSession session, CancellationToken cancel) =>
        (await change.PersonAsync(session, cancel)).Email is { } address
            ? letters.Personal(await ToAsync(change, address, session, cancel), written)
            : null;

    private async Task<OutboxMessage?> OfferAsync(LeadChange change, Offer offer, IDocumentSession session, CancellationToken cancel)
    {
        if ((await change.PersonAsync(session, cancel)).Email is not { } address) return null;
        var batch = await session.LoadAsync<Batch>(offer.BatchId, cancel)
            ?? throw new InvalidOperationException($"There is no batch {offer.BatchId}.");
        return letters.Offer(await ToAsync(change, address, session, cancel), offer, batch);
    }

    // The papers of a seat that somebody took go to them even where they wanted no more emails.
    private async Task<OutboxMessage?> LetterAsync(
        LeadChange change, LeadEnrolled enrolled, SeatBefore? before, IDocumentSession session, CancellationToken cancel)
    {
        var person = await change.PersonAsync(session, cancel);
        if (person.AddressForPapers is not { } address) return null;
        var batch = await session.LoadAsync<Batch>(enrolled.BatchId, cancel)
            ?? throw new InvalidOperationException($"There is no batch {enrolled.BatchId}.");
        return letters.EnrolmentLetter(await ToAsync(change, address, session, cancel), enrolled, before, batch);
    }

    private async Task<OutboxMessage?> ReminderAsync(LeadChange change, IDocumentSession session, CancellationToken cancel)
    {
        if (change.Lead.FollowUp is not { } due || (change.Lead.CounsellorId ?? change.Stamp.By.UserId) is not { } id) return null;
        return await session.LoadAsync<User>(id, cancel) is { Active: true } counsellor
            ? letters.Reminder(await change.PersonAsync(session, cancel), change.Lead, due, counsellor, change.Stamp)
            : null;
    }

    // Whoever has the lead now is reminded of what was promised.
    private async Task<OutboxMessage?> HandedOverAsync(LeadChange change, IDocumentSession session, CancellationToken cancel)
    {
        if (change.Lead.FollowUp is not { } due || due.DueAt <= change.Stamp.At || change.Events.Any(e => e is FollowUpPlanned))
            return null;
        CancelReminder(session, change.Lead, due.Id, "Somebody else has the lead.", change.Stamp.At);
        return await ReminderAsync(change, session, cancel);
    }

    private static async Task<Addressee> ToAsync(
        LeadChange change, EmailAddress address, IDocumentSession session, CancellationToken cancel) =>
        new(await change.PersonAsync(session, cancel), address, change.Lead, change.Stamp);
}

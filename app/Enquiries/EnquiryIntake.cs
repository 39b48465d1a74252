using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Messages;
using Crm.Web;
using Marten;

namespace Crm.Enquiries;

/// <summary>An enquiry whose fields have been checked. <see cref="FormId"/> makes submitting it twice the same as once.</summary>
public sealed record NewEnquiry(
    Guid FormId, string Name, string Phone, string? Email, Course Course, PreferredTime PreferredTime,
    LeadSource Source, string Consent, string? Message, string By = "Applicant");

/// <summary>Turns an enquiry into a lead, or into one more event of the lead that has its phone number, in one transaction with its emails.</summary>
public sealed class EnquiryIntake(IDocumentStore store, Letters letters, CounsellorRota rota, OutboxSignal signal, InstituteClock clock)
{
    /// <returns>Only when all of it is durable.</returns>
    public async Task<Enquiry> ReceiveAsync(NewEnquiry enquiry, CancellationToken cancel)
    {
        var now = clock.Now;
        var record = new Enquiry { Id = Enquiry.IdOf(enquiry.FormId, enquiry.Phone), ReceivedAt = now };
        await rota.RefreshAsync(cancel); // before the transaction: nobody may hold one connection and wait for another
        await using var session = store.LightweightSession();
        await session.BeginTransactionAsync(cancel);
        // One round trip of three statements. The first makes two enquiries from one number wait for each other, so that they
        // cannot become two leads; those after it see what the other has committed.
        var batch = session.CreateBatchQuery();
        var taken = batch.Query<string>("select 'taken' from (select pg_advisory_xact_lock(hashtextextended(?, 0))) lock", enquiry.Phone);
        var sameForm = batch.Load<Enquiry>(record.Id);
        // Not ordered there: for one row in an order the planner may walk that order's index through every lead.
        var samePhone = batch.Query<Lead>().Where(l => l.Phone == enquiry.Phone).ToList();
        await batch.Execute(cancel);
        await taken;
        if (await sameForm is { } earlier) return earlier;

        var known = (await samePhone).MinBy(l => l.ReceivedAt);
        var lead = known is null ? Start(session, enquiry, now) : await ContinueAsync(session, known, enquiry, now, cancel);
        (record.LeadId, record.Reference) = (lead.Id, lead.Reference);
        session.Insert(record);
        await session.SaveChangesAsync(cancel);
        signal.Raise();
        return record;
    }

    private Lead Start(IDocumentSession session, NewEnquiry enquiry, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now);
        var received = new LeadReceived(now, enquiry.By, LeadRules.ReferenceOf(id), enquiry.Name, enquiry.Phone, enquiry.Email,
            enquiry.Course.Id, enquiry.Course.Name, enquiry.PreferredTime, enquiry.Source, enquiry.Consent, enquiry.Message);
        var lead = Lead.Create(received);
        lead.Id = id;
        List<object> events = [received];
        if (rota.Next() is { } counsellor)
        {
            var assigned = new LeadAssigned(now, "System", counsellor.Id, counsellor.Name);
            lead.Apply(assigned);
            events.Add(assigned);
        }
        if (lead.CanBeEmailed)
        {
            events.Add(QueueBrochure(session, lead, enquiry.Course, now));
            session.Store(letters.Nudge(lead, enquiry.Course, now));
        }
        session.Events.StartStream<Lead>(id, events);
        return lead;
    }

    private async Task<Lead> ContinueAsync(IDocumentSession session, Lead known, NewEnquiry enquiry, DateTimeOffset now, CancellationToken cancel)
    {
        var stream = await session.Events.FetchForExclusiveWriting<Lead>(known.Id, cancel);
        var lead = stream.Aggregate!;
        var again = new EnquiredAgain(now, enquiry.By, enquiry.Name, enquiry.Email, enquiry.Course.Id, enquiry.Course.Name, enquiry.PreferredTime, enquiry.Source, enquiry.Message, enquiry.Consent);
        List<object> events = [again];
        if (lead.Stage == LeadStage.Lost) events.Add(new LeadReopened(now, "System", "Enquired again"));
        var to = new Lead
        {
            Id = lead.Id,
            Reference = lead.Reference,
            Name = enquiry.Name,
            Phone = lead.Phone,
            Email = lead.Email ?? enquiry.Email,
            CourseId = enquiry.Course.Id,
            CourseName = enquiry.Course.Name,
            CounsellorName = lead.CounsellorName,
            PreferredTime = enquiry.PreferredTime,
            EmailsStopped = lead.EmailsStopped,
        };
        // Who is past the first call and has none planned would wait in nobody's queue.
        if (lead.FollowUp is null && lead is not { Stage: LeadStage.New } and not { Stage: LeadStage.Lost, ContactedAt: null })
        {
            var call = new FollowUpScheduled(now, "System", Guid.CreateVersion7(now), now, "Enquired again");
            events.Add(call);
            if (lead.CounsellorId is { } id && await session.LoadAsync<User>(id, cancel) is { Active: true } counsellor) session.Store(letters.Reminder(lead, call, counsellor));
        }
        if (to.CanBeEmailed && lead.Stage != LeadStage.Enrolled) events.Add(QueueBrochure(session, to, enquiry.Course, now));
        stream.AppendMany(events);
        return lead;
    }

    private BrochureSent QueueBrochure(IDocumentSession session, Lead lead, Course course, DateTimeOffset now)
    {
        var message = letters.Brochure(lead, course, now);
        session.Store(message);
        return new BrochureSent(now, "System", message.Id, course.Name);
    }
}

/// <summary>Shares new leads among the active counsellors in turn.</summary>
public sealed class CounsellorRota(IDocumentStore store, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(15);
    private IReadOnlyList<User> _counsellors = [];
    private DateTimeOffset _readAt = DateTimeOffset.MinValue;
    private int _next = Random.Shared.Next(1000);

    /// <summary>Reads who is there, unless that was read a moment ago.</summary>
    public async Task RefreshAsync(CancellationToken cancel)
    {
        if (time.GetUtcNow() - _readAt <= Fresh) return;
        await using var session = store.QuerySession();
        _counsellors = await session.Query<User>().Where(u => u.Active && u.Role == Roles.Counsellor).OrderBy(u => u.Id).ToListAsync(cancel);
        _readAt = time.GetUtcNow();
    }

    /// <returns>Null where nobody is there to take a lead; it then waits unassigned.</returns>
    public User? Next()
    {
        var counsellors = _counsellors;
        return counsellors.Count == 0 ? null : counsellors[(int)((uint)Interlocked.Increment(ref _next) % counsellors.Count)];
    }
}

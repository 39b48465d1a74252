using Crm.Accounts;
using Crm.Courses;
using Crm.Leads;
using Crm.Messages;
using Crm.Web;
using JasperFx;
using Marten;
using Marten.Exceptions;
using Npgsql;

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
        var record = new Enquiry { Id = enquiry.FormId, ReceivedAt = now };
        await using var session = store.LightweightSession();
        await session.BeginTransactionAsync(cancel);
        // One round trip of three statements. The first makes two enquiries from one number wait for each other, so that they
        // cannot become two leads; those after it see what the other has committed.
        var batch = session.CreateBatchQuery();
        var taken = batch.Query<string>("select 'taken' from (select pg_advisory_xact_lock(hashtextextended(?, 0))) lock", enquiry.Phone);
        var sameForm = batch.Load<Enquiry>(enquiry.FormId);
        // Not ordered there: for one row in an order the planner may walk that order's index through every lead.
        var samePhone = batch.Query<Lead>().Where(l => l.Phone == enquiry.Phone).ToList();
        await batch.Execute(cancel);
        await taken;
        if (await sameForm is { } earlier) return earlier;

        var known = (await samePhone).MinBy(l => l.ReceivedAt);
        var lead = known is null ? await StartAsync(session, enquiry, now, cancel) : await ContinueAsync(session, known, enquiry, now, cancel);
        (record.LeadId, record.Reference) = (lead.Id, lead.Reference);
        session.Insert(record);
        try
        {
            await session.SaveChangesAsync(cancel);
        }
        catch (Exception e) when (e is DocumentAlreadyExistsException or MartenCommandException { InnerException: PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } })
        {
            // The same form again with another number, at the same moment: the first one counts.
            await using var query = store.QuerySession();
            return await query.LoadAsync<Enquiry>(enquiry.FormId, cancel) ?? throw new InvalidOperationException("The enquiry could not be stored.", e);
        }
        signal.Raise();
        return record;
    }

    private async Task<Lead> StartAsync(IDocumentSession session, NewEnquiry enquiry, DateTimeOffset now, CancellationToken cancel)
    {
        var id = Guid.CreateVersion7(now);
        var received = new LeadReceived(now, enquiry.By, LeadRules.ReferenceOf(id), enquiry.Name, enquiry.Phone, enquiry.Email,
            enquiry.Course.Id, enquiry.Course.Name, enquiry.PreferredTime, enquiry.Source, enquiry.Consent, enquiry.Message);
        var lead = Lead.Create(received);
        lead.Id = id;
        List<object> events = [received];
        if (await rota.NextAsync(cancel) is { } counsellor)
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
        var again = new EnquiredAgain(now, enquiry.By, enquiry.Name, enquiry.Email, enquiry.Course.Id, enquiry.Course.Name, enquiry.PreferredTime, enquiry.Source, enquiry.Message);
        List<object> events = [again];
        if (lead.Stage == LeadStage.Lost) events.Add(new LeadReopened(now, "System", "Enquired again"));
        var to = new Lead
        {
            Id = lead.Id, Reference = lead.Reference, Name = enquiry.Name, Phone = lead.Phone, Email = enquiry.Email ?? lead.Email,
            CourseId = enquiry.Course.Id, CourseName = enquiry.Course.Name, CounsellorName = lead.CounsellorName, PreferredTime = enquiry.PreferredTime, EmailsStopped = lead.EmailsStopped,
        };
        if (to.CanBeEmailed) events.Add(QueueBrochure(session, to, enquiry.Course, now));
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

    /// <returns>Null where nobody is there to take a lead; it then waits unassigned.</returns>
    public async Task<User?> NextAsync(CancellationToken cancel)
    {
        if (time.GetUtcNow() - _readAt > Fresh)
        {
            await using var session = store.QuerySession();
            _counsellors = await session.Query<User>().Where(u => u.Active && u.Role == Roles.Counsellor).OrderBy(u => u.Id).ToListAsync(cancel);
            _readAt = time.GetUtcNow();
        }
        var counsellors = _counsellors;
        return counsellors.Count == 0 ? null : counsellors[(int)((uint)Interlocked.Increment(ref _next) % counsellors.Count)];
    }
}

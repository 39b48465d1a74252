using Crm.Accounts;
using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Marten;
using Microsoft.Extensions.Options;

namespace Crm.Correspondence;

/// <summary>Makes the brochure of the course that a lead is about, for its person.</summary>
public sealed class BrochureMaker(CurrentInstitute institute, InstituteClock clock, IOptions<InstituteOptions> options) : IAttachmentMaker
{
    // More would not fit the page, and nobody plans further ahead.
    private const int BatchesShown = 6;

    public string Kind => AttachmentKinds.Brochure;

    public async Task<AttachedFile?> MakeAsync(OutboxMessage message, IQuerySession session, CancellationToken cancel) =>
        message.LeadId is { } id && await session.LoadAsync<Lead>(id, cancel) is { } lead
            ? await MakeAsync(lead, CourseOf(message, lead), session, cancel)
            : null;

    // The topic of an offer is the offer.
    private static Guid CourseOf(OutboxMessage message, Lead lead) =>
        message.Kind == MessageKinds.Offer ? lead.CourseId : message.TopicId ?? lead.CourseId;

    /// <returns>Null where the course is gone.</returns>
    public async Task<AttachedFile?> MakeAsync(Lead lead, Guid courseId, IQuerySession session, CancellationToken cancel)
    {
        var today = clock.Today;
        var asked = session.CreateBatchQuery();
        var (courseAsked, counsellorAsked) = (asked.Load<Course>(courseId), asked.Load<User>(lead.CounsellorId ?? Guid.Empty));
        var batchesAsked = asked.Query<Batch>().Where(b => b.CourseId == courseId && b.StartsOn >= today).OrderBy(b => b.StartsOn).ToList();
        await asked.Execute(cancel);
        if (await courseAsked is not { } course) return null;
        var person = await session.LoadAsync<Person>(lead.PersonId, cancel)
            ?? throw new InvalidOperationException($"The lead {lead.Id} has no person.");
        var (batches, counsellor) = (await batchesAsked, await counsellorAsked);
        var toPay = course.Fee + ReceiptTax.OnTop(course.Fee, institute.Profile, "");
        var pdf = Brochure.Generate(new BrochureContent(person.NameOnPaper, lead.Reference, course,
            [.. batches.Where(b => b.IsOpenOn(today) && b.HasSeatAt(clock.Now)).Take(BatchesShown)],
            counsellor?.Name, counsellor?.Phone?.Grouped, Plans.For(toPay), institute, options.Value.Logo, today, clock.Now));
        return new AttachedFile($"{course.Code}-brochure-{lead.Reference}.pdf", "application/pdf", pdf);
    }
}

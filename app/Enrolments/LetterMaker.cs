using Crm.Correspondence;
using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Marten;
using Microsoft.Extensions.Options;

namespace Crm.Enrolments;

/// <summary>Makes the letter that confirms a seat, from what is stored now: a corrected name is on it.</summary>
public sealed class LetterMaker(CurrentInstitute institute, InstituteClock clock, IOptions<InstituteOptions> options) : IAttachmentMaker
{
    public string Kind => AttachmentKinds.EnrolmentLetter;

    public Task<AttachedFile?> MakeAsync(OutboxMessage message, IQuerySession session, CancellationToken cancel) =>
        message.TopicId is { } id ? MakeAsync(id, session, cancel) : Task.FromResult<AttachedFile?>(null);

    /// <returns>Null where there is no such enrolment.</returns>
    public async Task<AttachedFile?> MakeAsync(Guid enrolmentId, IQuerySession session, CancellationToken cancel)
    {
        if (await session.LoadAsync<Enrolment>(enrolmentId, cancel) is not { } enrolment) return null;
        var batch = await session.LoadAsync<Batch>(enrolment.BatchId, cancel)
            ?? throw new InvalidOperationException($"The enrolment {enrolmentId} has no batch.");
        var person = await session.LoadAsync<Person>(enrolment.PersonId, cancel)
            ?? throw new InvalidOperationException($"The enrolment {enrolmentId} has no person.");
        var enrolledOn = DateOnly.FromDateTime(clock.Local(enrolment.EnrolledAt).DateTime);
        var pdf = EnrolmentLetter.Generate(
            new EnrolmentLetterContent(person, enrolment, batch, institute, options.Value.Logo, enrolledOn)
            {
                Upi = UpiLink.For(enrolment, clock.Today, institute.Profile),
            });
        return new AttachedFile($"enrolment-letter-{enrolment.RollNumber}.pdf", "application/pdf", pdf);
    }
}

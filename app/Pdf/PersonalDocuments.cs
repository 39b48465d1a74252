using Crm.Accounts;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Marten;

namespace Crm.Pdf;

public sealed record PdfFile(string Name, byte[] Content);

/// <summary>The documents made for one applicant, from what is stored now. The rest of the app knows PDFs by this class alone.</summary>
public sealed class PersonalDocuments(InstituteOptions institute, InstituteClock clock)
{
    // More would not fit the page, and nobody plans further ahead.
    private const int BatchesShown = 6;

    /// <returns>Null where the lead's course is gone.</returns>
    public async Task<PdfFile?> BrochureAsync(IQuerySession session, Lead lead, CancellationToken cancel)
    {
        if (await session.LoadAsync<Course>(lead.CourseId, cancel) is not { } course) return null;
        var today = clock.Today;
        var batches = await session.Query<Batch>().Where(b => b.CourseId == course.Id && b.StartsOn >= today).OrderBy(b => b.StartsOn).ToListAsync(cancel);
        var counsellor = lead.CounsellorId is { } id ? await session.LoadAsync<User>(id, cancel) : null;
        var pdf = Brochure.Generate(new BrochureContent(lead, course, [.. batches.Where(b => b.SeatsLeft > 0).Take(BatchesShown)], counsellor, institute, today, clock.Now));
        return new PdfFile($"{course.Code}-brochure-{lead.Reference}.pdf", pdf);
    }

    /// <returns>Null where the lead has no seat.</returns>
    public async Task<PdfFile?> EnrolmentLetterAsync(IQuerySession session, Lead lead, CancellationToken cancel)
    {
        if (lead.EnrolmentId is not { } id || await session.LoadAsync<Enrolment>(id, cancel) is not { } enrolment) return null;
        var batch = await session.LoadAsync<Batch>(enrolment.BatchId, cancel) ?? throw new InvalidOperationException($"The enrolment {id} has no batch.");
        var pdf = EnrolmentLetter.Generate(new EnrolmentLetterContent(lead, enrolment, batch, institute, DateOnly.FromDateTime(clock.Local(enrolment.EnrolledAt).DateTime)));
        return new PdfFile($"enrolment-letter-{enrolment.RollNumber}.pdf", pdf);
    }
}

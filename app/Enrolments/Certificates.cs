using Crm.Courses;
using Crm.Institute;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Marten;
using Microsoft.Extensions.Options;

namespace Crm.Enrolments;

/// <summary>Makes the certificate of attendance of a seat, or says why there is none.</summary>
public sealed class Certificates(CurrentInstitute institute, InstituteClock clock, IOptions<InstituteOptions> options)
{
    /// <returns>Why there is none, in a sentence; null where there is one.</returns>
    public static string? WhyNot(Enrolment seat, Batch batch, AttendanceRate rate, CurrentInstitute institute, DateOnly today)
    {
        var (least, code) = (institute.Profile.CertificatePercent, batch.Code);
        if (seat.Left is { } left) return $"They left {code} on {Format.Date(left.On)}.";
        if (batch.IsCancelled) return $"{code} was cancelled.";
        if (batch.EndsOn is not { } end) return $"{code} has no last day yet: the certificate is given after it.";
        if (!batch.HasEndedOn(today)) return $"{code} goes on until {Format.Date(end)}: the certificate is given after it.";
        if (rate.Reaches(least)) return null;
        return rate.Days == 0
            ? $"Nobody was marked in {code}: a certificate needs {least}% attendance."
            : $"{rate.Percent:0.#}% was attended, {rate.Came} of {rate.Days} days: a certificate needs {least}%.";
    }

    /// <summary>Whether there is one for a seat by now.</summary>
    public async Task<bool> HasAsync(Enrolment seat, IQuerySession session, CancellationToken cancel)
    {
        if (await session.LoadAsync<Batch>(seat.BatchId, cancel) is not { } batch || !batch.HasEndedOn(clock.Today)) return false;
        var days = await session.Query<AttendanceDay>().Where(d => d.BatchId == batch.Id).ToListAsync(cancel);
        return WhyNot(seat, batch, AttendanceRate.Of(seat.Id, days), institute, clock.Today) is null;
    }

    /// <returns>Null where there is no such seat.</returns>
    /// <exception cref="Refusal">There is none for this seat, with the reason.</exception>
    public async Task<AttachedFile?> MakeAsync(Guid enrolmentId, IQuerySession session, CancellationToken cancel)
    {
        if (await session.LoadAsync<Enrolment>(enrolmentId, cancel) is not { } seat) return null;
        var batch = await session.LoadAsync<Batch>(seat.BatchId, cancel)
            ?? throw new InvalidOperationException($"The enrolment {enrolmentId} has no batch.");
        var person = await session.LoadAsync<Person>(seat.PersonId, cancel)
            ?? throw new InvalidOperationException($"The enrolment {enrolmentId} has no person.");
        var days = await session.Query<AttendanceDay>().Where(d => d.BatchId == batch.Id).ToListAsync(cancel);
        var rate = AttendanceRate.Of(seat.Id, days);
        if (WhyNot(seat, batch, rate, institute, clock.Today) is { } why) throw new Refusal(why);
        var pdf = Certificate.Generate(new CertificateContent(person.NameOnPaper, seat, batch, rate, institute, options.Value.Logo));
        return new AttachedFile($"certificate-{seat.RollNumber}.pdf", "application/pdf", pdf);
    }
}

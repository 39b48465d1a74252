using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

/// <summary>The field in which one of them is chosen, or, where there is none, what to do.</summary>
public sealed record BatchChoiceView(Fields Fields, IReadOnlyList<Batch> Batches, string CourseName);

/// <summary>The batches of a course in which a seat can be offered or taken.</summary>
public static class OpenBatches
{
    // Who comes a few days late still finds a seat.
    private const int DaysAfterStart = 14;

    public static async Task<IReadOnlyList<Batch>> OfAsync(IQuerySession session, Guid courseId, DateOnly today, CancellationToken cancel)
    {
        var first = today.AddDays(-DaysAfterStart);
        var batches = await session.Query<Batch>().Where(b => b.CourseId == courseId && b.StartsOn >= first).OrderBy(b => b.StartsOn)
            .ToListAsync(cancel);
        return [.. batches.Where(b => b.HasSeat)];
    }

    public static IEnumerable<(string Value, string Text)> Choices(IReadOnlyList<Batch> batches) =>
        batches.Select(b => (b.Id.ToString(), $"{b.Code} · {Format.Date(b.StartsOn)} · {b.Schedule} · {b.SeatsLeft} left"));

    /// <exception cref="Refusal">There is no such batch, it is of another course, or it is full.</exception>
    public static Batch Check(Batch? batch, Lead lead)
    {
        if (batch is null) throw new Refusal("batchId", "Choose one from the list.");
        if (batch.CourseId != lead.CourseId)
            throw new Refusal("batchId", $"{batch.Code} does not belong to {lead.CourseName}. Choose another.");
        if (!batch.HasSeat) throw new Refusal("batchId", $"{batch.Code} is full: its {batch.Seats} seats are taken. Choose another.");
        return batch;
    }
}

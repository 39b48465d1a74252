using Crm.Courses;
using Crm.Leads;
using Marten;

namespace Crm.Enrolments;

/// <summary>Seats that were offered and can still be accepted.</summary>
public static class OpenOffers
{
    private static readonly Stage[] StillToDecide = [.. Stages.Open];

    /// <returns>Who has one in the batch, in the order of their ids.</returns>
    public static async Task<IReadOnlyList<Lead>> InAsync(IQuerySession session, Batch batch, DateOnly today, CancellationToken cancel)
    {
        // The indexes find who asks about the course and is still to decide, few among all who ever asked; whoever asks about another by
        // now has no offer here any more.
        var leads = await session.Query<Lead>()
            .Where(l => l.Stage.IsOneOf(StillToDecide) && l.CourseId == batch.CourseId && l.Offer!.BatchId == batch.Id)
            .OrderBy(l => l.Id).ToListAsync(cancel);
        return [.. leads.Where(l => l.OfferOf(batch.Id, today) is not null)];
    }
}

using Crm.Courses;
using Crm.Institute;

namespace Crm.Privacy;

/// <summary>Whether somebody can be erased. Pure.</summary>
public static class ErasureRules
{
    /// <returns>Why they cannot be erased yet, in a sentence; null where they can.</returns>
    /// <param name="batches">Of their seats.</param>
    public static string? WhyNot(Subject subject, IReadOnlyList<Batch> batches, CurrentInstitute institute, DateOnly today)
    {
        if (subject.ErasedAs.Length > 0) return $"This person was erased before, as {subject.ErasedAs}.";
        foreach (var seat in subject.Seats)
        {
            if (seat.HasDebt)
                return $"{institute.Show(seat.Balance)} is owed for {seat.RollNumber}: have it paid, or let it go, "
                    + "before anything is erased.";
            if (seat.HasCredit)
                return $"{institute.Show(seat.Credit)} is due back for {seat.RollNumber}: refund it before anything is erased.";
            if (seat.IsCurrent && batches.FirstOrDefault(b => b.Id == seat.BatchId) is { } batch && batch.IsOpenOn(today))
                return $"They have the seat {seat.RollNumber}, and {batch.Code} is not over: withdraw them first.";
        }
        return null;
    }
}

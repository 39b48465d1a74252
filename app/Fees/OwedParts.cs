using Crm.Institute;
using Crm.Seats;

namespace Crm.Fees;

/// <summary>The instalments that somebody is asked for, in words that hold on a day.</summary>
public sealed record OwedParts(IReadOnlyList<InstalmentState> Parts, DateOnly Today)
{
    /// <summary>All that is open of what falls due by a day, or by today where that is later.</summary>
    public static OwedParts Of(Enrolment seat, DateOnly until, DateOnly today) =>
        new([.. seat.Settlement().Where(s => s.IsOpen && (s.Instalment.DueOn <= until || s.Instalment.DueOn <= today))], today);

    public Money Total => Parts.Aggregate(Money.Zero, (sum, p) => sum + p.Open);

    /// <summary>"₹14,000 was due on 1 Nov 2026"; of several, what they come to.</summary>
    public string Heading(CurrentInstitute institute) => Parts is [var only]
        ? $"{institute.Show(only.Open)} {Falls(only)}"
        : $"{institute.Show(Total)} {(IsFee ? "of your fee " : "")}by {Format.Date(Parts[^1].Instalment.DueOn)}";

    /// <summary>What is owed for which seat since when, or by when.</summary>
    public string Sentence(CurrentInstitute institute, Enrolment seat)
    {
        var forSeat = $"{(IsFee ? "of your fee " : "")}for {seat.CourseName} (roll number {seat.RollNumber})";
        if (Parts is [var only]) return $"{institute.Show(only.Open)} {forSeat}{Why(only)} {Falls(only)}.";
        var each = Parts.Select(p => $"{institute.Show(p.Open)}{Why(p)} {Falls(p)}");
        return $"{institute.Show(Total)} {forSeat} is to be paid:\n{string.Join(",\n", each)}.";
    }

    private bool IsFee => Parts.All(p => p.Number is not null);

    // What was given back of a cheque that bounced is no fee.
    private static string Why(InstalmentState part) =>
        part.Number is null ? ", which was given back to you though the bank did not pay your cheque," : "";

    private string Falls(InstalmentState part) => Today.CompareTo(part.Instalment.DueOn) switch
    {
        0 => $"is due today, {Format.Date(part.Instalment.DueOn)}",
        > 0 => $"was due on {Format.Date(part.Instalment.DueOn)}",
        _ => $"is due on {Format.Date(part.Instalment.DueOn)}",
    };
}

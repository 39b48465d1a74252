using System.Globalization;
using System.Text.Json.Serialization;

namespace Crm.Institute;

/// <summary>By what the time is measured in which a part of the fee is given back.</summary>
public enum RefundSpan { Days, PercentOfTheTime }

/// <summary>What is to be given back, and how that was found.</summary>
public sealed record RefundDue(Money Amount, string Counted);

/// <summary>What is given back to who gives up a seat: all before the first day, then a part for a while, then nothing.</summary>
/// <param name="Percent">The part, in hundredths of what was paid.</param>
/// <param name="Length">How long it is given: days from the first on, or hundredths of the time from the first day to the last.</param>
public sealed record RefundPolicy(int Percent = 50, int Length = 14, RefundSpan Span = RefundSpan.Days)
{
    /// <summary>Whether the time is more than the whole, which is no share of it.</summary>
    [JsonIgnore] public bool IsBeyondTheEnd => Span == RefundSpan.PercentOfTheTime && Length > 100;

    /// <summary>The last day on which a part is given back; the day before the first where none ever is.</summary>
    /// <param name="lastDay">Null where it is not known: then a share of the time is none.</param>
    public DateOnly PartUntil(DateOnly firstDay, DateOnly? lastDay)
    {
        var days = Span == RefundSpan.Days ? Length : ((lastDay ?? firstDay).DayNumber - firstDay.DayNumber + 1) * Length / 100;
        return firstDay.AddDays(days - 1);
    }

    /// <param name="paid">What was received and not given back yet.</param>
    /// <param name="net">What was agreed: what was paid beyond it comes back in any case.</param>
    /// <param name="on">The day on which the seat is given up.</param>
    public RefundDue Count(Money paid, Money net, DateOnly firstDay, DateOnly? lastDay, DateOnly on, MoneyStyle style)
    {
        if (paid <= Money.Zero) return new RefundDue(Money.Zero, "Nothing was paid that could be given back");
        if (on < firstDay) return new RefundDue(paid, $"All of {style.Show(paid)}: before the first day, {Format.Date(firstDay)}");
        var (beyond, until) = (paid > net ? paid - net : Money.Zero, PartUntil(firstDay, lastDay));
        var (counted, more) = (paid - beyond, beyond > Money.Zero ? $", and {style.Show(beyond)} paid beyond the fee" : "");
        if (IsNever(firstDay, until))
            return new RefundDue(beyond, $"None of {style.Show(counted)}: from the first day on, {Format.Date(firstDay)}{more}");
        if (on > until) return new RefundDue(beyond, $"None of {style.Show(counted)}: after {Format.Date(until)}{more}");
        return new RefundDue(PartOf(counted) + beyond,
            $"{Percent.ToString(CultureInfo.InvariantCulture)}% of {style.Show(counted)}: on or before {Format.Date(until)}{more}");
    }

    /// <summary>The rule for one batch in a sentence.</summary>
    public string Words(DateOnly firstDay, DateOnly? lastDay)
    {
        var (first, until) = (Format.Date(firstDay), PartUntil(firstDay, lastDay));
        return IsNever(firstDay, until)
            ? $"All that was paid is given back before {first}, then nothing."
            : $"All that was paid is given back before {first}, {Percent}% until {Format.Date(until)}, then nothing.";
    }

    private bool IsNever(DateOnly firstDay, DateOnly until) => Percent == 0 || until < firstDay;

    // Half a paisa is the student's.
    private Money PartOf(Money paid) => new((long)Math.Round(paid.Paise * (decimal)Percent / 100, MidpointRounding.AwayFromZero));
}

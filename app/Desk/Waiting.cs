using Crm.Institute;
using Crm.Leads;

namespace Crm.Desk;

/// <summary>
/// What a lead waits for, by which the list can be filtered. Each that is open, and each with a follow-up, waits for exactly one of
/// the sections of today's page; any may wait for an answer besides.
/// </summary>
public enum Waiting { Overdue, Today, New, OfferRanOut, NothingPlanned, Week, Later, Answer }

/// <summary>The ways of waiting as conditions over leads, each answered from the index of due times or of leads without one.</summary>
internal static class WaitingConditions
{
    private const string Offered = "d.data -> 'Offer' ->> 'ValidUntil'";

    public static void Add(this LeadConditions where, Waiting waiting, InstituteClock clock)
    {
        var (now, today) = (clock.Now, clock.Today.ToString("yyyy-MM-dd"));
        var tomorrow = clock.StartOf(clock.Today.AddDays(1));
        var week = tomorrow.AddDays(7);
        switch (waiting)
        {
            case Waiting.Overdue: where.And("d.follow_up_due_at < ?", now); break;
            case Waiting.Today: where.And("d.follow_up_due_at >= ? and d.follow_up_due_at < ?", now, tomorrow); break;
            case Waiting.Week: where.And("d.follow_up_due_at >= ? and d.follow_up_due_at < ?", tomorrow, week); break;
            case Waiting.Later: where.And("d.follow_up_due_at >= ?", week); break;
            // Nobody has reached them: a quick first call wins.
            case Waiting.New: where.And("d.unplanned_since is not null and d.stage = 'New'"); break;
            case Waiting.Answer: where.And($"d.{LeadsRoom.Unanswered}"); break;
            case Waiting.OfferRanOut:
                where.And($"d.unplanned_since is not null and d.stage <> 'New' and {Offered} < ?", today);
                break;
            case Waiting.NothingPlanned:
                where.And($"d.unplanned_since is not null and d.stage <> 'New' and coalesce({Offered} >= ?, true)", today);
                break;
        }
    }

    /// <summary>Those that wait for anything at all.</summary>
    public static void AddAny(this LeadConditions where) => where.And("(d.unplanned_since is not null or d.follow_up_due_at is not null)");
}

/// <summary>The ways of waiting in words.</summary>
public static class WaitingWords
{
    public static IEnumerable<(string Value, string Text)> Choices => Enum.GetValues<Waiting>().Select(w => (w.ToString(), Of(w)));

    public static string Of(Waiting waiting) => waiting switch
    {
        Waiting.Today => "Later today",
        Waiting.New => "New, to be called",
        Waiting.Week => "The next seven days",
        Waiting.Later => "After that",
        Waiting.Answer => "An answer",
        _ => Format.Words(waiting),
    };
}

using Crm.Institute;
using Crm.Leads;

namespace Crm.Counselling;

/// <summary>When somebody is called next, where the counsellor says no time.</summary>
public static class CallTimes
{
    private static readonly TimeSpan AfterNoAnswer = TimeSpan.FromHours(3), AfterBusy = TimeSpan.FromMinutes(30);
    private static readonly TimeOnly First = new(10, 0), Last = new(18, 0);
    private const int DaysToDecide = 2;

    /// <returns>Later on the same day where that is within the hours in which people are called, else the next morning.</returns>
    public static DateTimeOffset After(CallResult result, InstituteClock clock)
    {
        if (result == CallResult.Interested) return clock.At(clock.Today.AddDays(DaysToDecide), First);
        var again = clock.Now + (result == CallResult.Busy ? AfterBusy : AfterNoAnswer);
        var (day, time) = (clock.DayOf(again), TimeOnly.FromDateTime(clock.Local(again).DateTime));
        if (day > clock.Today || time > Last) return clock.At(clock.Today.AddDays(1), First);
        return time < First ? clock.At(day, First) : again;
    }

    /// <summary>What the next call is for.</summary>
    public static string Purpose(CallResult result, Lead lead) => result switch
    {
        CallResult.Interested => "Ask for the decision",
        CallResult.CallBack => "Call back, as asked",
        _ => lead.FollowUp?.Purpose ?? "Call again",
    };
}

using System.Globalization;

namespace Crm.Institute;

/// <summary>The institute's wall clock: stored times are UTC, shown and typed times are the institute's.</summary>
public sealed class InstituteClock(TimeProvider time, Microsoft.Extensions.Options.IOptions<InstituteOptions> options)
{
    private readonly TimeZoneInfo _zone = TimeZoneInfo.FindSystemTimeZoneById(options.Value.TimeZone);

    /// <summary>The present moment, UTC, cut to the microsecond that PostgreSQL keeps.</summary>
    public DateTimeOffset Now
    {
        get { var now = time.GetUtcNow(); return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond)); }
    }

    public TimeZoneInfo Zone => _zone;

    public DateOnly Today => DateOnly.FromDateTime(Local(Now).DateTime);

    public DateTimeOffset Local(DateTimeOffset utc) => TimeZoneInfo.ConvertTime(utc, _zone);

    /// <summary>The day at the institute in which a moment lies.</summary>
    public DateOnly DayOf(DateTimeOffset utc) => DateOnly.FromDateTime(Local(utc).DateTime);

    /// <summary>The UTC moment of a wall-clock time at the institute.</summary>
    public DateTimeOffset At(DateOnly date, TimeOnly at)
    {
        var local = date.ToDateTime(at);
        return new DateTimeOffset(local, _zone.GetUtcOffset(local)).ToUniversalTime();
    }

    public DateTimeOffset StartOf(DateOnly date) => At(date, TimeOnly.MinValue);

    /// <summary>
    /// A moment near the present in few words: "9:30 AM" today, "Yesterday
    /// 9:30 AM", "Tue 9:30 AM" in the week to come, else the date.
    /// </summary>
    public string Brief(DateTimeOffset utc)
    {
        var local = Local(utc);
        var days = DateOnly.FromDateTime(local.DateTime).DayNumber - Today.DayNumber;
        var format = days switch
        {
            0 => "h:mm tt",
            -1 => "'Yesterday' h:mm tt",
            > 0 and < 7 => "ddd h:mm tt",
            _ => local.Year == Today.Year ? "d MMM" : "d MMM yyyy",
        };
        return local.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>How long ago in one unit, such as "25 min ago".</summary>
    public string Ago(DateTimeOffset utc) => (Now - utc) switch
    {
        { TotalMinutes: < 2 } => "just now",
        { TotalHours: < 1 } since => $"{(int)since.TotalMinutes} min ago",
        { TotalHours: < 2 } => "1 hour ago",
        { TotalDays: < 1 } since => $"{(int)since.TotalHours} hours ago",
        { TotalDays: < 2 } => "1 day ago",
        var since => $"{(int)since.TotalDays} days ago",
    };
}

using System.Globalization;
using Crm.Institute;
using Crm.Web;
using Microsoft.Extensions.Caching.Memory;
using RazorSlices;

namespace Crm.Enquiries;

/// <summary>How many are taken; from the configuration section <c>RateLimits</c>.</summary>
public sealed record EnquiryRates(int PerPhoneAndHour, int PerCourseAndHour, int PerHour, int MailsPerAddressAndDay);

/// <summary>A refusal for now.</summary>
public sealed record Ceiling(string Says, TimeSpan Wait);

/// <summary>
/// Bounds what the public form does to whom it names, whichever addresses of the network it is sent from: to the owner of a phone, to the
/// counsellors of a course, to the institute, and to whoever would be written to. Each process counts by itself, from its start on.
/// </summary>
public sealed class EnquiryCeilings(EnquiryRates rates, InstituteClock clock, ILogger<EnquiryCeilings> logger) : IDisposable
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1), Day = TimeSpan.FromDays(1);

    private readonly CountedKeys _phones = new(rates.PerPhoneAndHour, Hour, clock);
    private readonly CountedKeys _courses = new(rates.PerCourseAndHour, Hour, clock);
    private readonly CountedKeys _all = new(rates.PerHour, Hour, clock);
    private readonly CountedKeys _recipients = new(rates.MailsPerAddressAndDay, Day, clock);
    private int _refused;

    /// <summary>When the ceiling of a course or of all was last reached; null where it never was.</summary>
    public DateTimeOffset? ReachedAt { get; private set; }

    /// <summary>How many were refused since.</summary>
    public int Refused => _refused;

    /// <returns>Null where it is taken.</returns>
    public Ceiling? Ask(NewEnquiry enquiry)
    {
        // Each number: else a stranger writes one of their own before somebody's, again and again.
        if (TakeAll([.. enquiry.Phones.Select(p => p.E164).Distinct()]) is { } phone)
            return new Ceiling("This number has asked very often within the hour", phone);
        var busy = _courses.Take(enquiry.Course.Id.ToString()) ?? _all.Take("");
        if (busy is not { } wait) return null;
        if (ReachedAt is not { } before || clock.Now - before > Hour) _refused = 0;
        ReachedAt = clock.Now;
        Interlocked.Increment(ref _refused);
        logger.LogError("The ceiling of enquiries was reached, and one about {Course} was refused", enquiry.Course.Code);
        return new Ceiling("Very many are asking just now", wait);
    }

    private TimeSpan? TakeAll(IReadOnlyList<string> phones)
    {
        foreach (var (i, phone) in phones.Index())
        {
            if (_phones.Take(phone) is not { } wait) continue;
            foreach (var taken in phones.Take(i)) _phones.GiveBack(taken);
            return wait;
        }
        return null;
    }

    /// <returns>Whether the address may be written to because of one more form.</returns>
    public bool MayWriteTo(EmailAddress address) => _recipients.Take(address.Text) is null;

    /// <summary>Counts one that was taken and could not be stored as if it had not come: its sender will send it again.</summary>
    public void GiveBack(NewEnquiry enquiry)
    {
        foreach (var phone in enquiry.Phones.Select(p => p.E164).Distinct()) _phones.GiveBack(phone);
        _courses.GiveBack(enquiry.Course.Id.ToString());
        _all.GiveBack("");
        if (enquiry is { Email: { } address, IsQuiet: false }) _recipients.GiveBack(address.Text);
    }

    /// <summary>Whether managers are to know, for a day.</summary>
    public bool IsNews => ReachedAt is { } at && clock.Now - at < Day;

    public void Dispose()
    {
        _phones.Dispose();
        _courses.Dispose();
        _all.Dispose();
        _recipients.Dispose();
    }
}

/// <summary>
/// How often each key was taken within a time that begins when it first is. The framework's limiters for each key are not used: they are
/// all looked at ten times a second, and a day brings tens of thousands of keys.
/// </summary>
internal sealed class CountedKeys(int most, TimeSpan time, InstituteClock clock) : IDisposable
{
    private readonly MemoryCache _counts = new(new MemoryCacheOptions());

    /// <returns>Null where it is taken; else how long it is until one more is.</returns>
    public TimeSpan? Take(string key)
    {
        var now = clock.Now;
        lock (_counts)
        {
            if (!_counts.TryGetValue(key, out Count? count) || count!.Ends <= now)
                count = _counts.Set(key, new Count(now + time), time);
            if (count.Taken == most) return count.Ends - now;
            count.Taken++;
            return null;
        }
    }

    public void GiveBack(string key)
    {
        lock (_counts)
        {
            if (_counts.TryGetValue(key, out Count? count) && count!.Taken > 0) count.Taken--;
        }
    }

    public void Dispose() => _counts.Dispose();

    private sealed class Count(DateTimeOffset ends)
    {
        public DateTimeOffset Ends { get; } = ends;
        public int Taken { get; set; }
    }
}

/// <summary>Tells managers that enquiries were refused because there were so many.</summary>
public sealed class CeilingNotice(EnquiryCeilings ceilings, InstituteClock clock) : IStaffNotice
{
    public Task<RazorSlice?> ShowAsync(HttpContext http) => Task.FromResult<RazorSlice?>(http.User.IsManager() && ceilings.IsNews
        ? CeilingBanner.Create(string.Create(CultureInfo.InvariantCulture, $"{ceilings.Refused} {(ceilings.Refused == 1
            ? "enquiry was"
            : "enquiries were")} refused until {clock.Brief(ceilings.ReachedAt!.Value)}: more came within an hour than are taken."))
        : null);
}

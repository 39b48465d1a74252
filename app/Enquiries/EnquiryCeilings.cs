using System.Globalization;
using System.Threading.RateLimiting;
using Crm.Institute;
using Crm.Web;
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

    private readonly PartitionedRateLimiter<string> _phones = Windows(rates.PerPhoneAndHour, Hour);
    private readonly PartitionedRateLimiter<string> _courses = Windows(rates.PerCourseAndHour, Hour);
    private readonly PartitionedRateLimiter<string> _all = Windows(rates.PerHour, Hour);
    private readonly PartitionedRateLimiter<string> _recipients = Windows(rates.MailsPerAddressAndDay, Day);
    private int _refused;

    /// <summary>When the ceiling of a course or of all was last reached; null where it never was.</summary>
    public DateTimeOffset? ReachedAt { get; private set; }

    /// <summary>How many were refused since.</summary>
    public int Refused => _refused;

    /// <returns>Null where it is taken.</returns>
    public Ceiling? Ask(NewEnquiry enquiry)
    {
        if (Wait(_phones, enquiry.Phones[0].E164) is { } phone)
            return new Ceiling("This number has asked very often within the hour", phone);
        var busy = Wait(_courses, enquiry.Course.Id.ToString()) ?? Wait(_all, "");
        if (busy is not { } wait) return null;
        if (ReachedAt is not { } before || clock.Now - before > Hour) _refused = 0;
        ReachedAt = clock.Now;
        Interlocked.Increment(ref _refused);
        logger.LogError("The ceiling of enquiries was reached, and one about {Course} was refused", enquiry.Course.Code);
        return new Ceiling("Very many are asking just now", wait);
    }

    /// <returns>Whether the address may be written to because of one more form.</returns>
    public bool MayWriteTo(EmailAddress address) => Wait(_recipients, address.Text) is null;

    /// <summary>Whether managers are to know, for a day.</summary>
    public bool IsNews => ReachedAt is { } at && clock.Now - at < Day;

    public void Dispose()
    {
        _phones.Dispose();
        _courses.Dispose();
        _all.Dispose();
        _recipients.Dispose();
    }

    private static TimeSpan? Wait(PartitionedRateLimiter<string> limiter, string key)
    {
        using var lease = limiter.AttemptAcquire(key);
        if (lease.IsAcquired) return null;
        return lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Hour;
    }

    private static PartitionedRateLimiter<string> Windows(int most, TimeSpan window) =>
        PartitionedRateLimiter.Create<string, string>(key => RateLimitPartition.GetFixedWindowLimiter(key, _ =>
            new FixedWindowRateLimiterOptions { PermitLimit = most, Window = window }));
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

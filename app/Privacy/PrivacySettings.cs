using Marten;

namespace Crm.Privacy;

/// <summary>How long what is kept, as managers have said.</summary>
public sealed class PrivacySettings : JasperFx.Metadata.IVersioned
{
    /// <summary>The least that the audit is kept, in months: its table refuses less.</summary>
    public const int FewestAuditMonths = 12;

    /// <summary>The least that papers of money are kept from the end of their year on, in months: GST asks for six years after the
    /// year's return, which is due nine months after its end.</summary>
    public const int FewestPaperMonths = 81;

    public static readonly Guid TheOne = new("5b0d1c52-7a7e-4c0e-9a53-0d6a4f5e2b11");

    public Guid Id { get; set; } = TheOne;

    /// <summary>Marten's: who saves settings that changed since they were read is refused.</summary>
    public Guid Version { get; set; }

    /// <summary>How long lines of the audit are kept, in months.</summary>
    public int AuditMonths { get; set; } = 24;

    /// <summary>How long papers of money name who was erased, in months from the end of their financial year: eight years, as the
    /// companies act asks.</summary>
    public int PaperMonths { get; set; } = 96;

    /// <summary>After how many months without anything new somebody is erased whose leads are all lost; null for never.</summary>
    public int? LostMonths { get; set; }

    public static async Task<PrivacySettings> LoadAsync(IQuerySession session, CancellationToken cancel) =>
        await session.LoadAsync<PrivacySettings>(TheOne, cancel) ?? new PrivacySettings();
}

/// <summary>That somebody is kept though their time is over, until a day and for a reason. Its id is the person's.</summary>
public sealed class KeptLonger
{
    public Guid Id { get; set; }
    public DateOnly Until { get; set; }
    public string Why { get; set; } = "";
    public string By { get; set; } = "";
    public DateTimeOffset At { get; set; }

    /// <returns>Why nobody can be kept until a day, in a sentence; null where they can.</returns>
    public static string? WhyNot(DateOnly until, DateOnly today)
    {
        const int years = 10;
        return until <= today || until > today.AddYears(years) ? $"Choose a day to come, within {years} years." : null;
    }
}

/// <summary>What one night's retention came to: how many, under which numbers, and of whom nothing could be erased yet. It names nobody.
/// </summary>
public sealed class RetentionRun
{
    public Guid Id { get; set; }
    public DateTimeOffset At { get; set; }

    /// <summary>Whether it came to nothing: see <see cref="NightClock"/> for why it is kept.</summary>
    public bool IsEmpty => Erased.Count + Left.Count + AuditLines + Papers == 0;

    public List<string> Erased { get; set; } = [];

    /// <summary>Why some could not be erased yet, and how many.</summary>
    public Dictionary<string, int> Left { get; set; } = [];

    /// <summary>How many papers of money name nobody any more.</summary>
    public int Papers { get; set; }

    /// <summary>How many lines of the audit were older than is kept.</summary>
    public long AuditLines { get; set; }
}

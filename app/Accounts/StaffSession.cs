namespace Crm.Accounts;

/// <summary>One signing in, from its beginning to its end. Gone means ended.</summary>
public sealed class StaffSession
{
    public Guid Id { get; set; }
    public Guid UserId { get; set; }

    /// <summary>What browser and machine say of themselves, such as "Firefox on Windows".</summary>
    public string Device { get; set; } = "";

    /// <summary>Of the network, as it was last seen.</summary>
    public string Address { get; set; } = "";
    public DateTimeOffset StartedAt { get; set; }

    /// <summary>To within some minutes: it is not written at each page.</summary>
    public DateTimeOffset LastSeenAt { get; set; }

    /// <summary>When they last proved that it is them.</summary>
    public DateTimeOffset ConfirmedAt { get; set; }

    /// <summary>When it is over, however busy they are.</summary>
    public DateTimeOffset EndsAt { get; set; }

    /// <summary>Whether more was asked for than a password.</summary>
    public bool IsStrong { get; set; }
}

/// <summary>How long sessions last; bound from the configuration section <c>Sessions</c>.</summary>
public sealed class SessionOptions
{
    /// <summary>After which one has to sign in again, however busy one is.</summary>
    public double Hours { get; set; } = 12;

    /// <summary>For how long nobody is asked again who has proved that it is them.</summary>
    public double ConfirmedMinutes { get; set; } = 15;

    public TimeSpan Length => TimeSpan.FromHours(Hours);

    public TimeSpan Confirmed => TimeSpan.FromMinutes(ConfirmedMinutes);
}

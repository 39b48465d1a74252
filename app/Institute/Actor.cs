namespace Crm.Institute;

public enum ActorKind { System, Applicant, Staff }

/// <summary>Who did something, as it is kept on every event.</summary>
/// <param name="UserId">The member of staff, by which audit and erasure find what they did; null for others.</param>
/// <param name="Name">What they were called at the time.</param>
public sealed record Actor(ActorKind Kind, Guid? UserId, string Name)
{
    public static readonly Actor Applicant = new(ActorKind.Applicant, null, "Applicant");
    public static readonly Actor System = new(ActorKind.System, null, "System");

    public static Actor Staff(Guid id, string name) => new(ActorKind.Staff, id, name);
}

/// <summary>Who does something, and when (UTC): the writer puts it on each event of one change.</summary>
public sealed record Stamp(Actor By, DateTimeOffset At)
{
    /// <summary>When it came to be known here (UTC): later than it happened for what is taken over from elsewhere.</summary>
    public DateTimeOffset KnownAt { get; init; } = At;

    /// <summary>Whether nobody is written to or reminded because of it.</summary>
    public bool IsQuiet { get; init; }
}

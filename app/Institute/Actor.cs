namespace Crm.Institute;

/// <summary>Who does something, and when: stamped on every event.</summary>
public sealed record Actor(Guid? UserId, string Name, DateTimeOffset At)
{
    public static Actor Applicant(DateTimeOffset at) => new(null, "Applicant", at);
    public static Actor System(DateTimeOffset at) => new(null, "System", at);
}

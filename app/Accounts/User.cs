namespace Crm.Accounts;

/// <summary>What a person may do. A manager may do all that a counsellor may.</summary>
public static class Roles
{
    public const string Counsellor = "counsellor";
    public const string Manager = "manager";
}

/// <summary>A member of staff who signs in.</summary>
public sealed class User
{
    public Guid Id { get; set; }
    public string Name { get; set; } = "";
    public string Email { get; set; } = "";
    public string NormalizedEmail { get; set; } = "";
    public string? Phone { get; set; }
    public string Role { get; set; } = Roles.Counsellor;
    public string PasswordHash { get; set; } = "";
    public string SecurityStamp { get; set; } = "";
    public bool Active { get; set; } = true;
    public int FailedSignIns { get; set; }
    public DateTimeOffset? LockedUntil { get; set; }
}

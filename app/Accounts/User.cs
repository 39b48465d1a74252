using Crm.Institute;

namespace Crm.Accounts;

/// <summary>A member of staff who signs in.</summary>
public sealed class User : JasperFx.Metadata.IVersioned
{
    public Guid Id { get; set; }

    /// <summary>
    /// Marten's: who saves an account that changed since it was read is refused, so that no failed sign-in undoes a deactivation.
    /// </summary>
    public Guid Version { get; set; }
    public string Name { get; set; } = "";
    public string Email { get; set; } = "";
    public string NormalizedEmail { get; set; } = "";
    public PhoneNumber? Phone { get; set; }
    public string Role { get; set; } = Roles.Counsellor;
    public string PasswordHash { get; set; } = "";
    public string SecurityStamp { get; set; } = "";
    public bool Active { get; set; } = true;
    public int FailedSignIns { get; set; }
    public DateTimeOffset? LockedUntil { get; set; }
}

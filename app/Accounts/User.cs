using System.Text.Json.Serialization;
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

    /// <summary>Empty until they have chosen a password.</summary>
    public string PasswordHash { get; set; } = "";
    public string SecurityStamp { get; set; } = "";
    public bool Active { get; set; } = true;

    /// <summary>The secret of their authenticator app, sealed; null where they have none.</summary>
    public string? Authenticator { get; set; }

    /// <summary>The half minute whose code was used last: none is good twice.</summary>
    public long LastCodeStep { get; set; }

    /// <summary>Of the codes for when the app is lost, those that were not used.</summary>
    public List<string> RecoveryHashes { get; set; } = [];

    [JsonIgnore] public bool HasAuthenticator => Authenticator is not null;

    /// <summary>Whether they were invited and have not chosen a password yet.</summary>
    [JsonIgnore] public bool IsInvited => PasswordHash.Length == 0;

    /// <summary>Whether they can sign in and manage.</summary>
    [JsonIgnore] public bool IsManagerNow => this is { Active: true, Role: Roles.Manager, IsInvited: false };

    /// <summary>Whether leads can be theirs.</summary>
    [JsonIgnore] public bool MayCounsel => Active && Role is (Roles.Counsellor or Roles.Manager);

    /// <summary>How the account stands, in a word or two.</summary>
    [JsonIgnore] public string State => this switch { { Active: false } => "Deactivated", { IsInvited: true } => "Invited", _ => "Active" };
}

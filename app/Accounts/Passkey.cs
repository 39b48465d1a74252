using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Crm.Institute;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Crm.Accounts;

/// <summary>A key of a member of staff, of which their device holds the private half. It stands for password and code in one.</summary>
public sealed class Passkey
{
    /// <summary>Made of <see cref="CredentialId"/>.</summary>
    public Guid Id { get; set; }
    public Guid UserId { get; set; }

    /// <summary>What its owner calls it, such as "Laptop".</summary>
    public string Name { get; set; } = "";

    /// <summary>What the device calls it: up to 1023 bytes.</summary>
    public byte[] CredentialId { get; set; } = [];

    /// <summary>Encoded as COSE.</summary>
    public byte[] PublicKey { get; set; } = [];

    /// <summary>How often it was used, as the device counts; keys that are synchronised between devices stay at nought.</summary>
    public long SignCount { get; set; }
    public string[] Transports { get; set; } = [];
    public bool IsBackupEligible { get; set; }
    public bool IsBackedUp { get; set; }
    public DateTimeOffset AddedAt { get; set; }

    /// <summary>Null where it was never used.</summary>
    public DateTimeOffset? UsedAt { get; set; }

    /// <summary>What Identity judges an answer by. The counter is not among it: it is compared where the row is locked.</summary>
    [JsonIgnore]
    public UserPasskeyInfo Info => new(CredentialId, PublicKey, AddedAt, signCount: 0, Transports, isUserVerified: true, IsBackupEligible,
        IsBackedUp, attestationObject: [], clientDataJson: [])
    { Name = Name };

    public static Passkey Of(UserPasskeyInfo made, Guid userId, DateTimeOffset now) => new()
    {
        Id = IdOf(made.CredentialId),
        UserId = userId,
        CredentialId = made.CredentialId,
        PublicKey = made.PublicKey,
        SignCount = made.SignCount,
        Transports = made.Transports ?? [],
        IsBackupEligible = made.IsBackupEligible,
        IsBackedUp = made.IsBackedUp,
        AddedAt = now,
    };

    public static Guid IdOf(byte[] credentialId) => new(SHA256.HashData(credentialId).AsSpan(0, 16));

    /// <summary>Whether a device that counts comes with a number that was there before: somebody may have copied the key.</summary>
    public bool IsOlderThan(long signCount) => (SignCount, signCount) is not (0, 0) && signCount <= SignCount;
}

/// <summary>Where passkeys are for: the address of this installation, and no other.</summary>
public sealed class PasskeyPlace(IOptions<InstituteOptions> options)
{
    private readonly Uri _address = new(options.Value.PublicUrl);

    /// <summary>As browsers tell it, without a path.</summary>
    public string Origin => _address.GetLeftPart(UriPartial.Authority);

    public string Domain => _address.Host;

    /// <summary>Whether browsers have passkeys for such an address: one with a name, over https or on the machine itself.</summary>
    public bool IsOffered => _address.HostNameType == UriHostNameType.Dns && (_address.Scheme == Uri.UriSchemeHttps || _address.IsLoopback);
}

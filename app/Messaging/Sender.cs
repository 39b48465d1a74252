using Crm.Institute;
using MimeKit;

namespace Crm.Messaging;

/// <summary>Whom our mail is from where the settings name somebody else than the institute.</summary>
/// <param name="Name">The institute's name where null.</param>
public sealed record Sender(string? Name, EmailAddress Address)
{
    /// <summary>Reads <c>Smtp:From</c>: an address, or <c>Name &lt;address&gt;</c>.</summary>
    /// <returns>Neither a sender nor a problem where nothing was set.</returns>
    public static (Sender? Sender, string? Problem) Read(string? setting)
    {
        if (string.IsNullOrWhiteSpace(setting)) return (null, null);
        if (InternetAddressList.TryParse(setting, out var list) && list is [MailboxAddress one]
            && EmailAddress.Read(one.Address).Address is { } address)
            return (new Sender(string.IsNullOrWhiteSpace(one.Name) ? null : one.Name, address), null);
        return (null, $"Smtp:From must be one address, like Admissions <admissions@example.org>; it is “{setting}”.");
    }
}

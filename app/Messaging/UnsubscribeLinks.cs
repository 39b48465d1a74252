using Crm.Institute;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace Crm.Messaging;

/// <summary>The links by which the owner of an address stops our emails to it; signed, so that they cannot be made up for others.</summary>
public sealed class UnsubscribeLinks(IDataProtectionProvider protection, IOptions<InstituteOptions> options)
{
    private readonly IDataProtector _protector = protection.CreateProtector("unsubscribe");

    public string For(EmailAddress address) =>
        $"{options.Value.PublicUrl}/unsubscribe/"
        + WebEncoders.Base64UrlEncode(_protector.Protect(System.Text.Encoding.UTF8.GetBytes(address.Text)));

    /// <returns>Null where the link was not made here, or was changed.</returns>
    public EmailAddress? Read(string token)
    {
        try
        {
            return EmailAddress.FromStored(System.Text.Encoding.UTF8.GetString(_protector.Unprotect(WebEncoders.Base64UrlDecode(token))));
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or FormatException)
        {
            return null;
        }
    }
}

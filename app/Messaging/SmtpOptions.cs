using MailKit.Security;

namespace Crm.Messaging;

/// <summary>The mail server, from the configuration section <c>Smtp</c>. With no host, mail is kept as files.</summary>
public sealed class SmtpOptions
{
    public string? Host { get; set; }
    public int Port { get; set; } = 587;
    public string? User { get; set; }
    public string? Password { get; set; }

    /// <summary><c>Auto</c>, <c>StartTls</c>, <c>SslOnConnect</c> or <c>None</c>.</summary>
    public SecureSocketOptions Security { get; set; } = SecureSocketOptions.Auto;

    /// <summary>The sender; the institute's email where empty.</summary>
    public string? From { get; set; }
}

using MailKit.Security;
using Microsoft.Extensions.Options;

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

    /// <summary>Whether <see cref="Password"/> may go over a line that others read.</summary>
    public bool PasswordWithoutTls { get; set; }

    /// <summary>How the line is made secure: where a password goes over it, it is, or nothing is said on it.</summary>
    internal SecureSocketOptions Line => User is not { Length: > 0 } || PasswordWithoutTls || Security is not (SecureSocketOptions.Auto
        or SecureSocketOptions.StartTlsWhenAvailable)
        ? Security
        : Port == PortOfTls ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTls;

    private const int PortOfTls = 465;

    /// <summary>The sender, as an address or as <c>Name &lt;address&gt;</c>; the institute's email where empty.</summary>
    public string? From { get; set; }

    /// <summary>SHA-256 of the server's certificate in hex, where no authority that this machine knows has signed it.</summary>
    public string? Certificate { get; set; }

    /// <summary>How long the server may take for one answer.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it may take until it is ready: some greet in many slow lines.</summary>
    public TimeSpan UntilReady => 10 * Timeout;

    /// <summary>How long handing over may take until the final dot.</summary>
    public TimeSpan UntilTheDot => 4 * Timeout;

    /// <summary>How long the answer to the final dot is waited for: what does not come leaves the message unconfirmed.</summary>
    public TimeSpan AfterTheDot => 4 * Timeout;

    /// <summary>How long a claim holds: longer than handing over takes, so that no live claim is taken for dead.</summary>
    public TimeSpan Lease => UntilTheDot + AfterTheDot + 2 * Timeout;
}

/// <summary>Says at the start, in a sentence each, what would let no mail leave.</summary>
internal sealed class SmtpSettings : IValidateOptions<SmtpOptions>
{
    private const int Sha256InHex = 64;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    public ValidateOptionsResult Validate(string? name, SmtpOptions smtp)
    {
        var problems = ProblemsOf(smtp).ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> ProblemsOf(SmtpOptions smtp)
    {
        if (smtp.Host is { Length: > 0 } host && Uri.CheckHostName(host) == UriHostNameType.Unknown)
            yield return $"Smtp:Host must be a name like mail.example.org, with the port in Smtp:Port; it is “{host}”.";
        if (smtp.Port is < 1 or > ushort.MaxValue) yield return $"Smtp:Port must be from 1 to {ushort.MaxValue}; it is {smtp.Port}.";
        if (smtp.Timeout < Shortest || smtp.Timeout > Longest)
            yield return $"Smtp:Timeout must be a time like 00:00:30, at most ten minutes; it is {smtp.Timeout}.";
        if (smtp.Certificate is { Length: > 0 } && !IsFingerprint(smtp.Certificate))
            yield return "Smtp:Certificate must be the SHA-256 fingerprint of the server's certificate: 64 hexadecimal digits.";
        if (smtp is { User.Length: > 0, Security: SecureSocketOptions.None, PasswordWithoutTls: false })
            yield return "With Smtp:Security=None, Smtp:Password would go over a line that others read. Set Smtp:Security to StartTls or "
                + "SslOnConnect, or say with Smtp:PasswordWithoutTls=true that it may.";
        if (Sender.Read(smtp.From).Problem is { } problem) yield return problem;
    }

    private static bool IsFingerprint(string text) =>
        text.Replace(":", "") is { Length: Sha256InHex } digits && digits.All(char.IsAsciiHexDigit);
}

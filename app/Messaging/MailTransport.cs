using MailKit.Net.Smtp;
using MimeKit;

namespace Crm.Messaging;

/// <summary>A way for mail to leave. Opening may fail without harm; what happens after it decides a message's fate.</summary>
public interface IMailTransport
{
    Task<IMailSession> OpenAsync(CancellationToken cancel);
}

public interface IMailSession : IAsyncDisposable
{
    /// <returns>The file written, where mail is kept as files.</returns>
    /// <exception cref="SmtpCommandException">The server refused the message: it was not accepted.</exception>
    Task<string?> SendAsync(MimeMessage message, CancellationToken cancel);
}

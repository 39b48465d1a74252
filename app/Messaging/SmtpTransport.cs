using MailKit.Net.Smtp;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Crm.Messaging;

public sealed class SmtpTransport(IOptions<SmtpOptions> options) : IMailTransport
{
    public async Task<IMailSession> OpenAsync(CancellationToken cancel)
    {
        var smtp = options.Value;
        var client = new SmtpClient { Timeout = 30_000 };
        try
        {
            await client.ConnectAsync(smtp.Host!, smtp.Port, smtp.Security, cancel);
            if (smtp.User is { Length: > 0 }) await client.AuthenticateAsync(smtp.User, smtp.Password ?? "", cancel);
            return new Session(client);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private sealed class Session(SmtpClient client) : IMailSession
    {
        public async Task<string?> SendAsync(MimeMessage message, CancellationToken cancel)
        {
            await client.SendAsync(message, cancel);
            return null;
        }

        public ValueTask DisposeAsync()
        {
            client.Dispose(); // without QUIT: a slow goodbye must not look like a failed delivery
            return ValueTask.CompletedTask;
        }
    }
}

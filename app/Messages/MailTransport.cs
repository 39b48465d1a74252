using Crm.Storage;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Crm.Messages;

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

/// <summary>Keeps mail as <c>.eml</c> files, which any mail program opens. Writing the same message again replaces its file.</summary>
public sealed class FileTransport(string folder) : IMailTransport, IMailSession
{
    public Task<IMailSession> OpenAsync(CancellationToken cancel)
    {
        PrivateFolder.Create(folder);
        return Task.FromResult<IMailSession>(this);
    }

    public async Task<string?> SendAsync(MimeMessage message, CancellationToken cancel)
    {
        var path = Path.Combine(folder, message.MessageId!.Split('@')[0] + ".eml");
        await message.WriteToAsync(path + ".part", cancel);
        File.Move(path + ".part", path, overwrite: true);
        return path;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

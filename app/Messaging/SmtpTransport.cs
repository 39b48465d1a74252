using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Crm.Web;
using MailKit.Net.Smtp;
using Microsoft.Extensions.Options;

namespace Crm.Messaging;

public sealed class SmtpTransport(IOptions<SmtpOptions> options, ServerCertificates certificates) : IMailTransport
{
    // What lies in our own buffer has not left: a small one lets us see before the final dot that a line has broken.
    private const int SendBuffer = 16 * 1024;

    // A server that writes its answers one by one has each but the first wait for the line's own acknowledgement, which takes 40 ms: from
    // one that is near, asking twice is quicker than asking for two things at once.
    private static readonly TimeSpan Near = TimeSpan.FromMilliseconds(20);

    public async Task<IMailSession> OpenAsync(CancellationToken cancel)
    {
        var smtp = options.Value;
        var dialogue = new SmtpDialogue();
        var client = new Client(dialogue, smtp, certificates) { Timeout = (int)smtp.Timeout.TotalMilliseconds };
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, SendBufferSize = SendBuffer };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(smtp.UntilReady);
        try
        {
            var asked = Stopwatch.GetTimestamp();
            await ConnectAsync(socket, smtp, limit.Token);
            var isNear = Stopwatch.GetElapsedTime(asked) < Near;
            await GreetAsync(client, socket, smtp, isNear, limit.Token);
            return new SmtpSession(client, socket, dialogue, smtp);
        }
        catch (Exception e)
        {
            client.Dispose();
            socket.Dispose();
            cancel.ThrowIfCancellationRequested();
            throw new MailServerException(SmtpWords.NotReady(e, dialogue.Step, smtp), e);
        }
    }

    private static async Task ConnectAsync(Socket socket, SmtpOptions smtp, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(smtp.Timeout);
        await socket.ConnectAsync(smtp.Host!, smtp.Port, limit.Token);
    }

    private static async Task GreetAsync(
        SmtpClient client, Socket socket, SmtpOptions smtp, bool isNear, CancellationToken cancel)
    {
        await client.ConnectAsync(socket, smtp.Host!, smtp.Port, smtp.Line, cancel);
        // With these a message would have no final dot, by which is told what became of it.
        client.Capabilities &= ~(SmtpCapabilities.Chunking | SmtpCapabilities.BinaryMime);
        if (isNear) client.Capabilities &= ~SmtpCapabilities.Pipelining;
        if (smtp.User is not { Length: > 0 }) return;
        if (!client.IsSecure && !smtp.PasswordWithoutTls)
            throw new NotSupportedException("The line is not secure, so no password goes over it.");
        await client.AuthenticateAsync(smtp.User, smtp.Password ?? "", cancel);
    }

    /// <summary>Notes until when the server's certificate is good, and goes by the known one where one is set.</summary>
    private sealed class Client : SmtpClient
    {
        public Client(SmtpDialogue dialogue, SmtpOptions smtp, ServerCertificates certificates) : base(dialogue) =>
            ServerCertificateValidationCallback = (sender, shown, chain, errors) =>
            {
                if (shown is null) return false;
                using var read = X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
                certificates.Note("the mail server", new DateTimeOffset(read.NotAfter));
                return smtp.Certificate is { Length: > 0 } known
                    ? Fingerprint(shown) == Digits(known)
                    : DefaultServerCertificateValidationCallback(sender, shown, chain, errors);
            };

        private static string Fingerprint(X509Certificate shown) => shown.GetCertHashString(HashAlgorithmName.SHA256);

        private static string Digits(string fingerprint) => fingerprint.Replace(":", "").ToUpperInvariant();
    }
}

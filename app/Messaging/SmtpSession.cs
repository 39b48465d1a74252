using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MimeKit;

namespace Crm.Messaging;

/// <summary>A mail server that is ready. It tells of each message whether it was taken, and says "unknown" only where it must.</summary>
internal sealed class SmtpSession(SmtpClient client, Socket socket, SmtpDialogue dialogue, SmtpOptions smtp) : IMailSession
{
    private const SmtpStatusCode TooBig = SmtpStatusCode.ExceededStorageAllocation;
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(2);

    public bool IsOpen => client.IsConnected;

    public async Task<Handover> SendAsync(MimeMessage message, Func<bool> stillOurs, CancellationToken breakOff)
    {
        if (NeedsSmtpUtf8(message.From)) return new Handover(Fate.NotTaken, NoUtf8("the sender's address"));
        if (NeedsSmtpUtf8(message.To)) return new Handover(Fate.RefusedForGood, NoUtf8("this address"));
        using var limit = new CancellationTokenSource(smtp.UntilTheDot);
        var look = new LastLook(client, socket, dialogue, smtp, limit, stillOurs);
        client.Timeout = (int)smtp.Timeout.TotalMilliseconds;
        await using var stopped = breakOff.Register(() => { if (!look.IsOver) limit.Cancel(); });
        try
        {
            await client.SendAsync(message, limit.Token, look);
            return new Handover(Fate.Taken);
        }
        catch (Exception e)
        {
            return FateOf(e, look);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using (client)
        {
            try
            {
                using var hurry = new CancellationTokenSource(smtp.Timeout < LongestGoodbye ? smtp.Timeout : LongestGoodbye);
                await client.DisconnectAsync(quit: true, hurry.Token);
            }
            catch (Exception e) when (e is IOException or TimeoutException or OperationCanceledException or ProtocolException)
            {
                // All messages are through: how the server says goodbye is of no account.
            }
        }
    }

    private bool NeedsSmtpUtf8(InternetAddressList addresses) =>
        !client.Capabilities.HasFlag(SmtpCapabilities.UTF8) && addresses.Mailboxes.Any(m => !m.LocalPart.All(char.IsAscii));

    private static string NoUtf8(string what) =>
        $"The mail server cannot take {what}: before the @ it has letters that only servers with SMTPUTF8 take.";

    private Handover FateOf(Exception e, LastLook look) => e switch
    {
        ClaimLostException => new Handover(Fate.TooLate, "Another process has taken this message over."),
        SmtpCommandException { StatusCode: SmtpStatusCode.ServiceNotAvailable } or ServiceNotAuthenticatedException => NotTaken(e),
        // Whom mail is from is the same for all of it: only a size is the message's own.
        SmtpCommandException { ErrorCode: SmtpErrorCode.SenderNotAccepted, StatusCode: not TooBig } => NotTaken(e),
        SmtpCommandException refused => (int)refused.StatusCode switch
        {
            >= 500 => new Handover(Fate.RefusedForGood, SmtpWords.Refused(refused)),
            >= 400 => new Handover(Fate.RefusedForNow, SmtpWords.Refused(refused)),
            _ => NotTaken(e),
        },
        _ when dialogue.Step == SmtpStep.Dot || look.DotMayBeOut(e) => new Handover(Fate.Unknown, SmtpWords.Unknown(e)),
        _ => NotTaken(e),
    };

    private Handover NotTaken(Exception e) => new(Fate.NotTaken, SmtpWords.NotTaken(e, dialogue.Step));

    private sealed class ClaimLostException : Exception;

    /// <summary>
    /// Is asked with each part of the text, the last time before the dot, which alone makes the server take a message: whether the
    /// message is still ours, and whether anybody is at the other end.
    /// </summary>
    private sealed class LastLook(
        SmtpClient client, Socket socket, SmtpDialogue dialogue, SmtpOptions smtp, CancellationTokenSource limit, Func<bool> stillOurs)
        : ITransferProgress
    {
        private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(10);
        private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(300);

        /// <summary>From here nothing breaks off any more but the server, or its long silence.</summary>
        public bool IsOver { get; private set; }

        public void Report(long bytesTransferred, long totalSize)
        {
            if (!stillOurs()) throw new ClaimLostException();
            if (IsOver || bytesTransferred < totalSize) return;
            if (LineIsDead()) throw new IOException("The server closed the line in the middle of the text.");
            IsOver = true;
            limit.CancelAfter(smtp.AfterTheDot);
            client.Timeout = (int)smtp.AfterTheDot.TotalMilliseconds;
        }

        public void Report(long bytesTransferred) => Report(bytesTransferred, long.MaxValue);

        /// <summary>Whether giving up may have cut the writing of the dot itself: nobody knows then how much of it is out.</summary>
        public bool DotMayBeOut(Exception e) => IsOver && e is TimeoutException or OperationCanceledException;

        // Waits as long as the server took for its last answer: a line that it closed meanwhile is known to be closed by then.
        private bool LineIsDead()
        {
            var wait = TimeSpan.FromTicks(Math.Clamp(dialogue.AnswerTime.Ticks, ShortestWait.Ticks, LongestWait.Ticks));
            try
            {
                return socket.Poll(wait, SelectMode.SelectRead) && socket.Receive(new byte[1], SocketFlags.Peek) == 0;
            }
            catch (SocketException)
            {
                return true;
            }
        }
    }
}

using System.Diagnostics;
using System.Text;
using MailKit;

namespace Crm.Messaging;

/// <summary>How far a dialogue with a mail server has come.</summary>
internal enum SmtpStep { Connecting, Greeting, Hello, Securing, SigningIn, Sender, Recipient, Data, Body, Dot, Other }

/// <summary>
/// Watches what is said on a line, in clear also where the line is secret. MailKit's exceptions tell that a line broke; what became
/// of a message is decided by where.
/// </summary>
internal sealed class SmtpDialogue : IProtocolLogger
{
    // A line of the text that begins with a dot is sent with two: only the end of the text is this.
    private static readonly byte[] Dot = "\r\n.\r\n"u8.ToArray();
    private byte[] _tail = [];
    private long _askedForData;

    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    public SmtpStep Step { get; private set; }

    /// <summary>How long the server took to answer before the message's text.</summary>
    public TimeSpan AnswerTime { get; private set; }

    public void LogConnect(Uri uri) => Step = SmtpStep.Greeting;

    // Called when the bytes have been written; where writing them failed, the last of them, the dot, are not out.
    public void LogClient(byte[] buffer, int offset, int count)
    {
        var said = buffer.AsSpan(offset, count);
        if (Step == SmtpStep.Body)
        {
            _tail = [.. _tail, .. said[Math.Max(0, count - Dot.Length)..]];
            _tail = _tail[Math.Max(0, _tail.Length - Dot.Length)..];
            if (_tail.AsSpan().SequenceEqual(Dot)) Step = SmtpStep.Dot;
            return;
        }
        foreach (var line in Encoding.ASCII.GetString(said).Split("\r\n", StringSplitOptions.RemoveEmptyEntries)) Step = StepOf(line);
        if (Step == SmtpStep.Data) _askedForData = Stopwatch.GetTimestamp();
    }

    public void LogServer(byte[] buffer, int offset, int count)
    {
        if (Step != SmtpStep.Data || !buffer.AsSpan(offset, count).StartsWith("354"u8)) return;
        (Step, _tail, AnswerTime) = (SmtpStep.Body, [], Stopwatch.GetElapsedTime(_askedForData));
    }

    public void Dispose()
    {
    }

    private SmtpStep StepOf(string line) => line.Split(' ')[0].ToUpperInvariant() switch
    {
        "EHLO" or "HELO" => SmtpStep.Hello,
        "STARTTLS" => SmtpStep.Securing,
        "AUTH" => SmtpStep.SigningIn,
        "MAIL" => SmtpStep.Sender,
        "RCPT" => SmtpStep.Recipient,
        "DATA" => SmtpStep.Data,
        "RSET" or "QUIT" => Step == SmtpStep.Dot ? SmtpStep.Other : Step, // said when the server has turned away what came before
        _ => Step == SmtpStep.SigningIn ? Step : SmtpStep.Other, // the answer to a challenge begins with no word
    };
}

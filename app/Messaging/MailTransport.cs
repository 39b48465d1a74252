using MimeKit;

namespace Crm.Messaging;

/// <summary>A way for mail to leave.</summary>
public interface IMailTransport
{
    /// <summary>Whether mail goes to a server; else it is kept as files here, and reaches nobody.</summary>
    bool LeavesMachine => true;

    /// <summary>Makes the way ready. No message is concerned yet, so that none is to blame where this fails.</summary>
    /// <exception cref="MailServerException">Mail cannot leave now.</exception>
    Task<IMailSession> OpenAsync(CancellationToken cancel);
}

/// <summary>A way that is open: messages leave on it one after the other.</summary>
public interface IMailSession : IAsyncDisposable
{
    /// <summary>Whether another message can leave.</summary>
    bool IsOpen { get; }

    /// <param name="stillOurs">Asked until the last moment before the server can take the message.</param>
    /// <param name="breakOff">Breaks off, but never once the server may have taken the message.</param>
    Task<Handover> SendAsync(MimeMessage message, Func<bool> stillOurs, CancellationToken breakOff);
}

/// <summary>What became of a message that was handed over.</summary>
public enum Fate
{
    Taken,

    /// <summary>This message is not taken now, but may be later.</summary>
    RefusedForNow,

    /// <summary>This message will never be taken.</summary>
    RefusedForGood,

    /// <summary>Nothing was taken, for a reason that need not lie in the message.</summary>
    NotTaken,

    /// <summary>Nothing was taken, because the claim on the message ran out meanwhile.</summary>
    TooLate,

    /// <summary>The server had all of it, and the line broke before its answer.</summary>
    Unknown,
}

/// <param name="Why">A sentence for staff, unless the message was taken.</param>
/// <param name="File">The file written, where mail is kept as files.</param>
public sealed record Handover(Fate Fate, string? Why = null, string? File = null);

/// <summary>Mail cannot leave, whichever message it is. The text is a sentence for managers.</summary>
public sealed class MailServerException : Exception
{
    public MailServerException() { }

    public MailServerException(string message) : base(message) { }

    public MailServerException(string message, Exception? inner) : base(message, inner) { }
}

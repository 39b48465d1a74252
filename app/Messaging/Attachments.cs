using Marten;

namespace Crm.Messaging;

public sealed record AttachedFile(string Name, string ContentType, byte[] Content);

/// <summary>Makes the files of one kind, as the data stands when they leave.</summary>
public interface IAttachmentMaker
{
    /// <summary>What messages call these files.</summary>
    string Kind { get; }

    /// <returns>Null where there is nothing to make it of any more.</returns>
    Task<AttachedFile?> MakeAsync(OutboxMessage message, IQuerySession session, CancellationToken cancel);
}

/// <summary>Asked just before a message is handed over: whether it is still worth sending, and to whom.</summary>
public interface IMessageCheck
{
    Task<Verdict> JudgeAsync(OutboxMessage message, IQuerySession session, CancellationToken cancel);
}

/// <summary>Writes what a message says that is stored without its words: they are made of what is known when it leaves.</summary>
public interface IMessageWriter
{
    /// <returns>Null where it is another's to write, or what it was to tell of is gone.</returns>
    Task<Wording?> WriteAsync(OutboxMessage message, IQuerySession session, CancellationToken cancel);
}

/// <param name="Pointless">Why it is not to be sent, or null where it is.</param>
/// <param name="To">The address as it is now.</param>
/// <param name="Wording">What it says by now, where that is made anew; null where it stays as it was written.</param>
public sealed record Verdict(string? Pointless, string To, string ToName, Wording? Wording = null);

/// <summary>What an email says.</summary>
public sealed record Wording(string Subject, string Body);

/// <summary>
/// Makes the link of a mail as it leaves. Whoever has the mail may do what the link allows, so that it stands nowhere else: not in the
/// outbox, not on its page, and not in a backup.
/// </summary>
public interface IPrivateLink
{
    /// <summary>What stands in the text where the link goes.</summary>
    const string Mark = "⟨link⟩";

    /// <summary>Whether messages of this kind have one.</summary>
    bool Makes(string kind);

    Task<string> MakeAsync(OutboxMessage message, CancellationToken cancel);
}

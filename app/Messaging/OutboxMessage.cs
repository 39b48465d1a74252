using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Crm.Institute;
using Crm.Storage;

namespace Crm.Messaging;

/// <summary>
/// Queued → Sending → Sent is the ordinary way. <see cref="Unconfirmed"/>: the server had all of the message when the line or this
/// process died, so that only a person can tell whether it arrived; it is never sent again by itself.
/// </summary>
public enum MessageStatus { Queued, Sending, Sent, Unconfirmed, Failed, Cancelled }

/// <summary>An email to be sent, stored in the transaction of the change that asks for it. Attachments are made when it is sent.</summary>
public sealed class OutboxMessage
{
    /// <summary>What stands for the words of a message that nobody has written yet.</summary>
    public const string Unwritten = "";

    /// <summary>After how many answers of "not now" a message has failed, two hours after the first.</summary>
    public const int MaxAttempts = 8;

    public Guid Id { get; set; }

    /// <summary>What sort of message it is, by the name its writer gives it, such as <c>brochure</c>.</summary>
    public string Kind { get; set; } = "";
    public MessageStatus Status { get; set; }

    /// <summary>Whom or what it is about: a person and their lead, where there are any.</summary>
    public Guid? PersonId { get; set; }
    public Guid? LeadId { get; set; }

    /// <summary>The course, enrolment, follow-up or offer that it is about: with <see cref="Kind"/> it tells its purpose.</summary>
    public Guid? TopicId { get; set; }
    public string To { get; set; } = "";

    // Name, subject and body are empty until it leaves, where IMessageWriter writes it then.
    public string ToName { get; set; } = "";
    public string Subject { get; set; } = Unwritten;
    public string Body { get; set; } = Unwritten;

    /// <summary>Whose maker makes the attached file, or null for none.</summary>
    public string? Attachment { get; set; }

    /// <summary>Applicants may stop what is written to them; staff may not.</summary>
    public bool ToApplicant { get; set; }
    public Actor By { get; set; } = Actor.System;
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Not sent before this; a reminder is due shortly before its follow-up. Of what has left, when it left: lists go by it.
    /// </summary>
    public DateTimeOffset DueAt { get; set; }

    /// <summary>How often a server has answered for this message; a server that was away is no attempt.</summary>
    public int Attempts { get; set; }

    /// <summary>The claim under which it is being sent: whoever holds another may not touch it any more.</summary>
    public Guid? Claim { get; set; }
    public DateTimeOffset? ClaimedAt { get; set; }

    /// <summary>Set just before the message is handed to the mail server: from here a crash leaves its fate unknown.</summary>
    public DateTimeOffset? HandedOverAt { get; set; }
    public DateTimeOffset? SentAt { get; set; }

    /// <summary>The address at which an earlier sending may have arrived, of which nobody knows; null where there was none.</summary>
    public string? MayBeAt { get; set; }

    /// <summary>When something that happened made it pointless, so that it can be put back where that turns out to be a slip.</summary>
    public DateTimeOffset? WithdrawnAt { get; set; }

    /// <summary>Why it has not left, in a sentence for staff.</summary>
    public string? Error { get; set; }

    /// <summary>Whether a server refused it for good, rather than that it could not be written or nobody took it.</summary>
    [Usual(false)] public bool Refused { get; set; }
    public string? File { get; set; }

    /// <summary>Whether somebody typed it to this one person, who may answer by a note that they are away.</summary>
    [Usual(false)] public bool IsPersonal { get; set; }

    [JsonIgnore] public bool IsUndelivered => Status is MessageStatus.Failed or MessageStatus.Unconfirmed || IsKeptAsFile;

    /// <summary>Whether it went no further than a folder of this machine, where no mail server was set: whom it is for has nothing.
    /// </summary>
    [JsonIgnore] public bool IsKeptAsFile => Status == MessageStatus.Sent && File is not null;

    /// <summary>Whether it waits for its time, and was not tried before.</summary>
    public bool IsScheduledAt(DateTimeOffset now) => Status == MessageStatus.Queued && Attempts == 0 && DueAt > now;

    [JsonIgnore] public bool IsWritten => Body != Unwritten;

    /// <summary>What it is called where it is listed: by its subject, or by its kind before it has one.</summary>
    [JsonIgnore] public string Title => Subject == Unwritten ? KindWords : Subject;

    [JsonIgnore] public string KindWords => Format.Capital(Kind.Replace('-', ' '));

    /// <summary>Whom it goes to: by name, as far as that is written yet.</summary>
    [JsonIgnore] public string Whom => ToName.Length > 0 ? ToName : To;

    /// <summary>Whether whom it was to and what it said were taken from it.</summary>
    [JsonIgnore] public bool IsErased => To.Length == 0 && Body == StoredEvent.Erased;

    public void Say(Wording wording) => (Subject, Body) = (wording.Subject, wording.Body);

    /// <summary>Has a person's word that the applicant has it.</summary>
    public void Arrived(DateTimeOffset now)
    {
        MayBeAt = null;
        Leave(MessageStatus.Sent, null, HandedOverAt ?? now);
    }

    /// <summary>Puts a message that did not leave, or may not have, back into the queue.</summary>
    public void SendAgain(DateTimeOffset now) =>
        (Status, DueAt, Attempts, HandedOverAt, SentAt, Error, Refused, File) =
            (MessageStatus.Queued, now, 0, null, null, null, false, null);

    /// <summary>Gives it to one process, which alone may send it.</summary>
    internal void GiveTo(Guid claim, DateTimeOffset now) =>
        (Status, Claim, ClaimedAt, HandedOverAt) = (MessageStatus.Sending, claim, now, null);

    /// <summary>What became of it, in a word or two; nothing is called sent before the mail server took it.</summary>
    [JsonIgnore]
    public string State => Status switch
    {
        MessageStatus.Queued => "queued",
        MessageStatus.Sending => "being sent",
        MessageStatus.Sent when IsKeptAsFile => "kept as a file",
        MessageStatus.Sent => "sent",
        MessageStatus.Unconfirmed => "unconfirmed",
        MessageStatus.Failed when Refused => "refused",
        _ => "not sent",
    };

    /// <summary>Notes that it is being handed over, to whom and with which words; the claim begins anew.</summary>
    internal void HandOver(DateTimeOffset now, OutboxMessage asItLeaves)
    {
        (ClaimedAt, HandedOverAt) = (now, now);
        (To, ToName, Subject, Body) = (asItLeaves.To, asItLeaves.ToName, asItLeaves.Subject, asItLeaves.Body);
    }

    internal void PutBack() => (Status, Claim, HandedOverAt) = (MessageStatus.Queued, null, null);

    internal void Sent(DateTimeOffset now, string? file)
    {
        Attempts++;
        File = file;
        if (MayBeAt == To) MayBeAt = null;
        Leave(MessageStatus.Sent, null, now);
    }

    internal void Fail(string why, bool refused)
    {
        Attempts++;
        Refused = refused && MayBeAt is null;
        End(MessageStatus.Failed, why);
    }

    internal void Doubt(string why)
    {
        MayBeAt = To;
        Leave(MessageStatus.Unconfirmed, why);
    }

    internal void Cancel(string why) => End(MessageStatus.Cancelled, why);

    // What may have arrived once is not called unsent because it was not sent again.
    private void End(MessageStatus status, string why)
    {
        if (MayBeAt is null) Leave(status, why);
        else Leave(MessageStatus.Unconfirmed, $"{why} An earlier sending may have arrived at {MayBeAt}.");
    }

    /// <summary>Tries it again after 1, 2, 4 … 64 minutes, and then gives it up.</summary>
    internal void TryLater(string why, DateTimeOffset now)
    {
        if (Attempts + 1 >= MaxAttempts)
        {
            Fail(why, refused: true);
            return;
        }
        PutBack();
        Attempts++;
        (Error, DueAt) = (why, now + TimeSpan.FromMinutes(Math.Pow(2, Attempts - 1)));
    }

    /// <summary>The process that had claimed it is dead.</summary>
    internal void Recover()
    {
        if (HandedOverAt is null) PutBack();
        else Doubt("The program stopped while the mail server was taking this message.");
    }

    /// <summary>Takes from it whom it was to and what it said; that there was one stays. What waits does not leave any more.</summary>
    public void Erase(DateTimeOffset now)
    {
        if (Status is MessageStatus.Queued or MessageStatus.Failed) (Status, WithdrawnAt) = (MessageStatus.Cancelled, now);
        (To, ToName, Subject, Body) = ("", StoredEvent.Erased, StoredEvent.Erased, StoredEvent.Erased);
        (Error, File, Attachment, MayBeAt) = (null, null, null, null);
    }

    private void Leave(MessageStatus status, string? why, DateTimeOffset? sentAt = null) =>
        (Status, Error, SentAt, DueAt, Claim) = (status, why, sentAt, sentAt ?? DueAt, null);
}

/// <summary>An address whose owner wants no more emails, whoever else has it. It is known by a hash, so that it stays known when its owner
/// is erased, and the address does not.</summary>
public sealed class StoppedAddress
{
    public static string IdOf(string address) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"stopped {address}")));

    public static StoppedAddress Of(EmailAddress address, DateTimeOffset at) => new() { Id = IdOf(address.Text), At = at };

    public string Id { get; set; } = "";
    public DateTimeOffset At { get; set; }
}

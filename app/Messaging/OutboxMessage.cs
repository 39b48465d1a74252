using Crm.Institute;

namespace Crm.Messaging;

/// <summary>
/// Queued → Sending → Sent is the ordinary way. <see cref="Unconfirmed"/>: the server was being handed the message when
/// the line or this process died, so that only a person can tell whether it arrived; it is never sent again by itself.
/// </summary>
public enum MessageStatus { Queued, Sending, Sent, Unconfirmed, Failed, Cancelled }

/// <summary>An email to be sent, stored in the transaction of the change that asks for it. Attachments are made when it is sent.</summary>
public sealed class OutboxMessage
{
    public Guid Id { get; set; }

    /// <summary>What sort of message it is, by the name its writer gives it, such as <c>brochure</c>.</summary>
    public string Kind { get; set; } = "";
    public MessageStatus Status { get; set; }

    /// <summary>Whom or what it is about: a person and their lead, where there are any.</summary>
    public Guid? PersonId { get; set; }
    public Guid? LeadId { get; set; }

    /// <summary>The course, enrolment or follow-up that it is about: with <see cref="Kind"/> it tells messages of one purpose.</summary>
    public Guid? TopicId { get; set; }
    public string To { get; set; } = "";
    public string ToName { get; set; } = "";
    public string Subject { get; set; } = "";
    public string Body { get; set; } = "";

    /// <summary>Whose maker makes the attached file, or null for none.</summary>
    public string? Attachment { get; set; }

    /// <summary>Applicants may stop what is written to them; staff may not.</summary>
    public bool ToApplicant { get; set; }
    public Actor By { get; set; } = Actor.System;
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Not sent before this; a reminder is due shortly before its follow-up.</summary>
    public DateTimeOffset DueAt { get; set; }
    public int Attempts { get; set; }
    public DateTimeOffset? ClaimedAt { get; set; }

    /// <summary>Set just before the message is handed to the mail server: from here a crash leaves its fate unknown.</summary>
    public DateTimeOffset? HandedOverAt { get; set; }
    public DateTimeOffset? SentAt { get; set; }

    /// <summary>When something that happened made it pointless, so that it can be put back where that turns out to be a slip.</summary>
    public DateTimeOffset? WithdrawnAt { get; set; }
    public string? Error { get; set; }
    public string? File { get; set; }

    /// <summary>Puts a message that did not leave, or may not have, back into the queue.</summary>
    public void SendAgain(DateTimeOffset now) =>
        (Status, DueAt, Attempts, HandedOverAt, Error) = (MessageStatus.Queued, now, 0, null, null);
}

/// <summary>An address whose owner wants no more emails, whoever else has it. Its id is made of the address.</summary>
public sealed class StoppedAddress
{
    public string Id { get; set; } = "";
    public DateTimeOffset At { get; set; }
}

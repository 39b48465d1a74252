namespace Crm.Messages;

public enum MessageKind { Brochure, FollowUp, Personal, Reminder, Offer, EnrolmentLetter }

/// <summary>
/// Queued → Sending → Sent is the ordinary way. <see cref="Unconfirmed"/>: the server was being handed the message when
/// the line or this process died, so that only a person can tell whether it arrived; it is never sent again by itself.
/// </summary>
public enum MessageStatus { Queued, Sending, Sent, Unconfirmed, Failed, Cancelled }

public enum AttachmentKind { Brochure, EnrolmentLetter }

/// <summary>An email to be sent, stored in the transaction of the change that asks for it. Attachments are made when it is sent.</summary>
public sealed class OutboxMessage
{
    public Guid Id { get; set; }
    public MessageKind Kind { get; set; }
    public MessageStatus Status { get; set; }
    public Guid? LeadId { get; set; }
    public Guid? FollowUpId { get; set; }
    public string To { get; set; } = "";
    public string ToName { get; set; } = "";
    public string Subject { get; set; } = "";
    public string Body { get; set; } = "";
    public AttachmentKind? Attachment { get; set; }
    public bool ToApplicant { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Not sent before this; a reminder is due shortly before its follow-up.</summary>
    public DateTimeOffset DueAt { get; set; }
    public int Attempts { get; set; }
    public DateTimeOffset? ClaimedAt { get; set; }

    /// <summary>Set just before the message is handed to the mail server: from here a crash leaves its fate unknown.</summary>
    public DateTimeOffset? HandedOverAt { get; set; }
    public DateTimeOffset? SentAt { get; set; }
    public string? Error { get; set; }
    public string? File { get; set; }
}

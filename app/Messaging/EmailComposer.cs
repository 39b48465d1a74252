using Crm.Institute;
using Crm.Web;
using Marten;
using Microsoft.Extensions.Options;
using MimeKit;
using RazorSlices;

namespace Crm.Messaging;

/// <summary>Makes the MIME message of an outbox message, with its file as the data stands now.</summary>
public sealed class EmailComposer(
    IEnumerable<IAttachmentMaker> makers, IEnumerable<IPrivateLink> links, UnsubscribeLinks unsubscribe,
    CurrentInstitute institute, InstituteClock clock, IOptions<InstituteOptions> options, IOptions<SmtpOptions> smtp,
    IServiceProvider services)
{
    /// <param name="session">What the message is about is read in it.</param>
    /// <param name="leaves">Whether it goes to whom it is for: else somebody else looks at it, who sees no private link.</param>
    /// <returns>A message whose Message-ID is made from the outbox message's id, the same at every attempt.</returns>
    public async Task<MimeMessage> ComposeAsync(
        OutboxMessage message, IQuerySession session, bool leaves, CancellationToken cancel)
    {
        var profile = institute.Profile;
        var mime = Envelope(message, profile);
        var words = await WordsAsync(message, leaves, cancel);
        var text = $"{words}\n\n{profile.Name}\n{profile.Address}\n{profile.Phone}\n";
        string? stop = null;
        if (message.ToApplicant)
        {
            stop = unsubscribe.For(EmailAddress.FromStored(message.To));
            text += $"\nTo get no more emails: {stop}\n";
            if (stop.StartsWith("https:", StringComparison.Ordinal)) AddOneClick(mime, stop);
        }
        var letter = EmailHtml.Create(new EmailView(message.Subject, words, profile, options.Value.PublicUrl, stop));
        letter.ServiceProvider = services;
        var html = await letter.RenderAsync(Html.Encoder, cancel);
        var body = new BodyBuilder { TextBody = text, HtmlBody = html };
        if (await AttachedAsync(message, session, cancel) is { } file)
            body.Attachments.Add(file.Name, file.Content, ContentType.Parse(file.ContentType));
        mime.Body = body.ToMessageBody();
        return mime;
    }

    private async Task<string> WordsAsync(OutboxMessage message, bool leaves, CancellationToken cancel)
    {
        if (links.FirstOrDefault(l => l.Makes(message.Kind)) is not { } maker) return message.Body;
        return message.Body.Replace(IPrivateLink.Mark, leaves ? await maker.MakeAsync(message, cancel) : "(The link is in the mail alone.)",
            StringComparison.Ordinal);
    }

    // Mail programs call it without a page and without a person: over a line that others read, they may not (RFC 8058).
    private static void AddOneClick(MimeMessage mime, string stop)
    {
        mime.Headers.Add(HeaderId.ListUnsubscribe, $"<{stop}>");
        mime.Headers.Add(HeaderId.ListUnsubscribePost, "List-Unsubscribe=One-Click");
    }

    private MimeMessage Envelope(OutboxMessage message, InstituteProfile profile)
    {
        var own = Sender.Read(smtp.Value.From).Sender;
        var from = new MailboxAddress(own?.Name ?? profile.Name, own?.Address.Text ?? profile.Email);
        // When it leaves, not when it was written: a reminder is written days before.
        var mime = new MimeMessage { Subject = message.Subject, Date = clock.Now, MessageId = $"{message.Id:N}@{DomainOf(from)}" };
        mime.From.Add(from);
        // Our mail says "reply to this email": somebody reads what comes to the institute's own address.
        if (!string.Equals(from.Address, profile.Email, StringComparison.OrdinalIgnoreCase))
            mime.ReplyTo.Add(new MailboxAddress(profile.Name, profile.Email));
        mime.To.Add(new MailboxAddress(message.ToName, message.To));
        // So that notes of absence do not answer it (RFC 3834).
        if (!message.IsPersonal) mime.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        return mime;
    }

    private static string DomainOf(MailboxAddress from) => from.GetAddress(idnEncode: true).Split('@')[^1];

    private async Task<AttachedFile?> AttachedAsync(OutboxMessage message, IQuerySession session, CancellationToken cancel)
    {
        if (message.Attachment is not { } kind) return null;
        var maker = makers.FirstOrDefault(m => m.Kind == kind)
            ?? throw new InvalidOperationException($"Nothing here makes attachments of kind {kind}.");
        return await maker.MakeAsync(message, session, cancel);
    }
}

/// <param name="Stop">The address at which the applicant stops our emails; null for staff.</param>
public sealed record EmailView(string Title, string Text, InstituteProfile Institute, string PublicUrl, string? Stop)
{
    public IEnumerable<string> Paragraphs => Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(p => p.Trim());

    /// <summary>A paragraph that is nothing but an address of ours is a link.</summary>
    public bool IsLink(string paragraph) => paragraph.StartsWith(PublicUrl + "/", StringComparison.Ordinal);
}

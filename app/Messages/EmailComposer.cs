using Crm.Courses;
using Crm.Documents;
using Crm.Enquiries;
using Crm.Leads;
using Crm.Web;
using Marten;
using Microsoft.Extensions.Options;
using MimeKit;
using RazorSlices;

namespace Crm.Messages;

/// <summary>Makes the MIME message of an outbox message, with its PDF as the data stands now.</summary>
public sealed class EmailComposer(IDocumentStore store, PersonalDocuments documents, UnsubscribeLinks unsubscribe, IOptions<InstituteOptions> institute, IOptions<SmtpOptions> smtp)
{
    /// <returns>A message whose Message-ID is made from the outbox message's id, the same at every attempt.</returns>
    public async Task<MimeMessage> ComposeAsync(OutboxMessage message, CancellationToken cancel)
    {
        var from = smtp.Value.From is { Length: > 0 } own ? own : institute.Value.Email;
        var mime = new MimeMessage { Subject = message.Subject, Date = message.CreatedAt, MessageId = $"{message.Id:N}@{from.Split('@')[^1]}" };
        mime.From.Add(new MailboxAddress(institute.Value.Name, from));
        mime.To.Add(new MailboxAddress(message.ToName, message.To));
        var signature = $"{institute.Value.Name}\n{institute.Value.Address}\n{institute.Value.Phone}";
        var text = $"{message.Body}\n\n{signature}\n";
        if (message is { ToApplicant: true, LeadId: { } leadId })
        {
            var link = unsubscribe.For(leadId);
            text += $"\nTo get no more emails: {link}\n";
            mime.Headers.Add(HeaderId.ListUnsubscribe, $"<{link}>");
            mime.Headers.Add(HeaderId.ListUnsubscribePost, "List-Unsubscribe=One-Click");
        }
        var body = new BodyBuilder { TextBody = text, HtmlBody = await EmailHtml.Create(new EmailBody(message.Subject, text)).RenderAsync(cancellationToken: cancel) };
        if (message.Attachment is { } kind && await AttachAsync(kind, message, cancel) is { } file)
            body.Attachments.Add(file.Name, file.Content, new ContentType("application", "pdf"));
        mime.Body = body.ToMessageBody();
        return mime;
    }

    private async Task<PdfFile?> AttachAsync(AttachmentKind kind, OutboxMessage message, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        var lead = await session.LoadAsync<Lead>(message.LeadId!.Value, cancel) ?? throw new InvalidOperationException($"There is no lead {message.LeadId}.");
        return kind switch
        {
            AttachmentKind.Brochure => await documents.BrochureAsync(session, lead, cancel),
            AttachmentKind.EnrolmentLetter => await documents.EnrolmentLetterAsync(session, lead, cancel),
            _ => throw new InvalidOperationException($"No attachment of kind {kind} is known."),
        };
    }
}

public sealed record EmailBody(string Title, string Text);


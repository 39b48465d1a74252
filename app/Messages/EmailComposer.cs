using Crm.Courses;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.Pdf;
using Crm.Web;
using Marten;
using Microsoft.Extensions.Options;
using MimeKit;
using RazorSlices;

namespace Crm.Messages;

/// <summary>Makes the MIME message of an outbox message, with its PDF as the data stands now.</summary>
public sealed class EmailComposer(IDocumentStore store, PersonalDocuments documents, UnsubscribeLinks unsubscribe, IOptions<InstituteOptions> options, IOptions<SmtpOptions> smtp)
{
    /// <returns>A message whose Message-ID is made from the outbox message's id, the same at every attempt.</returns>
    public async Task<MimeMessage> ComposeAsync(OutboxMessage message, CancellationToken cancel)
    {
        var from = smtp.Value.From is { Length: > 0 } own ? own : options.Value.Email;
        var mime = new MimeMessage { Subject = message.Subject, Date = message.CreatedAt, MessageId = $"{message.Id:N}@{from.Split('@')[^1]}" };
        mime.From.Add(new MailboxAddress(options.Value.Name, from));
        mime.To.Add(new MailboxAddress(message.ToName, message.To));
        var institute = options.Value;
        var text = $"{message.Body}\n\n{institute.Name}\n{institute.Address}\n{institute.Phone}\n";
        string? stop = null;
        if (message is { ToApplicant: true, LeadId: { } leadId })
        {
            stop = unsubscribe.For(leadId);
            text += $"\nTo get no more emails: {stop}\n";
            mime.Headers.Add(HeaderId.ListUnsubscribe, $"<{stop}>");
            mime.Headers.Add(HeaderId.ListUnsubscribePost, "List-Unsubscribe=One-Click");
        }
        var html = await EmailHtml.Create(new EmailBody(message.Subject, message.Body, institute, stop)).RenderAsync(Html.Encoder, cancel);
        var body = new BodyBuilder { TextBody = text, HtmlBody = html };
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

/// <param name="Stop">The address at which the applicant stops our emails; null for staff.</param>
public sealed record EmailBody(string Title, string Text, InstituteOptions Institute, string? Stop);


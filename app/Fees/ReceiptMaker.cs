using Crm.Institute;
using Crm.Messaging;
using Crm.People;
using Marten;
using Microsoft.Extensions.Options;

namespace Crm.Fees;

/// <summary>Makes the paper of a payment, as it was on the day it was issued, and void where it was voided since.</summary>
public sealed class ReceiptMaker(IOptions<InstituteOptions> options) : IAttachmentMaker
{
    /// <summary>What messages call these files.</summary>
    public const string Receipt = "receipt";

    public string Kind => Receipt;

    /// <returns>Why no receipt could be made for somebody, in a sentence; null where one can.</returns>
    public static string? WhyNot(Person? person) => Papers.WhyNot(person?.NameOnPaper.Text ?? "") is { } why
        ? $"{why} No receipt could be made: write down the name on certificates in other letters first."
        : null;

    public Task<AttachedFile?> MakeAsync(OutboxMessage message, IQuerySession session, CancellationToken cancel) =>
        message.TopicId is { } id ? MakeAsync(id, session, cancel) : Task.FromResult<AttachedFile?>(null);

    /// <returns>Null where there is no such payment.</returns>
    public async Task<AttachedFile?> MakeAsync(Guid paymentId, IQuerySession session, CancellationToken cancel)
    {
        if (await session.LoadAsync<Receipt>(paymentId, cancel) is not { } receipt) return null;
        var pdf = ReceiptPaper.Generate(receipt, options.Value.Logo);
        return new AttachedFile($"receipt-{receipt.Number.Replace('/', '-')}.pdf", "application/pdf", pdf);
    }

    /// <param name="id">The refund's, its reversal's, or the void payment's.</param>
    /// <returns>Null where there is no credit or debit note over it.</returns>
    public async Task<AttachedFile?> MakeNoteAsync(Guid id, IQuerySession session, CancellationToken cancel)
    {
        if (await session.LoadAsync<TaxNote>(id, cancel) is not { } note) return null;
        var name = note.IsDebit ? "debit-note" : "credit-note";
        return new AttachedFile($"{name}-{note.Number}.pdf", "application/pdf", TaxNotePaper.Generate(note, options.Value.Logo));
    }
}

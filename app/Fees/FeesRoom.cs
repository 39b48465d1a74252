using Crm.Messaging;
using Crm.Operations;
using Crm.Seats;
using Crm.Storage;
using Marten;

namespace Crm.Fees;

/// <summary>Money: instalments, payments and their receipts, refunds, and the books that reports read.</summary>
public static class FeesRoom
{
    public static void AddFees(this IServiceCollection services)
    {
        services.AddSeatAct<RecordPayment>();
        services.AddSeatAct<Reverse>();
        services.AddSeatAct<GiveRefund>();
        services.AddSeatAct<Reschedule>();
        services.AddSeatAct<AddressInvoice>();
        services.AddSingleton<TaxNotes>();
        services.AddSingleton<DueList>();
        services.AddSingleton<StatementDesk>();
        services.AddSingleton<ISeatReaction, CreditsOfVoids>();
        services.AddSingleton<IAttachmentMaker, UpiQrMaker>();
        services.AddSingleton<ISeatReaction, Books>();
        services.AddSingleton<ReceiptMaker>();
        services.AddSingleton<IAttachmentMaker>(sp => sp.GetRequiredService<ReceiptMaker>());
        services.AddSingleton(new BackupFigure("What the books add up to, in hundredths",
            $"select coalesce(sum((data ->> 'Amount')::bigint), 0)::text from {MartenSetup.Schema}.mt_doc_ledgerentry"));
        services.ConfigureMarten(options =>
        {
            options.Storage.ExtendedSchemaObjects.Add(ReceiptNumbers.Table());
            options.Schema.For<LedgerEntry>().Duplicate(x => x.Day)
                .Index(x => x.EnrolmentId).Index(x => x.PlainReference).Index(x => x.Reverses);
            options.Schema.For<DueReminder>().Duplicate(x => x.Day).Index(x => x.EnrolmentId);
            options.Schema.For<CashClosing>().UniqueIndex(x => x.Number);
            options.Schema.For<BankStatement>();
            options.Schema.For<BankCredit>().Duplicate(x => x.Standing, pgType: "varchar", configure: i => i.Then("id"))
                .Index(x => x.PaymentId!);
            options.Schema.For<TaxNote>().UniqueIndex(x => x.Number).Index(x => x.EnrolmentId);
            options.Schema.For<Receipt>().UniqueIndex(x => x.Number).Index(x => x.EnrolmentId);
        });
    }

    public static void MapFees(this IEndpointRouteBuilder app)
    {
        DuesPage.Map(app);
        BankStatementsPage.Map(app);
        app.MapGet("/receipts/{id:guid}.pdf", async Task<IResult> (
            Guid id, IQuerySession session, ReceiptMaker receipts, CancellationToken cancel) =>
            await Papers.AnswerAsync(receipts.MakeAsync(id, session, cancel), "/dues"));
        app.MapGet("/receipts/notes/{id:guid}.pdf", async Task<IResult> (
            Guid id, IQuerySession session, ReceiptMaker receipts, CancellationToken cancel) =>
            await Papers.AnswerAsync(receipts.MakeNoteAsync(id, session, cancel), "/dues"));
    }
}

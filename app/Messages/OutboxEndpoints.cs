using Crm.Accounts;
using Crm.Institute;
using Crm.Web;
using Marten;

namespace Crm.Messages;

public sealed record OutboxView(IReadOnlyList<OutboxMessage> Messages, MessageStatus? Status, IReadOnlyDictionary<string, int> Counts, bool KeptAsFiles, InstituteClock Clock);

public static class OutboxEndpoints
{
    public static void MapMessages(this IEndpointRouteBuilder app)
    {
        var outbox = app.MapGroup("/outbox").RequireAuthorization(AccountEndpoints.ManagerPolicy);

        outbox.MapGet("", async (IQuerySession session, IMailTransport transport, InstituteClock clock, string? status, CancellationToken cancel) =>
        {
            MessageStatus? wanted = Enum.TryParse<MessageStatus>(status, true, out var one) && Enum.IsDefined(one) ? one : null;
            var messages = wanted is { } s ? session.Query<OutboxMessage>().Where(m => m.Status == s) : session.Query<OutboxMessage>();
            // What waits, in the order it will leave; everything else, the latest first.
            var rows = await (wanted is MessageStatus.Queued ? messages.OrderBy(m => m.DueAt) : messages.OrderByDescending(m => m.DueAt)).Take(200).ToListAsync(cancel);
            var counts = new Dictionary<string, int>();
            foreach (var value in Enum.GetValues<MessageStatus>()) counts[value.ToString()] = await session.Query<OutboxMessage>().CountAsync(m => m.Status == value, cancel);
            return Outbox.Create(new OutboxView(rows, wanted, counts, transport is FileTransport, clock));
        });

        outbox.MapGet("/{id:guid}.eml", async (Guid id, IQuerySession session, EmailComposer composer, CancellationToken cancel) =>
        {
            if (await session.LoadAsync<OutboxMessage>(id, cancel) is not { } message) return Results.NotFound();
            using var mime = await composer.ComposeAsync(message, cancel);
            var buffer = new MemoryStream();
            await mime.WriteToAsync(buffer, cancel);
            return Results.File(buffer.ToArray(), "message/rfc822", $"{id:N}.eml");
        });

        // A person has looked: either the applicant has it, or it is to be sent after all.
        outbox.MapPost("/{id:guid}/arrived", (Guid id, IDocumentSession session, InstituteClock clock, CancellationToken cancel) =>
            DecideAsync(session, id, m => (m.Status, m.SentAt, m.Error) = (MessageStatus.Sent, m.HandedOverAt ?? clock.Now, null), null, cancel, MessageStatus.Unconfirmed));
        outbox.MapPost("/{id:guid}/again", (Guid id, IDocumentSession session, OutboxSignal signal, InstituteClock clock, CancellationToken cancel) =>
            DecideAsync(session, id, m => (m.Status, m.DueAt, m.Attempts, m.HandedOverAt, m.Error) = (MessageStatus.Queued, clock.Now, 0, null, null), signal, cancel, MessageStatus.Unconfirmed, MessageStatus.Failed));
    }

    private static async Task<IResult> DecideAsync(IDocumentSession session, Guid id, Action<OutboxMessage> decide, OutboxSignal? signal, CancellationToken cancel, params MessageStatus[] from)
    {
        await session.BeginTransactionAsync(cancel);
        if (await session.QueryAsync<OutboxMessage>("where d.id = ? for update", cancel, id) is not [var message]) return Results.NotFound();
        if (from.Contains(message.Status))
        {
            decide(message);
            session.Store(message);
            await session.SaveChangesAsync(cancel);
            signal?.Raise();
        }
        return Results.Redirect("/outbox");
    }
}

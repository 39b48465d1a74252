using Crm.Institute;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Messaging;

public sealed record OutboxView(
    IReadOnlyList<OutboxMessage> Messages, MessageStatus? Status, IReadOnlyDictionary<string, int> Counts, bool KeptAsFiles,
    InstituteClock Clock);

public sealed record OutboxRowView(OutboxMessage Message, InstituteClock Clock);

/// <summary>The managers' page of what was, is and will be sent.</summary>
public static class OutboxEndpoints
{
    private const int Shown = 200;

    public static void MapMessaging(this IEndpointRouteBuilder app)
    {
        var outbox = app.MapGroup("/outbox").RequireAuthorization(Roles.ManagerPolicy);
        outbox.MapGet("", ShowAsync);
        outbox.MapGet("/{id:guid}.eml", FileAsync);
        outbox.MapPost("/{id:guid}/arrival", ArrivedAsync);
        outbox.MapPost("/{id:guid}/attempts", AgainAsync);
    }

    private static async Task<IResult> ShowAsync(
        IQuerySession session, IMailTransport transport, InstituteClock clock, string? status, CancellationToken cancel)
    {
        MessageStatus? wanted = Enum.TryParse<MessageStatus>(status, true, out var one) && Enum.IsDefined(one) ? one : null;
        var messages = wanted is { } s ? session.Query<OutboxMessage>().Where(m => m.Status == s) : session.Query<OutboxMessage>();
        // What waits, in the order it will leave; everything else, the latest first.
        var ordered = wanted is MessageStatus.Queued ? messages.OrderBy(m => m.DueAt) : messages.OrderByDescending(m => m.DueAt);
        var rows = await ordered.Take(Shown).ToListAsync(cancel);
        var counts = new Dictionary<string, int>();
        foreach (var value in Enum.GetValues<MessageStatus>())
            counts[value.ToString()] = await session.Query<OutboxMessage>().CountAsync(m => m.Status == value, cancel);
        return Outbox.Create(new OutboxView(rows, wanted, counts, transport is FileTransport, clock));
    }

    private static async Task<IResult> FileAsync(Guid id, IQuerySession session, EmailComposer composer, CancellationToken cancel)
    {
        if (await session.LoadAsync<OutboxMessage>(id, cancel) is not { } message) return Results.NotFound();
        using var mime = await composer.ComposeAsync(message, cancel);
        var buffer = new MemoryStream();
        await mime.WriteToAsync(buffer, cancel);
        return Results.File(buffer.ToArray(), "message/rfc822", $"{id:N}.eml");
    }

    // A person has looked: the applicant has it.
    private static Task<IResult> ArrivedAsync(Guid id, IDocumentSession session, InstituteClock clock, CancellationToken cancel) =>
        DecideAsync(session, id, m => (m.Status, m.SentAt, m.Error) = (MessageStatus.Sent, m.HandedOverAt ?? clock.Now, null),
            [MessageStatus.Unconfirmed], cancel);

    // A person has looked: it is to be sent after all.
    private static Task<IResult> AgainAsync(Guid id, IDocumentSession session, InstituteClock clock, CancellationToken cancel) =>
        DecideAsync(session, id, m => m.SendAgain(clock.Now), [MessageStatus.Unconfirmed, MessageStatus.Failed], cancel);

    private static async Task<IResult> DecideAsync(
        IDocumentSession session, Guid id, Action<OutboxMessage> decide, MessageStatus[] from, CancellationToken cancel)
    {
        if (await session.LockAsync<OutboxMessage>(id, cancel) is not { } message) return Results.NotFound();
        if (from.Contains(message.Status))
        {
            decide(message);
            session.Store(message);
            await session.SaveChangesAsync(cancel);
        }
        return Results.Redirect("/outbox");
    }
}

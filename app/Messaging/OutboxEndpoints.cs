using Crm.Institute;
using Crm.Pdf;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Messaging;

/// <param name="Chosen">The one shelf that is shown, or null for all that matter.</param>
public sealed record OutboxView(
    IReadOnlyList<ShelfView> Shelves, Shelf? Chosen, IReadOnlyDictionary<Shelf, int> Totals, bool KeptAsFiles);

/// <param name="Leaves">Whether a mail server is set.</param>
public sealed record OutboxRowView(OutboxMessage Message, bool Leaves, InstituteClock Clock)
{
    /// <summary>Whether sending it again may bring it to whom it is for; what is kept as a file only with a server.</summary>
    public bool MayBeSentAgain => Message.IsUndelivered && (Leaves || !Message.IsKeptAsFile);

    /// <summary>What the badge says; what waits for a later time is called as its shelf is.</summary>
    public string Status => Message.IsScheduledAt(Clock.Now)
        ? Format.Words(Shelf.Scheduled)
        : Message.IsKeptAsFile ? Format.Capital(Message.State)
        : Format.Words(Message.Status);

    /// <summary>How the badge looks: what is kept as a file is not done with.</summary>
    public string Look => Message.IsKeptAsFile ? "cancelled" : Message.Status.ToString().ToLowerInvariant();
}

/// <summary>The managers' page of what was, is and will be sent.</summary>
public static class OutboxEndpoints
{
    private const int Shown = 200;
    private const int ShownAmongOthers = 10;

    public static void MapMessaging(this IEndpointRouteBuilder app)
    {
        var outbox = app.MapGroup("/outbox").RequireAuthorization(Roles.ManagerPolicy);
        outbox.MapGet("", ShowAsync);
        outbox.MapGet("/{id:guid}.eml", FileAsync);
        outbox.MapPost("/{id:guid}/arrival", ArrivedAsync);
        outbox.MapPost("/{id:guid}/attempts", AgainAsync);
        outbox.MapPost("/attempts", AllAgainAsync);
        outbox.MapPost("/tries", TryNowAsync);
        outbox.MapPost("/release", ReleaseAsync);
    }

    private static async Task<IResult> ShowAsync(
        IQuerySession session, IMailTransport transport, MessageChecks checks, InstituteClock clock, string? status,
        CancellationToken cancel)
    {
        Shelf? chosen = Enum.TryParse<Shelf>(status, true, out var one) && Enum.IsDefined(one) ? one : null;
        var totals = new Dictionary<Shelf, int>();
        foreach (var shelf in Enum.GetValues<Shelf>()) totals[shelf] = await session.On(shelf, clock.Now).CountAsync(cancel);
        var shelves = new List<ShelfView>();
        foreach (var shelf in Enum.GetValues<Shelf>())
        {
            if (chosen is null ? totals[shelf] == 0 || shelf == Shelf.Cancelled : shelf != chosen) continue;
            var shown = chosen is null && shelf is not (Shelf.Failed or Shelf.Unconfirmed) ? ShownAmongOthers : Shown;
            var messages = await session.On(shelf, clock.Now).Ordered(shelf).Take(shown).ToListAsync(cancel);
            // By now it may go to another address, and say something else, than when it began to wait.
            foreach (var message in messages.Where(m => m.Status == MessageStatus.Queued))
                await checks.PreviewAsync(message, session, cancel);
            shelves.Add(new ShelfView(shelf, messages, totals[shelf], messages.Count == totals[shelf], transport.LeavesMachine, clock));
        }
        return Outbox.Create(new OutboxView(shelves, chosen, totals, !transport.LeavesMachine));
    }

    private static async Task<IResult> FileAsync(
        Guid id, HttpContext http, IQuerySession session, EmailComposer composer, MessageChecks checks, CancellationToken cancel)
    {
        if (await session.LoadAsync<OutboxMessage>(id, cancel) is not { } message) return Results.NotFound();
        if (message.IsErased) return Erased();
        try
        {
            await checks.PreviewAsync(message, session, cancel);
            using var mime = await composer.ComposeAsync(message, session, leaves: false, cancel);
            var buffer = new MemoryStream();
            await mime.WriteToAsync(buffer, cancel);
            await http.AuditAsync(AuditKind.Exported, "an email as a file", message.PersonId, 1);
            return Results.File(buffer.ToArray(), "message/rfc822", $"{id:N}.eml");
        }
        catch (Exception e) when (e is MissingGlyphException or FormatException)
        {
            // What stands in its way is what somebody typed: delivery fails for the same reason.
            return new NoticeAnswer(new Notice("This message cannot be made", e.Message, "The outbox", "/outbox"),
                StatusCodes.Status422UnprocessableEntity);
        }
    }

    private static NoticeAnswer Erased() => new NoticeAnswer(new Notice("This message was erased",
        "It was erased with whom it was to: only that there was one is still known.", "The outbox", "/outbox"), StatusCodes.Status410Gone);

    // A person has looked: the applicant has it.
    private static Task<IResult> ArrivedAsync(Guid id, IDocumentSession session, InstituteClock clock, CancellationToken cancel) =>
        DecideAsync(session, id, m => m.Arrived(clock.Now), m => m.Status == MessageStatus.Unconfirmed, cancel);

    // A person has looked: it is to be sent after all.
    private static Task<IResult> AgainAsync(Guid id, IDocumentSession session, InstituteClock clock, CancellationToken cancel) =>
        DecideAsync(session, id, m => m.SendAgain(clock.Now), m => m.IsUndelivered, cancel);

    private static async Task<IResult> AllAgainAsync(OutboxStore queue, OutboxSignal signal, CancellationToken cancel)
    {
        await queue.TryNowAsync(withFailed: true, cancel);
        signal.Raise();
        return Results.Redirect("/outbox");
    }

    // What was wrong with the server is mended: nobody has to wait for the end of the pause.
    private static async Task<IResult> TryNowAsync(OutboxStore queue, OutboxSignal signal, CancellationToken cancel)
    {
        await queue.TryNowAsync(withFailed: false, cancel);
        signal.Raise();
        return Results.Redirect("/outbox");
    }

    private static async Task<IResult> ReleaseAsync(HttpContext http, OutboxStore queue, OutboxSignal signal, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        await queue.ReleaseAsync(old: form["old"] == "sent", cancel);
        signal.Raise();
        return Results.Redirect("/outbox");
    }

    private static async Task<IResult> DecideAsync(
        IDocumentSession session, Guid id, Action<OutboxMessage> decide, Func<OutboxMessage, bool> may, CancellationToken cancel)
    {
        if (await session.LockAsync<OutboxMessage>(id, cancel) is not { } message) return Results.NotFound();
        if (may(message))
        {
            decide(message);
            session.Store(message);
            await session.SaveChangesAsync(cancel);
        }
        return Results.Redirect("/outbox");
    }
}

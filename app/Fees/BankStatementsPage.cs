using Crm.Institute;
using Crm.Seats;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Fees;

/// <param name="Form">What was sent of it where it was refused, else a fresh one.</param>
public sealed record DoubtfulView(CreditMatch Match, Form Form);

/// <param name="Later">How many wait that were not looked at yet, all of earlier days.</param>
/// <param name="Said">What was just done, or null.</param>
public sealed record BankStatementsView(
    IReadOnlyList<CreditMatch> Certain, IReadOnlyList<CreditMatch> Recorded, IReadOnlyList<DoubtfulView> Doubtful, int MoreDoubtful,
    int Later, IReadOnlyList<BankCredit> Decided, IReadOnlyList<BankStatement> Statements, Form Drop, Form Post, string? Said,
    InstituteClock Clock)
{
    /// <summary>What the button posts: each credit with its seat, as this page shows them.</summary>
    public string Shown => string.Join(' ', Certain.Select(m => $"{m.Credit.Id:N}:{m.Certain!.Seat.Id:N}"));
}

/// <summary>The managers' page on which bank statements are dropped, and their credits become payments.</summary>
public static class BankStatementsPage
{
    private const string Home = "/bank-statements";
    private const int MostDoubtful = 40, MostDecided = 50, MostStatements = 10, LongestWhy = 200, LongestName = 120;

    public static void Map(IEndpointRouteBuilder app)
    {
        var managers = app.MapGroup(Home).RequireAuthorization(Roles.BooksPolicy);
        managers.MapGet("", (HttpContext http, [AsParameters] Parts parts, CancellationToken cancel) =>
            ShowAsync(parts, Said(http.Request.Query), cancel));
        managers.MapPost("", DropAsync).TakesFilesOf(StatementFile.MostBytes + SentForms.MostBytes);
        managers.MapPost("/payments", PostAsync);
        managers.MapPost("/credits/{id:guid}/decision", DecideAsync);
        managers.MapPost("/credits/{id:guid}/reopening", ReopenAsync);
    }

    // Said to be services, since routes that are bound at build time would look for these parts in the body.
    public sealed record Parts(
        [FromServices] IDocumentSession Session, [FromServices] StatementDesk Desk, [FromServices] InstituteClock Clock);

    private static async Task<IResult> DropAsync(HttpContext http, [AsParameters] Parts parts, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var stamp = http.Stamp(parts.Clock);
        try
        {
            if (http.Request.Form.Files.GetFile("file") is not { } file) throw new Refusal("file", "Choose the file of the statement.");
            StatementFile.MustFit(file.Length);
            if (!await SentForm.ClaimAsync(parts.Session, form, stamp.At, cancel)) return Results.Redirect(Home);
            using var content = new MemoryStream();
            await file.CopyToAsync(content, cancel);
            var name = Characters.Line(Path.GetFileName(file.FileName));
            var taken = await StatementDesk.TakeInAsync(parts.Session, name.Length > LongestName ? name[..LongestName] : name,
                content.ToArray(), stamp, cancel);
            await parts.Session.SaveChangesAsync(cancel);
            return Results.Redirect($"{Home}?found={taken.Credits}&fresh={taken.New}&unread={taken.Unread.Count}");
        }
        catch (Refusal refusal)
        {
            parts.Session.EjectAllPendingChanges();
            form.Refuse(refusal);
            return await ShowAsync(parts, null, cancel, drop: form);
        }
    }

    private static async Task<IResult> PostAsync(HttpContext http, [AsParameters] Parts parts, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var shown = new HashSet<(Guid, Guid)>();
        foreach (var pair in form["shown"].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            if (pair.Split(':') is [var credit, var seat] && Guid.TryParse(credit, out var creditId) && Guid.TryParse(seat, out var seatId))
                shown.Add((creditId, seatId));
        var (posted, recognised) = await parts.Desk.PostCertainAsync(shown, form["byEmail"] == "true", http.Stamp(parts.Clock), cancel);
        return Results.Redirect($"{Home}?posted={posted}&recognised={recognised}");
    }

    private static async Task<IResult> DecideAsync(Guid id, HttpContext http, [AsParameters] Parts parts, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var (stamp, desk, choice) = (http.Stamp(parts.Clock), parts.Desk, form["choice"].Split(':'));
        try
        {
            var decided = choice switch
            {
                ["seat", var seat] when Guid.TryParse(seat, out var seatId) =>
                    await desk.PostAsync(id, seatId, false, false, stamp, cancel),
                ["payment", var payment] when Guid.TryParse(payment, out var paymentId) =>
                    await desk.RecogniseAsync(id, paymentId, stamp, cancel),
                ["other"] => await desk.PostAsync(id, await SeatOfAsync(parts.Session, form, cancel), false, false, stamp, cancel),
                ["none"] => await desk.DecideAsync(id, CreditStanding.Waiting, c => c.Refuse(WhyOf(form), stamp), cancel),
                _ => throw new Refusal("choice", "Choose what it is."),
            };
            return decided ? Results.Redirect(Home) : await ShowAsync(parts, await WhyNotAsync(parts.Session, id, cancel), cancel);
        }
        catch (Refusal refusal)
        {
            form.Refuse(refusal.Field is "rollNumber" or "why" ? refusal.Field : "choice", refusal.Message);
            return await ShowAsync(parts, null, cancel, refused: (id, form));
        }
    }

    // Whoever pressed is to know that it was not theirs that counts.
    private static async Task<string> WhyNotAsync(IQuerySession session, Guid id, CancellationToken cancel) =>
        await session.LoadAsync<BankCredit>(id, cancel) switch
        {
            null => "This credit is not there any more. Nothing was changed.",
            { Standing: CreditStanding.Waiting } => "What was chosen counts no more. Nothing was changed: look at the credit again.",
            { } credit => $"{credit.DecidedBy} has decided on this credit meanwhile: {Format.Words(credit.Standing).ToLowerInvariant()}. "
                + "Nothing was changed.",
        };

    private static async Task<IResult> ReopenAsync(Guid id, [AsParameters] Parts parts, CancellationToken cancel)
    {
        await parts.Desk.DecideAsync(id, CreditStanding.NotAFee, c => c.Reopen("It was called no fee before."), cancel);
        return Results.Redirect(Home);
    }

    private static async Task<Guid> SeatOfAsync(IQuerySession session, Form form, CancellationToken cancel)
    {
        var roll = form.Text("rollNumber", "the roll number", 40)?.ToUpperInvariant();
        var seat = roll is null ? null : await session.Query<Enrolment>().FirstOrDefaultAsync(e => e.RollNumber == roll, cancel);
        // Who went on to another seat is paid for there, whichever number a paper of theirs says.
        while (seat?.Left?.To is { } next) seat = await session.LoadAsync<Enrolment>(next, cancel);
        return seat?.Id ?? throw new Refusal("rollNumber", roll is null ? "Enter the roll number." : $"There is no seat {roll}.");
    }

    private static string WhyOf(Form form) =>
        form.Text("why", "what it is", LongestWhy) ?? throw new Refusal("why", "Say in a few words what it is.");

    private static async Task<IResult> ShowAsync(
        Parts parts, string? said, CancellationToken cancel, Form? drop = null, (Guid Credit, Form Form)? refused = null)
    {
        var (session, matches) = (parts.Session, await parts.Desk.MatchAsync(parts.Session, cancel));
        var doubtful = matches.Where(m => m.Recorded is null && m.Certain is null).ToList();
        var waiting = await session.Query<BankCredit>().CountAsync(c => c.Standing == CreditStanding.Waiting, cancel);
        var decided = await session.Query<BankCredit>().Where(c => c.DecidedAt != null).OrderByDescending(c => c.DecidedAt)
            .Take(MostDecided).ToListAsync(cancel);
        var statements = await session.Query<BankStatement>().OrderByDescending(s => s.At).Take(MostStatements).ToListAsync(cancel);
        DoubtfulView View(CreditMatch m) => new(m, refused?.Credit == m.Credit.Id ? refused.Value.Form.WithId() : Form.Fresh());
        var shown = doubtful.Take(MostDoubtful).Concat(doubtful.Skip(MostDoubtful).Where(m => m.Credit.Id == refused?.Credit));
        var view = new BankStatementsView([.. matches.Where(m => m.Certain is not null)], [.. matches.Where(m => m.Recorded is not null)],
            [.. shown.Select(View)], Math.Max(0, doubtful.Count - MostDoubtful), Math.Max(0, waiting - matches.Count), decided, statements,
            drop?.WithId() ?? Form.Fresh(), Form.Fresh(), said, parts.Clock);
        return new Page(BankStatements.Create(view), drop is null && refused is null ? 200 : StatusCodes.Status422UnprocessableEntity);
    }

    private static string? Said(IQueryCollection query)
    {
        int? Of(string name) => int.TryParse(query[name], out var number) ? number : null;
        if (Of("found") is { } found) return $"{Counted(found, "credit")} found, {Of("fresh") ?? 0} of them new."
            + (Of("unread") is > 0 and var unread ? $" {Counted(unread, "row")} could not be read: see below which." : "");
        return Of("posted") is { } posted
            ? $"{Counted(posted, "payment")} posted, {Of("recognised") ?? 0} found to be recorded already."
            : null;
    }

    internal static string Counted(int number, string thing) => number == 1 ? $"1 {thing}" : $"{number} {thing}s";
}

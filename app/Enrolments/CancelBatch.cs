using System.Globalization;
using Crm.Changes;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

/// <summary>What becomes of one student where a batch is cancelled.</summary>
/// <param name="Moves">Whether they go on to the other batch; else they are withdrawn, with all that they paid due back.</param>
/// <param name="Why">Why they cannot be moved; empty where they are, or where nobody is.</param>
public sealed record CancelLine(Enrolment Seat, string Name, bool Moves, string Why)
{
    public Money RefundDue => Moves ? Money.Zero : Seat.Kept;

    public string Words(CancelPlan plan, CurrentInstitute institute) => Moves ? $"moves to {plan.To!.Code}"
        : RefundDue == Money.Zero ? "is withdrawn, nothing was paid"
        : $"is withdrawn, {institute.Show(RefundDue)} due back";
}

/// <summary>What becomes of everybody. Pure.</summary>
/// <param name="To">Where they are moved to; null where all are withdrawn.</param>
public sealed record CancelPlan(Batch Batch, Batch? To, IReadOnlyList<CancelLine> Lines)
{
    /// <summary>Who has an open offer in it and stands on no list: whoever waits is called for that.</summary>
    public IReadOnlyList<Lead> Offered { get; init; } = [];

    public int Moved => Lines.Count(l => l.Moves);

    public Money RefundDue => Lines.Aggregate(Money.Zero, (sum, l) => sum + l.RefundDue);

    /// <summary>What was done, as a sentence without its end.</summary>
    public string Words => $"Cancelled {Batch.Code}: {Moved} moved{(To is null ? "" : $" to {To.Code}")}, {Lines.Count - Moved} withdrawn";

    /// <summary>Who is to be called whatever is emailed, as a sentence; empty where there is nobody.</summary>
    public string CallWords
    {
        get
        {
            string[] calls =
            [
                .. Batch.Waitlist.Count == 0 ? [] : new[] { $"{Batch.Waitlist.Count} on the list" },
                .. Offered.Count == 0 ? [] : new[] { $"{Offered.Count} with an open offer" },
            ];
            return calls.Length == 0 ? "" : $"To be called: {string.Join(", ", calls)}.";
        }
    }

    /// <summary>By which is told whether what was looked at is still what would happen.</summary>
    public string Seen => string.Join(' ',
    [
        .. Lines.Select(l =>
            $"{l.Seat.RollNumber}:{l.Seat.Version.ToString(CultureInfo.InvariantCulture)}:{(l.Moves ? "moves" : "leaves")}"),
        .. Offered.Select(l => l.Offer!.Id.ToString("N")), To?.Code,
    ]);

    /// <param name="students">In the order in which they are moved, as long as there are seats.</param>
    /// <param name="there">Who has a seat in the other batch already.</param>
    public static CancelPlan Make(
        Batch batch, Batch? to, IEnumerable<(Enrolment Seat, string Name)> students, IReadOnlyCollection<Guid> there, DateTimeOffset now)
    {
        var left = to?.SeatsLeftAt(now) ?? 0;
        var lines = new List<CancelLine>();
        foreach (var (seat, name) in students)
        {
            var why = to is null ? ""
                : there.Contains(seat.PersonId) ? $"has a seat in {to.Code} already"
                : left == 0 ? $"{to.Code} has no more seats"
                : null;
            if (why is null) left--;
            lines.Add(new CancelLine(seat, name, why is null, why ?? ""));
        }
        return new CancelPlan(batch, to, lines);
    }
}

/// <summary>Cancels a batch as one change: all of it happens, or nothing.</summary>
public sealed class CancelBatch(
    IDocumentStore store, SeatWriter seats, LeadWriter leads, SeatMoves moves, Waitlists waitlists, CurrentInstitute institute,
    InstituteClock clock)
{
    /// <summary>What would happen now.</summary>
    /// <returns>Null where there is no such batch.</returns>
    public async Task<CancelPlan?> PlanAsync(IQuerySession session, Guid id, Guid? toId, CancellationToken cancel)
    {
        if (await session.LoadAsync<Batch>(id, cancel) is not { } batch) return null;
        var to = toId is { } other ? await session.LoadAsync<Batch>(other, cancel) : null;
        return await PlanAsync(session, batch, to, cancel);
    }

    /// <summary>The batches of the same course that somebody can be moved to.</summary>
    public async Task<IReadOnlyList<Batch>> TargetsAsync(IQuerySession session, Batch batch, CancellationToken cancel) =>
        [.. (await OpenBatches.TakingAsync(session, batch.CourseId, clock.Today, cancel))
            .Where(b => b.Id != batch.Id && b.HasSeatAt(clock.Now))];

    /// <param name="seen">What the page showed, from <see cref="CancelPlan.Seen"/>.</param>
    /// <exception cref="Refusal">It cannot be, or what would happen is not what the page showed.</exception>
    public async Task CarryOutAsync(
        Guid id, Guid? toId, string why, bool byEmail, string seen, Form form, Stamp stamp, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        if (!await SentForm.ClaimAsync(session, form, stamp.At, cancel) || !form.Ok) return;
        var first = await SeatsOfAsync(session, id, cancel);
        var (waiting, offered) = await session.LoadAsync<Batch>(id, cancel) is { } before
            ? (before.Waitlist, await OpenOffers.InAsync(session, before, clock.Today, cancel))
            : ([], []);
        await session.LockStreamsAsync(
            [.. first.Select(s => s.LeadId), .. waiting.Select(w => w.LeadId), .. offered.Select(l => l.Id)], cancel);
        await session.LockStreamsAsync(first.Select(s => s.Id), cancel);
        var batches = await session.LockAllAsync<Batch>([id, .. toId is { } other ? [other] : Array.Empty<Guid>()], cancel);
        var batch = batches.First(b => b.Id == id);
        if (OpenBatches.WhyClosed(batch, clock.Today) is { } closed) throw new Refusal(closed);
        var plan = await PlanAsync(session, batch, batches.FirstOrDefault(b => b.Id == toId), cancel);
        if (plan.Seen != seen || !batch.Waitlist.SequenceEqual(waiting)) throw new Refusal(Overtaken);
        var course = (await session.LoadAsync<Course>(batch.CourseId, cancel))!;
        var about = new CourseRef(course.Id, course.Code, course.Name);
        foreach (var line in plan.Lines) await DealAsync(session, plan, line, new Wish(about, why, byEmail), stamp, cancel);
        foreach (var lead in plan.Offered)
            await leads.CallAboutAsync(session, lead.Id, $"{batch.Code} was cancelled, in which a seat was offered", stamp, cancel);
        await EndWaitsAsync(session, batch, stamp, cancel);
        batch.Cancelled = new Cancellation(stamp.By.Name, stamp.At, why);
        session.Store(batch);
        if (plan.To is { } to) await waitlists.SettleAsync(session, to, stamp, cancel);
        ChangeWriter.Record(session, ChangeKind.Cancellation, plan.Words, stamp, together: true);
        await session.SaveChangesAsync(cancel);
    }

    // What is the same for everybody.
    private sealed record Wish(CourseRef Course, string Why, bool ByEmail);

    private const string Overtaken = "What would happen has changed since you looked. Look at it again, then send it.";

    private Task DealAsync(
        IDocumentSession session, CancelPlan plan, CancelLine line, Wish wish, Stamp stamp, CancellationToken cancel) =>
        seats.ChangeAsync(session, line.Seat.Id, stamp, async work =>
        {
            var (seat, code) = (work.Seat, plan.Batch.Code);
            // Whoever is not written to is called. Of who was erased nothing is left to call.
            var isWritten = await session.LoadAsync<Person>(seat.PersonId, cancel) is { AddressForPapers: not null };
            var isCalled = !seat.IsErased && !(isWritten && (!line.Moves || wish.ByEmail));
            if (line.Moves) return await moves.MoveAsync(session, MoveOf(plan, seat, wish, isCalled), stamp, cancel);
            await leads.ChangeAsync(session, seat.LeadId, stamp, lead => Task.FromResult<IReadOnlyList<LeadEvent>>(
            [
                .. LeadRules.Withdraw(lead.Lead, new LeadWithdrew(seat.Id, code, seat.RollNumber, wish.Why)),
                .. isCalled ? [new FollowUpPlanned(Guid.CreateVersion7(stamp.At), stamp.At, Told(plan, ""))] : Array.Empty<LeadEvent>(),
            ]), null, cancel);
            plan.Batch.SeatsTaken--;
            return [Departures.WithdrawWithAll(seat, clock.Today, wish.Why, institute)];
        }, cancel);

    private static string Told(CancelPlan plan, string more) => $"{plan.Batch.Code} was cancelled, in which they had a seat{more}";

    // Price, discount and days stay: it is not the student who wanted another seat.
    private static SeatMove MoveOf(CancelPlan plan, Enrolment seat, Wish wish, bool isCalled)
    {
        var call = isCalled ? Told(plan, $": it is in {plan.To!.Code} now") : null;
        var agreed = new AgreedSeat(plan.To!, seat.Fee, seat.Discount, seat.Instalments)
        {
            Tax = seat.Tax,
            PlaceOfSupply = seat.PlaceOfSupply,
        };
        return new SeatMove(seat, plan.Batch, agreed, wish.Course, wish.Why, wish.ByEmail, call) { Cancelled = true };
    }

    private async Task EndWaitsAsync(IDocumentSession session, Batch batch, Stamp stamp, CancellationToken cancel)
    {
        foreach (var place in batch.Waitlist)
        {
            Waitlists.Leave(session, batch, place.LeadId, stamp.At);
            await leads.ChangeAsync(session, place.LeadId, stamp, work => Task.FromResult<IReadOnlyList<LeadEvent>>(
            [
                new WaitlistLeft(batch.Id, batch.Code, "It was cancelled"),
                .. LeadRules.CallAbout(work.Lead, $"{batch.Code} was cancelled, for which a seat was waited for", stamp.At),
            ]), null, cancel);
        }
        (batch.NextHoldEnd, batch.LostPlaces) = (null, []);
    }

    private async Task<CancelPlan> PlanAsync(IQuerySession session, Batch batch, Batch? to, CancellationToken cancel)
    {
        var students = await SeatsOfAsync(session, batch.Id, cancel);
        var there = to is null ? [] : (await SeatsOfAsync(session, to.Id, cancel)).Select(s => s.PersonId).ToHashSet();
        var people = (await session.LoadManyAsync<Person>(cancel, [.. students.Select(s => s.PersonId).Distinct()]))
            .ToDictionary(p => p.Id);
        var takes = to is not null && to.CourseId == batch.CourseId && to.Id != batch.Id && to.TakesPeopleOn(clock.Today);
        var offered = await OpenOffers.InAsync(session, batch, clock.Today, cancel);
        return CancelPlan.Make(batch, takes ? to : null, students.Select(s => (s, people[s.PersonId].Name.Text)), there, clock.Now) with
        {
            Offered = [.. offered.Where(l => batch.PlaceOf(l.Id) is null)],
        };
    }

    private static async Task<IReadOnlyList<Enrolment>> SeatsOfAsync(IQuerySession session, Guid batchId, CancellationToken cancel) =>
        (await session.Query<Enrolment>().Where(e => e.BatchId == batchId).ToListAsync(cancel)).Where(e => e.IsCurrent)
            .InReadingOrder(e => e.RollNumber);
}

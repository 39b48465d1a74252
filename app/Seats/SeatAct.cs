using Crm.Institute;
using Crm.Storage;
using Crm.Web;
using Htmx;
using Marten;
using RazorSlices;

namespace Crm.Seats;

/// <summary>One thing that staff do to a seat and its money. A pair of files like an act on a lead; its panel is on the card.</summary>
public abstract class SeatAct
{
    /// <summary>The noun that it is posted to: <c>payments</c> is <c>POST /enrolments/{id}/payments</c>.</summary>
    public abstract string Path { get; }

    /// <summary>Whether it is about money alone, which accountants may do too.</summary>
    public virtual bool IsOfMoney => false;

    /// <summary>Panels of one seat stand in this order.</summary>
    public abstract int Order { get; }

    /// <summary>Whether the panel is there at all. One that was refused is there all the same, with what was typed.</summary>
    public virtual bool IsOfferedTo(Enrolment seat) => true;

    /// <summary>The panel with its form, fresh or refused, of an act that needs no more than the seat for it.</summary>
    public virtual RazorSlice Panel(SeatPanel panel) => NoPanel.Create();

    /// <summary>The same of an act that has to look something up.</summary>
    public virtual Task<RazorSlice> PanelAsync(SeatPanel panel, IQuerySession session, CancellationToken cancel) =>
        Task.FromResult(Panel(panel));

    /// <summary>Locks what the act changes besides the seat and must be locked before it: see <see cref="RowLocks"/>.</summary>
    /// <param name="shown">The seat, which may have changed when it is locked.</param>
    public virtual Task LockAsync(Enrolment shown, IDocumentSession session, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Reads the form, refusing what is wrong in it, and decides what happens.</summary>
    /// <returns>Nothing where the form was refused.</returns>
    /// <exception cref="Refusal">The rules refuse; it is shown beside the field that it names.</exception>
    public abstract Task<IReadOnlyList<EnrolmentEvent>> DecideAsync(SeatForm sent, CancellationToken cancel);

    /// <summary>Is told when all that it decided is appended, just before that is saved; not where the form was refused.</summary>
    /// <param name="seat">As it now stands.</param>
    public virtual void Closing(Enrolment seat, IDocumentSession session, Stamp stamp) { }

    /// <summary>By which a refused form is found again on a page that shows several seats.</summary>
    public string KeyFor(Guid seatId) => $"{seatId}/{Path}";
}

/// <param name="Refused">What was typed where the form comes back, else null.</param>
public sealed record SeatPanel(SeatAct Act, Enrolment Seat, Form? Refused, InstituteClock Clock)
{
    public DateOnly Today => Clock.Today;

    /// <summary>The form to show: the refused one, or a fresh one with these values.</summary>
    public Form FormOf(params IEnumerable<Drawn> fresh) => Refused?.WithId() ?? Form.Fresh(fresh);

    /// <summary>The form to show what is stored in, to be changed: the refused one, or a fresh one.</summary>
    public Form FormShowing(params IEnumerable<Drawn> stored) => Refused?.WithId() ?? Form.Showing(stored);

    public ActView View(Form form, string title) =>
        new($"/enrolments/{Seat.Id}/{Act.Path}", form, title, Refused is not null, $"{Act.Path}-{Seat.RollNumber}");
}

/// <summary>A form that was sent, with the seat that it is about, which waits for the decision.</summary>
public sealed record SeatForm(Enrolment Seat, Stamp Stamp, Form Form, IDocumentSession Session, InstituteClock Clock)
{
    /// <summary>Decides by a rule, unless the form was refused while it was read.</summary>
    public Task<IReadOnlyList<EnrolmentEvent>> Decide(Func<IReadOnlyList<EnrolmentEvent>> rule) => Task.FromResult(Form.Ok ? rule() : []);
}

/// <summary>Carries out acts on seats, and answers with the page of their lead as it now is.</summary>
public sealed class SeatActRunner(SeatWriter writer, IActPage page, InstituteClock clock)
{
    public async Task<IResult> RunAsync(SeatAct act, Guid id, HttpContext http, IQuerySession session, CancellationToken cancel)
    {
        if (await session.LoadAsync<Enrolment>(id, cancel) is not { } shown) return Results.NotFound();
        var form = await Form.ReadAsync(http.Request, cancel);
        IReadOnlyList<EnrolmentEvent> done = [];
        try
        {
            await writer.ChangeAsync(id, http.Stamp(clock), async work => done = await SentForm.OnceAsync(work.Session, form,
                work.Stamp.At, () => act.DecideAsync(FormOf(work, form), cancel), cancel), cancel,
                locking => act.LockAsync(shown, locking, cancel), (work, seat) => act.Closing(seat, work.Session, work.Stamp));
        }
        catch (Refusal refusal)
        {
            form.Refuse(refusal);
        }
        if (form.Ok && http.ReturnTo(form) is { } elsewhere) return http.Go(elsewhere);
        if (form.Ok && !http.Request.IsHtmx()) return Results.Redirect(http.AsItStood($"/leads/{shown.LeadId}"));
        return await page.ShowAsync(http, shown.LeadId, null, ActOutcome.Of(act.KeyFor(id), form, done), cancel);
    }

    private SeatForm FormOf(SeatWork work, Form form) => work.Seat.IsErased
        ? throw new Refusal($"This student was erased as {work.Seat.ErasedAs}. Nothing can be added to what is left.")
        : new SeatForm(work.Seat, work.Stamp, form, work.Session, clock);
}

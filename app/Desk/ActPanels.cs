using System.Security.Claims;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.WebUtilities;
using RazorSlices;

namespace Crm.Desk;

/// <param name="Today">Decides which instalments are late.</param>
/// <param name="HasCertificate">Whether there is a certificate of attendance by now.</param>
public sealed record SeatView(Enrolment Seat, IReadOnlyList<RazorSlice> Panels, DateOnly Today, bool HasCertificate)
{
    public string Title => Seat.Left switch
    {
        null => $"Enrolled in {Seat.BatchCode}",
        { IsWithdrawal: true } => $"Withdrawn from {Seat.BatchCode}",
        _ => $"Moved on from {Seat.BatchCode}",
    };

    /// <summary>What the fee is that is shown: of a seat that was given up, what the institute keeps.</summary>
    public string FeeLabel => Seat.IsCurrent ? "Fee agreed" : "Fee kept";

    /// <summary>Whether it is said how much less than the fee was agreed: of a seat that was given up that tells nothing.</summary>
    public bool ShowsDiscount => Seat is { IsDiscounted: true, Left: null };

    /// <summary>What of the money received came from another seat or went on to one.</summary>
    public IEnumerable<(string Label, Money Amount)> Moved
    {
        get
        {
            if (Seat.MovedIn != Money.Zero) yield return ("Of that, moved", Seat.MovedIn);
            if (Seat.Left is { IsWithdrawal: false }) yield return ("Moved on", Seat.MovedOn);
        }
    }
}

/// <summary>An act's form in the place of a fact.</summary>
/// <param name="Body">The act's own fields.</param>
/// <param name="Back">The page without it.</param>
public sealed record FactFormView(ActView Act, RazorSlice Body, string Back);

/// <summary>Composes the person's page of the panels of all acts that were registered.</summary>
public sealed class ActPanels(
    IEnumerable<LeadAct> leadActs, IEnumerable<PersonAct> personActs, IEnumerable<SeatAct> seatActs, Certificates certificates,
    InstituteClock clock)
{
    public async Task<IReadOnlyDictionary<ActPlace, IReadOnlyList<RazorSlice>>> DrawAsync(
        ClaimsPrincipal user, Person person, Lead? lead, RefusedForm? refused, IQuerySession session, CancellationToken cancel)
    {
        if (!user.MayCounsel()) return new Dictionary<ActPlace, IReadOnlyList<RazorSlice>>();
        var drawn = new List<(ActPlace Place, int Order, RazorSlice Panel)>();
        // Where nothing came back, the first thing that can be done is unfolded.
        var first = refused is null && lead is not null
            ? leadActs.Where(a => a.Place == ActPlace.Composer && a.IsOfferedTo(lead, person)).MinBy(a => a.Order)
            : null;
        foreach (var act in lead is null ? [] : leadActs)
            if (!person.IsErased && act.IsOfferedTo(lead!, person) || refused?.Act == act.Path)
                drawn.Add((act.Place, act.Order, await act.PanelAsync(
                    new LeadPanel(act, lead!, person, FormOf(act.Path, refused), refused?.Act == act.Path || act == first, session, clock),
                    cancel)));
        foreach (var act in personActs)
            if (!person.IsErased && act.IsOfferedTo(person) || refused?.Act == act.Path)
                drawn.Add((act.Place, act.Order, await act.PanelAsync(
                    new PersonPanel(act, person, lead?.Id, FormOf(act.Path, refused), refused?.Act == act.Path, session), cancel)));
        return drawn.GroupBy(d => d.Place)
            .ToDictionary(g => g.Key, g => (IReadOnlyList<RazorSlice>)[.. g.OrderBy(d => d.Order).Select(d => ActFrame.Around(d.Panel))]);
    }

    /// <summary>The facts at the side of the page; the one that is asked for with its form in its place.</summary>
    /// <param name="open">The key of the fact that is to be changed; null for none.</param>
    public async Task<PersonFactsView> DrawFactsAsync(ClaimsPrincipal user, FactsShown shown, string? open, RefusedForm? refused,
        IQuerySession session, CancellationToken cancel)
    {
        var (person, lead, _, page) = shown;
        var offered = user.MayCounsel() && !person.IsErased
            ? personActs.Where(a => a.IsOfferedTo(person)).SelectMany(a => a.Facts)
                .Concat(lead is null ? [] : leadActs.Where(a => a.IsOfferedTo(lead, person)).SelectMany(a => a.Facts)).ToHashSet()
            : [];
        var facts = new List<FactView>();
        foreach (var fact in shown.Facts)
        {
            var isOpen = fact.Key.Length > 0 && fact.Key == open && (offered.Contains(fact.Key) || refused is not null);
            var form = isOpen ? await FactFormAsync(shown, fact.Key, refused, session, cancel) : null;
            facts.Add(new FactView(fact, offered.Contains(fact.Key) ? QueryHelpers.AddQueryString(page, "edit", fact.Key) : null, form));
        }
        return new PersonFactsView(facts, page);
    }

    private async Task<RazorSlice?> FactFormAsync(
        FactsShown shown, string fact, RefusedForm? refused, IQuerySession session, CancellationToken cancel)
    {
        var (person, lead, _, page) = shown;
        var body = leadActs.FirstOrDefault(a => a.Facts.Contains(fact)) is { } leadAct
            ? lead is null ? null : await leadAct.PanelAsync(
                new LeadPanel(leadAct, lead, person, FormOf(leadAct.Path, refused), true, session, clock) { Fact = fact }, cancel)
            : personActs.FirstOrDefault(a => a.Facts.Contains(fact)) is { } personAct
                ? await personAct.PanelAsync(
                    new PersonPanel(personAct, person, lead?.Id, FormOf(personAct.Path, refused), true, session) { Fact = fact }, cancel)
                : null;
        return body is IPanelBody { Act: var act } ? FactForm.Create(new FactFormView(act, body, page)) : null;
    }

    /// <summary>A seat's card, with what can be done about its money.</summary>
    public async Task<SeatView> DrawSeatAsync(
        ClaimsPrincipal user, Enrolment seat, RefusedForm? refused, IQuerySession session, CancellationToken cancel)
    {
        var panels = new List<RazorSlice>();
        foreach (var act in seatActs.Where(a => a.IsOfMoney ? user.MayTakeMoney() : user.MayCounsel()).OrderBy(a => a.Order))
        {
            var form = FormOf(act.KeyFor(seat.Id), refused);
            if (form is not null || !seat.IsErased && act.IsOfferedTo(seat))
                panels.Add(ActFrame.Around(await act.PanelAsync(new SeatPanel(act, seat, form, clock), session, cancel)));
        }
        return new SeatView(seat, panels, clock.Today, await certificates.HasAsync(seat, session, cancel));
    }

    private static Form? FormOf(string act, RefusedForm? refused) => refused?.Act == act ? refused.Form : null;
}

using Crm.Institute;
using Crm.People;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Leads;

/// <summary>
/// One thing that staff do to a lead. An act is a pair of files, <c>X.cs</c> with its form and the call of its rule, and
/// <c>X.cshtml</c> with its panel, registered once in its room.
/// </summary>
public abstract class LeadAct
{
    /// <summary>The noun that it is posted to: <c>notes</c> is <c>POST /leads/{id}/notes</c>.</summary>
    public abstract string Path { get; }

    public virtual ActPlace Place => ActPlace.Actions;

    /// <summary>Panels of one place stand in this order.</summary>
    public abstract int Order { get; }

    /// <summary>The facts on the person's page that it changes in their place, by their keys.</summary>
    public virtual IReadOnlyList<string> Facts => [];

    /// <summary>The name by which the page to which one comes back is told of which lead it was; null where it is told nothing.</summary>
    public virtual string? TellsAs => null;

    /// <summary>Whether the panel is there at all. One that was refused is there all the same, with what was typed.</summary>
    public virtual bool IsOfferedTo(Lead lead, Person person) => true;

    /// <summary>The panel with its form, fresh or refused.</summary>
    public abstract Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel);

    /// <summary>Reads the form, refusing what is wrong in it, and decides what happens.</summary>
    /// <returns>Nothing where the form was refused.</returns>
    /// <exception cref="Refusal">The rules refuse; it is shown beside the field that it names.</exception>
    public abstract Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel);
}

/// <summary>What a panel is drawn from.</summary>
/// <param name="Refused">What was typed where the form comes back, else null.</param>
/// <param name="IsOpen">Whether the panel is unfolded.</param>
public sealed record LeadPanel(
    LeadAct Act, Lead Lead, Person Person, Form? Refused, bool IsOpen, IQuerySession Session, InstituteClock Clock)
{
    public string Action => $"/leads/{Lead.Id}/{Act.Path}";

    /// <summary>The fact in whose place the form stands; null where it stands in its panel.</summary>
    public string? Fact { get; init; }

    /// <summary>The form to show: the refused one, or a fresh one with these values.</summary>
    public Form FormOf(params IEnumerable<Drawn> fresh) => Here(Refused?.WithId() ?? Form.Fresh(fresh));

    /// <summary>The form to show what is stored in, to be changed: the refused one, or a fresh one.</summary>
    public Form FormShowing(params IEnumerable<Drawn> stored) => Here(Refused?.WithId() ?? Form.Showing(stored));

    public ActView View(Form form, string title) => new(Action, form, title, IsOpen, ActView.PrefixOf(Act.Path, Fact));

    private Form Here(Form form)
    {
        if (Fact is not null) form[Form.Fact] = Fact;
        form.Remember(LeadForm.FollowUp, Lead.FollowUp?.Id.ToString() ?? "");
        return form;
    }
}

/// <summary>A form that was sent, with the lead that it is about, which waits for the decision.</summary>
public sealed record LeadForm(Lead Lead, Stamp Stamp, Form Form, IDocumentSession Session, InstituteClock Clock)
{
    /// <summary>By which each form says which follow-up its page showed.</summary>
    public const string FollowUp = "followUp";

    /// <summary>The follow-up that the page showed: a colleague may have planned another since. Null where it showed none.</summary>
    public Guid? SeenFollowUp => Guid.TryParse(Form.Remembered(FollowUp), out var id) ? id : null;

    /// <exception cref="Refusal">The events would end a follow-up that the page did not show.</exception>
    public IReadOnlyList<LeadEvent> SparingUnseen(IReadOnlyList<LeadEvent> events)
    {
        if (Lead.FollowUp is not { } planned || planned.Id == SeenFollowUp || !events.Any(e => e is FollowUpDone or FollowUpCancelled))
            return events;
        throw new Refusal($"“{planned.Purpose}” was planned for {Format.DateAndTime(Clock.Local(planned.DueAt))} meanwhile, "
            + "which this would end. What you typed is still here: send it again if that is right.");
    }

    /// <summary>Decides by a rule, unless the form was refused while it was read.</summary>
    public Task<IReadOnlyList<LeadEvent>> Decide(Func<IReadOnlyList<LeadEvent>> rule) =>
        Task.FromResult(Form.Ok ? rule() : []);
}

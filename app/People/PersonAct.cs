using Crm.Institute;
using Crm.Web;
using Htmx;
using Marten;
using RazorSlices;

namespace Crm.People;

/// <summary>One thing that staff do to a person, whatever they want to learn. A pair of files like an act on a lead.</summary>
public abstract class PersonAct
{
    /// <summary>The noun that it is posted to: <c>emails</c> is <c>POST /people/{id}/emails</c>.</summary>
    public abstract string Path { get; }

    public virtual ActPlace Place => ActPlace.Actions;

    /// <summary>Panels of one place stand in this order, those of leads among them.</summary>
    public abstract int Order { get; }

    /// <summary>The facts on the person's page that it changes in their place, by their keys.</summary>
    public virtual IReadOnlyList<string> Facts => [];

    /// <summary>Whether the panel is there at all. One that was refused is there all the same, with what was typed.</summary>
    public virtual bool IsOfferedTo(Person person) => true;

    /// <summary>What it has done, in a sentence, where no event tells it; else null.</summary>
    public virtual string? Says(Form sent) => null;

    /// <summary>The panel with its form, fresh or refused.</summary>
    public abstract Task<RazorSlice> PanelAsync(PersonPanel panel, CancellationToken cancel);

    /// <summary>Reads the form, refusing what is wrong in it, and decides what happens.</summary>
    /// <exception cref="Refusal">The rules refuse; it is shown beside the field that it names.</exception>
    public abstract Task<IReadOnlyList<PersonEvent>> DecideAsync(PersonForm sent, CancellationToken cancel);
}

/// <param name="Refused">What was typed where the form comes back, else null.</param>
/// <param name="LeadId">The lead that the page shows, to come back to.</param>
public sealed record PersonPanel(PersonAct Act, Person Person, Guid? LeadId, Form? Refused, bool IsOpen, IQuerySession Session)
{
    public string Action => $"/people/{Person.Id}/{Act.Path}";

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
        form["lead"] = LeadId?.ToString() ?? "";
        return form;
    }
}

/// <summary>A form that was sent, with the person that it is about, who waits for the decision.</summary>
public sealed record PersonForm(Person Person, Stamp Stamp, Form Form, IDocumentSession Session)
{
    /// <summary>Decides by a rule, unless the form was refused while it was read.</summary>
    public Task<IReadOnlyList<PersonEvent>> Decide(Func<IReadOnlyList<PersonEvent>> rule) => Task.FromResult(Form.Ok ? rule() : []);
}

/// <summary>Carries out acts on persons, and answers with the page as it now is.</summary>
public sealed class PersonActRunner(IDocumentStore store, IActPage page, InstituteClock clock)
{
    public async Task<IResult> RunAsync(PersonAct act, Guid id, HttpContext http, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var found = false;
        IReadOnlyList<PersonEvent> done = [];
        try
        {
            (found, done) = await ChangeAsync(act, id, form, http.Stamp(clock), cancel);
        }
        catch (Refusal refusal)
        {
            found = true;
            form.Refuse(refusal);
        }
        var lead = Guid.TryParse(form["lead"], out var shown) ? shown : (Guid?)null;
        if (form.Ok && found && !http.Request.IsHtmx())
            return Results.Redirect(http.AsItStood(lead is null ? $"/people/{id}" : $"/leads/{lead}"));
        return await page.ShowAsync(http, lead, id, ActOutcome.Of(act.Path, form, done, act.Says(form)), cancel);
    }

    private async Task<(bool Found, IReadOnlyList<PersonEvent> Done)> ChangeAsync(
        PersonAct act, Guid id, Form form, Stamp stamp, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        IReadOnlyList<PersonEvent> done = [];
        var after = await PersonWriter.ChangeAsync(session, id, stamp, async person => done = await SentForm.OnceAsync(session, form,
            stamp.At, () => act.DecideAsync(new PersonForm(Current(person), stamp, form, session), cancel), cancel), cancel);
        await session.SaveChangesAsync(cancel);
        return (after is not null, done);
    }

    // The record that gave way is kept as it was: only so can the two be split again.
    private static Person Current(Person person) => person.IsErased
        ? throw new Refusal($"This person was erased as {person.ErasedAs}. Nothing can be added to what is left.")
        : person.MergedInto is null ? person
        : throw new Refusal("This record was merged into another meanwhile, which is shown now. What you typed is still here: "
            + "look at it again, then save.");
}

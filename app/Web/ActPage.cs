using Crm.Institute;

namespace Crm.Web;

/// <summary>Where on the person's page an act stands.</summary>
public enum ActPlace
{
    /// <summary>Under the name: how far the lead has come.</summary>
    Head,

    /// <summary>What comes next, above everything else.</summary>
    Next,

    /// <summary>What is written down or sent day by day: a tab above the timeline.</summary>
    Composer,

    /// <summary>One of the other things that can be done.</summary>
    Actions,

    /// <summary>Beside what is known of the person.</summary>
    Facts,
}

/// <summary>A form of a page that was sent and refused: it is shown again with what was typed and what is wrong.</summary>
/// <param name="Act">The path of the act whose form it is.</param>
public sealed record RefusedForm(string Act, Form Form);

/// <summary>What came of a form that was sent.</summary>
/// <param name="Refused">Null where it was taken.</param>
/// <param name="Done">What happened, of which the page tells; nothing where it was refused, or all was so already.</param>
public sealed record ActOutcome(RefusedForm? Refused, IReadOnlyList<StoredEvent> Done)
{
    /// <summary>What is to be said instead, in a sentence, of what no event tells; null where they do.</summary>
    public string? Says { get; init; }

    /// <param name="act">The path of the act whose form it is.</param>
    /// <param name="says">What is said of what no event tells.</param>
    public static ActOutcome Of(string act, Form form, IReadOnlyList<StoredEvent> done, string? says = null) => form.Ok
        ? new ActOutcome(null, done) { Says = form.WasSent ? "This was done already, and is done once." : says }
        : new ActOutcome(new RefusedForm(act, form), []);
}

/// <summary>The page on which acts stand. A room that acts knows of it only this.</summary>
public interface IActPage
{
    /// <param name="leadId">The lead that was acted on, or null where it was the person.</param>
    /// <param name="personId">The person that was acted on, or null where it was the lead.</param>
    /// <param name="outcome">Null where nothing was sent.</param>
    /// <returns>The page, or with htmx the part of it that changes; not found where there is nothing with that id.</returns>
    Task<IResult> ShowAsync(HttpContext http, Guid? leadId, Guid? personId, ActOutcome? outcome, CancellationToken cancel);
}

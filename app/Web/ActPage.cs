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

/// <summary>The page on which acts stand. A room that acts knows of it only this.</summary>
public interface IActPage
{
    /// <param name="leadId">The lead that was acted on, or null where it was the person.</param>
    /// <param name="personId">The person that was acted on, or null where it was the lead.</param>
    /// <returns>The page, or with htmx the part of it that changes; not found where there is nothing with that id.</returns>
    Task<IResult> ShowAsync(HttpContext http, Guid? leadId, Guid? personId, RefusedForm? refused, CancellationToken cancel);
}

using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;

namespace Crm.Desk;

/// <summary>What a press did, with the thing it did it to, as it is said for a moment: in the words of the timeline.</summary>
public sealed class SaidOfActs(TimelineWords words, InstituteClock clock)
{
    // What is said for a moment is read at a glance.
    private const int Most = 2;

    /// <returns>A sentence or two.</returns>
    public string Of(ActOutcome outcome)
    {
        if (outcome.Says is { } own) return own;
        var act = new ActOfEvents(outcome.Done);
        var told = outcome.Done.Where(e => !act.IsToldWithAnother(e)).ToList();
        // What comes with something else is not said beside it.
        var main = told.Where(e => !IsAside(e)).ToList();
        var said = (main.Count > 0 ? main : told).Select(e => Say(e, act)).Distinct().ToList();
        if (said.Count == 0) return "Nothing was changed: it is so already.";
        if (said.Count > Most) said = [.. said.Take(Most), $"{said.Count - Most} more in the timeline"];
        return string.Join(" ", said.Select(EndOf));
    }

    private static bool IsAside(StoredEvent e) => e is FollowUpDone or FollowUpCancelled or StageChanged or StageMoveUndone;

    // Short where the timeline's line goes on with what is said here.
    private string Say(StoredEvent e, ActOfEvents act) => e switch
    {
        NoteAdded => "Note added",
        FollowUpPlanned planned => $"Follow-up planned for {Format.DayAndTime(clock.Local(planned.DueAt))}",
        LeadLost lost => $"Marked as lost: {Format.Words(lost.Reason).ToLowerInvariant()}",
        ConsentWithdrawn withdrawn => $"Stopped {Name(withdrawn.Purpose)}",
        _ => words.Of(e, act).Title,
    };

    private static string Name(Purpose purpose) =>
        purpose == Purpose.WhatsApp ? Format.Words(purpose) : Format.Words(purpose).ToLowerInvariant();

    private static string EndOf(string said) => said[^1] is '.' or '!' or '?' ? said : said + ".";
}

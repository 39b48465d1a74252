using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Counselling;

/// <summary>Takes back what the same person has just done to the lead by one press, as if it had not been.</summary>
public sealed partial class TakeBack : LeadAct
{
    /// <summary>By which the form says at which version what it takes back had left the lead.</summary>
    public const string After = "after";

    public override string Path => "undoing";
    public override ActPlace Place => ActPlace.Next;
    public override string TellsAs => "lead";
    public override int Order => 30;

    // It stands beside the words that tell what was done, and nowhere else.
    public override bool IsOfferedTo(Lead lead, Person person) => false;

    public override Task<RazorSlice> PanelAsync(LeadPanel panel, CancellationToken cancel) =>
        Task.FromResult<RazorSlice>(Create(panel.View(panel.FormOf(), "Not taken back")));

    public override async Task<IReadOnlyList<LeadEvent>> DecideAsync(LeadForm sent, CancellationToken cancel)
    {
        if (await FindAsync(sent.Session, sent.Lead.Id, sent.Stamp.By.UserId, cancel) is { } last
            && sent.Form.Remembered(After) == $"{last.After}")
            return [last.Undone()];
        throw new Refusal("This was not taken back: something else happened to the lead since, as the timeline tells.");
    }

    /// <returns>What a member of staff did to a lead last; null where it was somebody else, or nothing that a press takes back.</returns>
    public static async Task<LastAct?> FindAsync(IQuerySession session, Guid lead, Guid? user, CancellationToken cancel)
    {
        var history = await session.Events.FetchStreamAsync(lead, token: cancel);
        List<LeadEvent> known = [.. history.Select(e => e.Data).OfType<LeadEvent>()];
        // What a later program wrote is not understood, and so is not put back.
        return known.Count == history.Count && user is { } id ? LastAct.Of(lead, known, id) : null;
    }
}

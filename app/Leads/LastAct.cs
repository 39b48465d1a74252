namespace Crm.Leads;

/// <summary>What one member of staff did to a lead last, by one press: a call with what follows from it, or a follow-up that is done. A
/// press can be a slip, and is taken back by one.</summary>
/// <param name="Lead">As it was before.</param>
/// <param name="Version">Of the lead before.</param>
/// <param name="Events">What came of the press.</param>
public sealed record LastAct(Lead Lead, int Version, IReadOnlyList<LeadEvent> Events)
{
    public DateTimeOffset At => Events[0].At;

    /// <summary>The version at which it left the lead.</summary>
    public int After => Version + Events.Count;

    /// <param name="history">All that happened to the lead.</param>
    /// <returns>Null where the last that happened was not theirs, or is not taken back by a press: a seat, an email.</returns>
    public static LastAct? Of(Guid lead, IReadOnlyList<LeadEvent> history, Guid user)
    {
        if (history.LastOrDefault() is not { } last || last.By.UserId != user) return null;
        var before = history.TakeWhile(e => e.At != last.At || e.By.UserId != user).ToList();
        List<LeadEvent> events = [.. history.Skip(before.Count)];
        if (!events.All(IsOfAPress) || !events.Any(e => e is ContactLogged or FollowUpDone)) return null;
        return before.Aggregate((Lead?)null, (l, e) => Lead.Next(l, lead, e)) is { } was ? new LastAct(was, before.Count, events) : null;
    }

    /// <summary>Puts the lead back, also its follow-up, its stage and its figures.</summary>
    public LeadRestored Undone() => new(Guid.Empty, Version, [At], Lead);

    private static bool IsOfAPress(LeadEvent e) =>
        e is ContactLogged or StageChanged or FollowUpPlanned or FollowUpDone or FollowUpCancelled or LeadLost;
}

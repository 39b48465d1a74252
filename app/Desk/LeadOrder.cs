using Crm.People;

namespace Crm.Desk;

/// <summary>An order of leads <c>d</c> with their persons <c>p</c>, in which ids break ties.</summary>
/// <param name="Column">What it goes by.</param>
internal sealed record LeadOrder(string Column, bool Descending)
{
    public LeadOrder Upwards => this with { Descending = !Descending };

    /// <summary>The same of rows <c>d</c> that have the column as their <c>key</c>.</summary>
    public LeadOrder ByKey => this with { Column = "d.key" };

    /// <summary>What comes after a place in it that is given by two values.</summary>
    public string After => $"({Column}, d.id) {Sign} (?, ?)";

    /// <summary>What comes after it, and the place itself.</summary>
    public string From => $"({Column}, d.id) {Sign}= (?, ?)";

    /// <summary>What has a place's key or comes after it, given by one value.</summary>
    public string FromKey => $"{Column} {Sign}= ?";

    public string Direction => Descending ? "desc" : "asc";

    private char Sign => Descending ? '<' : '>';

    /// <param name="asRow">By one value of both, which no index has.</param>
    public string By(bool asRow = false) =>
        asRow ? $"({Column}, d.id) {Direction}" : $"{Column} {Direction}, d.id {Direction}";

    public static LeadOrder Of(LeadSort sort) => sort switch
    {
        LeadSort.Activity => new("d.last_activity_at", true),
        LeadSort.Name => new($"p.sort_name collate \"{PeopleRoom.SortCollation}\"", false),
        LeadSort.FollowUp => new("d.follow_up_due_at", false),
        LeadSort.Unplanned => new("d.unplanned_since", false),
        _ => new("d.received_at", true),
    };
}

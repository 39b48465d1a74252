using Crm.Institute;
using Crm.Leads;

namespace Crm.Desk;

/// <summary>One lead in a list.</summary>
public sealed record LeadLineView(LeadEntry Entry, InstituteClock Clock)
{
    /// <summary>What sources are called, where they are shown.</summary>
    public SourceBook Book { get; init; } = new();

    public IReadOnlyList<LeadColumn> Columns { get; init; } = LeadColumns.Usual;

    /// <summary>The list in which it stands, through which one goes on from its page.</summary>
    public LeadFilter List { get; init; } = new();

    public string Address => LeadTrail.Open(Row, List);

    /// <exception cref="InvalidOperationException">What is stored cannot be read.</exception>
    public LeadRow Row => Entry.Row ?? throw new InvalidOperationException($"The lead {Entry.Id} cannot be read.", Entry.Problem);

    public bool IsOverdue => Row.Lead.FollowUp?.IsOverdueAt(Clock.Now) == true;

    /// <summary>How a cell looks, such as that of what should have been done by now.</summary>
    public string ClassOf(LeadColumn column) => column.Key == "followup" && IsOverdue ? "late" : "";

    public bool OfferRanOut => Row.Lead.OfferRanOutBy(Clock.Today);
}

/// <summary>What stands in the place of a lead that cannot be shown.</summary>
public sealed record BrokenLeadView(Guid Id, bool InTable);

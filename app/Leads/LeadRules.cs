using Crm.Institute;
using Crm.Web;

namespace Crm.Leads;

/// <summary>The decisions about a lead. Each takes the lead as it stands and returns what then happened, or throws <see cref="Refusal"/>.</summary>
public static class LeadRules
{
    private const string Alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

    /// <summary>A short reference without letters that are misheard or misread; 30 bits of the lead's id.</summary>
    public static string ReferenceOf(Guid id)
    {
        var bytes = id.ToByteArray(bigEndian: true);
        var bits = BitConverter.ToUInt32(bytes, 10);
        return "L-" + string.Create(6, bits, (span, value) =>
        {
            for (var i = 0; i < span.Length; i++, value >>= 5) span[i] = Alphabet[(int)(value & 31)];
        });
    }

    public static IReadOnlyList<object> LogContact(Lead lead, Actor by, ContactChannel channel, ContactOutcome outcome, string? note)
    {
        var events = new List<object> { new ContactLogged(by.At, by.Name, channel, outcome, Blank(note)) };
        if (lead.Stage == LeadStage.New && outcome == ContactOutcome.Connected)
            events.Add(new StageChanged(by.At, by.Name, LeadStage.New, LeadStage.Contacted));
        if (lead.FollowUp is { } due && outcome == ContactOutcome.Connected && due.DueAt <= by.At.AddHours(12))
            events.Add(new FollowUpDone(by.At, by.Name, due.Id, null));
        return events;
    }

    public static IReadOnlyList<object> AddNote(Lead lead, Actor by, string? text)
    {
        if (Blank(text) is not { } note) throw new Refusal("text", "Write the note first.");
        return [new NoteAdded(by.At, by.Name, note)];
    }

    public static IReadOnlyList<object> Schedule(Lead lead, Actor by, Guid followUpId, DateTimeOffset dueAt, string? purpose)
    {
        if (!lead.IsOpen) throw new Refusal($"{lead.Name} is {lead.Stage.ToString().ToLowerInvariant()}: reopen the lead before planning a follow-up.");
        if (dueAt <= by.At) throw new Refusal("date", "Choose a time still to come.");
        if (dueAt > by.At.AddYears(1)) throw new Refusal("date", "Choose a day within the next year.");
        var events = new List<object>();
        if (lead.FollowUp is { } earlier) events.Add(new FollowUpCancelled(by.At, by.Name, earlier.Id, "Rescheduled"));
        events.Add(new FollowUpScheduled(by.At, by.Name, followUpId, dueAt, Blank(purpose) ?? "Call"));
        return events;
    }

    public static IReadOnlyList<object> CompleteFollowUp(Lead lead, Actor by, string? outcome) =>
        lead.FollowUp is { } due
            ? [new FollowUpDone(by.At, by.Name, due.Id, Blank(outcome))]
            : throw new Refusal("This follow-up was already done or rescheduled.");

    /// <summary>Moves an open lead between the stages that are a counsellor's word; an offer, an enrolment and a loss have forms of their own.</summary>
    public static IReadOnlyList<object> MoveTo(Lead lead, Actor by, LeadStage to)
    {
        if (lead.Stage == to) return [];
        if (!lead.IsOpen) throw new Refusal("stage", $"{lead.Name} is {lead.Stage.ToString().ToLowerInvariant()}: reopen the lead first.");
        return to switch
        {
            LeadStage.New or LeadStage.Contacted or LeadStage.Counselled => [new StageChanged(by.At, by.Name, lead.Stage, to)],
            LeadStage.Offered => throw new Refusal("stage", "Make the offer on the lead's page: it needs a batch and a fee."),
            LeadStage.Enrolled => throw new Refusal("stage", "Enrol on the lead's page: it takes a seat in a batch."),
            _ => throw new Refusal("stage", "Mark the lead lost on its page: it needs a reason."),
        };
    }

    public static IReadOnlyList<object> Assign(Lead lead, Actor by, Guid counsellorId, string counsellorName) =>
        lead.CounsellorId == counsellorId ? [] : [new LeadAssigned(by.At, by.Name, counsellorId, counsellorName)];

    public static IReadOnlyList<object> MakeOffer(Lead lead, Actor by, Offer offer, DateOnly today)
    {
        if (!lead.IsOpen) throw new Refusal($"{lead.Name} is {lead.Stage.ToString().ToLowerInvariant()}: reopen the lead before making an offer.");
        if (offer.Discount < 0) throw new Refusal("discount", "A discount cannot be negative.");
        if (offer.Discount > offer.Fee) throw new Refusal("discount", $"The discount cannot exceed the fee of {Format.Rupees(offer.Fee)}.");
        if (offer.ValidUntil < today) throw new Refusal("validUntil", "Choose today or a later day.");
        return [new OfferMade(by.At, by.Name, offer)];
    }

    public static IReadOnlyList<object> Enrol(Lead lead, Actor by, LeadEnrolled enrolled)
    {
        if (lead.Stage == LeadStage.Enrolled) throw new Refusal($"{lead.Name} already has a seat.");
        var events = new List<object>();
        if (lead.Stage == LeadStage.Lost) events.Add(new LeadReopened(by.At, by.Name, "Enrolled after all"));
        if (lead.FollowUp is { } due) events.Add(new FollowUpCancelled(by.At, by.Name, due.Id, "Enrolled"));
        events.Add(enrolled);
        return events;
    }

    public static IReadOnlyList<object> Lose(Lead lead, Actor by, LostReason reason, string? note)
    {
        if (!lead.IsOpen) throw new Refusal($"{lead.Name} is already {lead.Stage.ToString().ToLowerInvariant()}.");
        var events = new List<object>();
        if (lead.FollowUp is { } due) events.Add(new FollowUpCancelled(by.At, by.Name, due.Id, "Lost"));
        events.Add(new LeadLost(by.At, by.Name, reason, Blank(note)));
        return events;
    }

    public static IReadOnlyList<object> Reopen(Lead lead, Actor by, string? why)
    {
        if (lead.Stage != LeadStage.Lost) throw new Refusal($"{lead.Name} is not lost.");
        return [new LeadReopened(by.At, by.Name, Blank(why) ?? "Reopened")];
    }

    public static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}

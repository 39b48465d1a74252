using System.Text.Json.Serialization;
using Crm.Institute;

namespace Crm.Changes;

/// <summary>What sort of act on many things a change is.</summary>
public enum ChangeKind
{
    Import, Merge, Split, Bulk, Transfer, Export, Undo,

    /// <summary>Of a seat that was given up.</summary>
    Withdrawal,

    /// <summary>Of a batch with all its seats.</summary>
    Cancellation,
}

/// <summary>How far a change has come: <see cref="Running"/> until all of it is carried out, <see cref="Undoing"/> while it is taken
/// back, and <see cref="PartlyUndone"/> where some of it was left as it is.</summary>
public enum ChangeStatus { Running, Stopped, Done, Undoing, PartlyUndone, Undone }

/// <summary>One act on many things: who, when, what, and how far it has come. What it touched are its rows, <see cref="ChangeRows"/>.
/// It is kept in the transactions of what it does.</summary>
public sealed class Change
{
    public Guid Id { get; set; }
    public ChangeKind Kind { get; set; }
    public Actor By { get; set; } = Actor.System;
    public DateTimeOffset At { get; set; }

    /// <summary>When all of it was carried out; null until then.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>What was done, as a sentence without its end: "Merged Anu into Anu George".</summary>
    public string Words { get; set; } = "";
    public ChangeStatus Status { get; set; }

    /// <summary>The change that this one undoes; null where it undoes none.</summary>
    public Guid? Undoes { get; set; }

    /// <summary>The change by which this one was undone the last time, or is being undone.</summary>
    public Guid? UndoneBy { get; set; }

    /// <summary>How many rows are noted.</summary>
    public int Rows { get; set; }

    /// <summary>Of how many persons, leads and seats something was made or changed.</summary>
    public int People { get; set; }
    public int Leads { get; set; }
    public int Seats { get; set; }

    /// <summary>How much is to be done, and how much was looked at, in the unit of who does it: for its progress.</summary>
    public int Total { get; set; }
    public int Seen { get; set; }

    /// <summary>How much was left out, or left as it is, each with its reason.</summary>
    public int LeftOut { get; set; }

    /// <summary>Whether somebody may ask to have it undone.</summary>
    [JsonIgnore]
    public bool CanBeUndone =>
        Kind is not (ChangeKind.Export or ChangeKind.Transfer or ChangeKind.Withdrawal or ChangeKind.Cancellation)
        && People + Leads + Seats > 0
        && Status is (ChangeStatus.Done or ChangeStatus.Stopped or ChangeStatus.PartlyUndone);

    /// <summary>Why nobody may ask for it, in a sentence; null where there is nothing to say.</summary>
    /// <param name="batch">What the institute calls a batch.</param>
    public string? WhyNotUndone(Noun batch) => Kind switch
    {
        ChangeKind.Transfer => "It cannot be undone here: money went along, and the seat that was left may be somebody else's by now. "
            + "Move the student back from the seat instead: that counts seats and money anew.",
        ChangeKind.Withdrawal => "It cannot be undone here: what is due back is said, and the seat may be somebody else's by now. "
            + "Reopen the lead and enrol again instead.",
        ChangeKind.Cancellation =>
            $"It cannot be undone here: seats and money went to other {batch.Many}. Move each student instead.",
        _ => null,
    };

    /// <summary>Whether somebody may have it end before all of it is carried out.</summary>
    [JsonIgnore] public bool CanBeStopped => Kind == ChangeKind.Bulk && Status == ChangeStatus.Running;

    /// <summary>Whether work on it goes on by itself.</summary>
    [JsonIgnore] public bool IsAtWork => Status is ChangeStatus.Running or ChangeStatus.Undoing;

    /// <summary>Whoever did it may take it back, and managers may.</summary>
    public bool MayBeUndoneBy(Guid userId, bool manager) => CanBeUndone && (manager || By.UserId == userId);

    /// <summary>The same of stopping it.</summary>
    public bool MayBeStoppedBy(Guid userId, bool manager) => CanBeStopped && (manager || By.UserId == userId);
}

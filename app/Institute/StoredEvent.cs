namespace Crm.Institute;

/// <summary>Something that happened, as a stream keeps it for ever. Rules make events; the writer stamps them once.</summary>
public abstract record StoredEvent
{
    /// <summary>What stands in an erased event where a person's words stood.</summary>
    public const string Erased = "(erased)";

    /// <summary>When it happened (UTC).</summary>
    public DateTimeOffset At { get; init; }
    public Actor By { get; init; } = Actor.System;

    /// <summary>The event without what tells who the applicant is: erasure writes it over the event.</summary>
    public virtual StoredEvent Masked() => this;
}

/// <summary>Says why an event has no masking rule.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class HoldsNothingPersonalAttribute(string because) : Attribute
{
    public string Because { get; } = because;
}

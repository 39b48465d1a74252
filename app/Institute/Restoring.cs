namespace Crm.Institute;

/// <summary>An event by which a stream is again as it was before a change that was undone.</summary>
public interface IRestored
{
    /// <summary>The undoing, which is a change itself.</summary>
    Guid Change { get; }

    /// <summary>The version of the stream at which it stood so; 0 where there was nothing yet.</summary>
    int ToVersion { get; }
}

/// <summary>What a stream goes back to.</summary>
/// <param name="Version">Of the stream as it now is, whose row the caller has locked.</param>
/// <param name="ToVersion">The version at which it stood so.</param>
/// <param name="Moments">When that happened which is undone.</param>
/// <param name="Before">What there was; null where there was nothing yet, and then there is nothing again.</param>
public sealed record Restoring<T>(Guid Id, int Version, int ToVersion, IReadOnlyList<DateTimeOffset> Moments, T? Before) where T : class;

namespace Crm.Tests;

/// <summary>A clock that goes on as clocks do, from a moment that is the same in each run.</summary>
internal sealed class RunningFrom(DateTimeOffset start) : TimeProvider
{
    private readonly long _began = System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => start + System.GetElapsedTime(_began);
}

using System.Collections.Concurrent;
using Crm.Accounts;
using Crm.Institute;
using Marten;

namespace Crm.Assignment;

/// <summary>Shares new leads in turn among the active counsellors who have been here: not with those who are only invited.</summary>
public sealed class CounsellorRota(IDocumentStore store, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(15);
    private readonly ConcurrentStack<Guid> _givenBack = new();
    private IReadOnlyList<User> _counsellors = [];
    private DateTimeOffset _readAt = DateTimeOffset.MinValue;
    private int _next = Random.Shared.Next(1000);

    /// <summary>Reads who is there, unless that was read a moment ago.</summary>
    public async Task RefreshAsync(CancellationToken cancel)
    {
        if (time.GetUtcNow() - _readAt <= Fresh) return;
        await using var session = store.QuerySession();
        _counsellors = await session.Query<User>().Where(u => u.Active && u.Role == Roles.Counsellor && u.PasswordHash != "")
            .OrderBy(u => u.Id).ToListAsync(cancel);
        _readAt = time.GetUtcNow();
    }

    /// <summary>Has it read anew who is there.</summary>
    public void Forget() => _readAt = DateTimeOffset.MinValue;

    /// <summary>Whose turn it was has the next one: the lead that it was for did not begin.</summary>
    public void GiveBack(Guid counsellor) => _givenBack.Push(counsellor);

    /// <param name="before">Who counsels the person already, and keeps them where that is still possible.</param>
    /// <returns>Null where nobody is there to take a lead; it then waits unassigned.</returns>
    public User? Next(Guid? before = null)
    {
        var counsellors = _counsellors;
        if (counsellors.FirstOrDefault(c => c.Id == before) is { } known) return known;
        if (_givenBack.TryPop(out var turn) && counsellors.FirstOrDefault(c => c.Id == turn) is { } first) return first;
        return counsellors.Count == 0 ? null : counsellors[(int)((uint)Interlocked.Increment(ref _next) % counsellors.Count)];
    }
}

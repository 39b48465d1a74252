using Crm.Institute;
using Marten;

namespace Crm.Accounts;

/// <summary>What a member of staff has in hand, which somebody takes over when they leave. A room above, which knows it, answers.</summary>
public interface IWorkInHand
{
    /// <returns>How many things wait for them.</returns>
    Task<int> CountAsync(IQuerySession session, Guid userId, CancellationToken cancel);

    /// <summary>Gives all of it away in a session that the caller saves.</summary>
    /// <param name="heirs">Who takes it over; where there are several, in turn.</param>
    Task HandOverAsync(IDocumentSession session, Guid from, IReadOnlyList<User> heirs, Stamp stamp, CancellationToken cancel);

    /// <summary>Has all of it name them as they are called now, in a session that the caller saves.</summary>
    void Rename(IDocumentSession session, User user);
}

using Crm.Changes;
using Marten;
using Marten.Services;

namespace Crm.Desk;

/// <summary>Has the list count anew when a change of many has gone on: what is undone is gone from the count at once.</summary>
internal sealed class ChangedLists : DocumentSessionListenerBase
{
    public override Task AfterCommitAsync(IDocumentSession session, IChangeSet commit, CancellationToken token)
    {
        if (commit.Inserted.Concat(commit.Updated).OfType<Change>().Any()) Remembered.Forget(session.DocumentStore);
        return Task.CompletedTask;
    }
}

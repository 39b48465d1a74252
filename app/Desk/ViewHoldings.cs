using Crm.Institute;
using Crm.Privacy;
using Marten;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Desk;

/// <summary>Saved views that look for a person by name, number or address, or are called by them.</summary>
public sealed class ViewHoldings : IHoldings
{
    public async Task<IReadOnlyList<Holding>> FindAsync(Subject subject, IQuerySession session, CancellationToken cancel) =>
        [.. (await ViewsAsync(subject, session, cancel)).Select(v => new Holding("Saved views that look for them", v))];

    public async Task EraseAsync(Subject subject, ErasureWork work, CancellationToken cancel)
    {
        foreach (var view in await ViewsAsync(subject, work.Session, cancel))
        {
            if (IsOf(subject, view.Name)) view.Name = StoredEvent.Erased;
            var kept = QueryHelpers.ParseQuery(view.Query).Where(q => !IsOf(subject, q.Value.ToString()));
            view.Query = QueryHelpers.AddQueryString("", kept);
            work.Session.Store(view);
            work.Count("saved views");
        }
    }

    private static async Task<IReadOnlyList<SavedView>> ViewsAsync(Subject subject, IQuerySession session, CancellationToken cancel) =>
    [
        .. (await session.Query<SavedView>().ToListAsync(cancel)).Where(v =>
            IsOf(subject, v.Name) || QueryHelpers.ParseQuery(v.Query).Any(q => IsOf(subject, q.Value.ToString()))),
    ];

    private static bool IsOf(Subject subject, string text) => subject.Traces.Reach(text) || subject.Traces.HasName(text);
}

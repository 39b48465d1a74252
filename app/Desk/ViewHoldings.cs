using Crm.Institute;
using Crm.Privacy;
using Crm.Storage;
using Marten;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Desk;

/// <summary>Saved views that look for a person by name, number or address, or are called by them. A word that finds nobody else looks for
/// them as well: one that many have, such as "Anu", does not.</summary>
public sealed class ViewHoldings(CurrentInstitute institute) : IHoldings
{
    private const string Asked = "q";

    public async Task<IReadOnlyList<Holding>> FindAsync(Subject subject, IQuerySession session, CancellationToken cancel) =>
        [.. (await ViewsAsync(subject, session, cancel)).Select(v => new Holding("Saved views that look for them", v.View))];

    public async Task EraseAsync(Subject subject, ErasureWork work, CancellationToken cancel)
    {
        foreach (var (view, finds) in await ViewsAsync(subject, work.Session, cancel))
        {
            if (IsOf(subject, view.Name) || finds && IsCalled(view)) view.Name = StoredEvent.Erased;
            var kept = QueryHelpers.ParseQuery(view.Query)
                .Where(q => !IsOf(subject, q.Value.ToString()) && !(finds && q.Key == Asked));
            view.Query = QueryHelpers.AddQueryString("", kept);
            work.Session.Store(view);
            work.Count("saved views");
        }
    }

    private static string Typed(SavedView view) => QueryHelpers.ParseQuery(view.Query).GetValueOrDefault(Asked).ToString();

    // By the word that it looks for.
    private static bool IsCalled(SavedView view) =>
        NameFolding.ForSearch(view.Name).Contains(NameFolding.ForSearch(Typed(view)), StringComparison.Ordinal);

    private static bool IsOf(Subject subject, string text) => subject.Traces.Reach(text) || subject.Traces.HasName(text);

    /// <returns>Each with whether what it looks for finds this person and nobody else.</returns>
    private async Task<IReadOnlyList<(SavedView View, bool Finds)>> ViewsAsync(
        Subject subject, IQuerySession session, CancellationToken cancel)
    {
        var found = new List<(SavedView, bool)>();
        foreach (var view in await session.Query<SavedView>().ToListAsync(cancel))
        {
            var query = SearchQuery.Read(Typed(view), institute.Profile.PhoneRegion);
            var finds = subject.Traces.AreFoundBy(query) && await IsNobodyElseAsync(subject, query, session, cancel);
            if (finds || IsOf(subject, view.Name) || QueryHelpers.ParseQuery(view.Query).Any(q => IsOf(subject, q.Value.ToString())))
                found.Add((view, finds));
        }
        return found;
    }

    private static async Task<bool> IsNobodyElseAsync(
        Subject subject, SearchQuery query, IQuerySession session, CancellationToken cancel)
    {
        var conditions = query.Parts.Select(part => Trigrams.Contains("d.search_text", part)).ToList();
        var sql = $"""
            select count(*)::int from (select 1 from {MartenSetup.Schema}.mt_doc_person d
                where {string.Join(" and ", conditions.Select(c => c.Sql))} and not d.id = any(?) limit 1) others
            """;
        object[] values = [.. conditions.SelectMany(c => c.Values), subject.People];
        return (await session.QueryAsync<int>(sql, cancel, values))[0] == 0;
    }
}

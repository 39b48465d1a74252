using Crm.Web;
using Marten;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Desk;

/// <summary>Leads to be acted on: those that were ticked, or all that match a filter, whichever they are by then.</summary>
/// <param name="IsAll">Whether all that match are meant.</param>
/// <param name="Filter">Of the list from which they were chosen, as a query.</param>
public sealed record LeadSelection(IReadOnlyList<Guid> Ticked, bool IsAll, string Filter)
{
    /// <summary>The fields in which a form carries it.</summary>
    public const string Ids = "ids", Of = "of", All = "all", Query = "filter";

    public bool IsEmpty => !IsAll && Ticked.Count == 0;

    /// <summary>The list from which they were chosen.</summary>
    public string List => "/leads" + Filter;

    public static LeadSelection Read(Form form)
    {
        // Boxes that are ticked come one by one, and what a page carries on comes in one field.
        Guid[] ticked = [.. form.All(Ids).SelectMany(one => one.Split(',', StringSplitOptions.TrimEntries))
            .Select(text => Guid.TryParse(text, out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty).Distinct()];
        var all = form[Of] == All;
        return new LeadSelection(all ? [] : ticked, all, Read(form[Query]).ToQuery());
    }

    /// <summary>What a form carries of it.</summary>
    public IEnumerable<(string Field, string Value)> Carried =>
        [IsAll ? (Of, All) : (Ids, string.Join(',', Ticked)), (Query, Filter)];

    public LeadFilter ToFilter() => Read(Filter);

    /// <returns>The ids of the leads that are there, in their order.</returns>
    public async Task<Guid[]> FindAsync(IQuerySession session, LeadTerms terms, CancellationToken cancel)
    {
        if (IsAll) return [.. await LeadList.IdsAsync(session, ToFilter(), terms, cancel)];
        // Whatever was ticked, of nothing but what may be seen.
        var where = new LeadConditions(new LeadFilter(), terms);
        where.And("d.id = any(?)", (object)Ticked.ToArray());
        return [.. await session.AdvancedSql.QueryAsync<Guid>(
            $"select d.id from {LeadEntry.From} {where} order by d.id", cancel, [.. where.Values])];
    }

    private static LeadFilter Read(string query) =>
        LeadFilter.Read(new QueryCollection(QueryHelpers.ParseQuery(query))) with { After = null };
}

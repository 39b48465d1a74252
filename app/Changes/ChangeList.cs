using System.Globalization;
using Marten;

namespace Crm.Changes;

/// <summary>All changes, the latest first, page by page.</summary>
public static class ChangeList
{
    private const int PageSize = 50;

    /// <param name="before">The place before which the page lies, as the page after it gave it; else the latest are read.</param>
    /// <param name="only">Whose alone; null for everybody's.</param>
    /// <returns>The page, and the place before which the next one lies; null at the end.</returns>
    public static async Task<(IReadOnlyList<Change> Changes, string? Next)> ReadAsync(
        IQuerySession session, string? before, Guid? only, CancellationToken cancel)
    {
        IQueryable<Change> changes = session.Query<Change>();
        if (only is { } user) changes = changes.Where(c => c.By.UserId == user);
        if (Place(before) is { } at) changes = changes.Where(c => c.At < at);
        var found = await changes.OrderByDescending(c => c.At).ThenByDescending(c => c.Id).Take(PageSize + 1).ToListAsync(cancel);
        List<Change> shown = [.. found.Take(PageSize)];
        return (shown, found.Count > PageSize ? shown[^1].At.UtcTicks.ToString(CultureInfo.InvariantCulture) : null);
    }

    private static DateTimeOffset? Place(string? before) =>
        long.TryParse(before, CultureInfo.InvariantCulture, out var ticks) && ticks > 0 && ticks < DateTimeOffset.MaxValue.Ticks
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : null;
}

using Crm.Institute;
using Crm.Web;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Desk;

/// <summary>As much of a timeline as is shown.</summary>
/// <param name="All">The latest first.</param>
/// <param name="Sort">Of which sort; null for everything.</param>
/// <param name="Whole">Whether what is older than the first part is shown too.</param>
/// <param name="Address">Of the person's page.</param>
public sealed record TimelineView(IReadOnlyList<TimelineEntry> All, TimelineSort? Sort, bool Whole, string Address, InstituteClock Clock)
{
    /// <summary>How many lines the first part has.</summary>
    public const int Part = 30;

    private static readonly (TimelineSort? Sort, string Text)[] Sorts =
    [
        (null, "Everything"), (TimelineSort.Talk, "Calls and notes"), (TimelineSort.Mail, "Mail"), (TimelineSort.Seat, "Seat and money"),
        (TimelineSort.Record, "Record"),
    ];

    public IReadOnlyList<TimelineEntry> Shown => Whole ? Matching : [.. Matching.Take(Part)];

    public int Older => Matching.Count - Shown.Count;

    /// <summary>Where all of them are shown.</summary>
    public string WholeAddress => AddressOf(Sort, whole: true);

    /// <summary>By what it can be filtered: those of which there is something.</summary>
    public IEnumerable<(string Text, string Address, bool Here)> Filters =>
        Sorts.Where(s => s.Sort is null || All.Any(e => e.Sort == s.Sort))
            .Select(s => (s.Text, AddressOf(s.Sort, whole: false), s.Sort == Sort));

    private List<TimelineEntry> Matching => [.. All.Where(e => Sort is null || e.Sort == Sort)];

    /// <summary>What the address of the page asks for.</summary>
    public static TimelineView Of(IReadOnlyList<TimelineEntry> all, HttpContext http, string address, InstituteClock clock)
    {
        TimelineSort? sort = Enum.TryParse<TimelineSort>(http.Request.Query["show"], true, out var known) && Enum.IsDefined(known)
            ? known
            : null;
        return new TimelineView(all, sort, http.Request.Query["older"] == "true", address, clock);
    }

    private string AddressOf(TimelineSort? sort, bool whole) => QueryHelpers.AddQueryString(Address, new Dictionary<string, string?>
    {
        ["show"] = sort?.ToString().ToLowerInvariant(),
        ["older"] = whole ? "true" : null,
    }.Where(p => p.Value is not null)) + "#timeline";
}

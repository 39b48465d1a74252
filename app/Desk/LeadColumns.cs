using Crm.Institute;
using Crm.People;
using Crm.Web;

namespace Crm.Desk;

/// <summary>A column of the list of leads beside the name, and of its file.</summary>
/// <param name="Key">By which addresses name it.</param>
/// <param name="Heading">In a file; null where it is the institute's own word.</param>
/// <param name="Says">What the list shows.</param>
/// <param name="Cell">What stands in a file.</param>
public sealed record LeadColumn(string Key, string? Heading, Func<LeadLineView, string> Says, Func<LeadLineView, SheetCell> Cell)
{
    public LeadColumn(string key, string heading, Func<LeadLineView, string> says) : this(key, heading, says, line => says(line)) { }

    public string HeadingIn(InstituteProfile institute) => Heading ?? institute.CourseWord.Label;
}

/// <summary>The columns of the list of leads, from which each chooses those to look at.</summary>
public static class LeadColumns
{
    public static readonly IReadOnlyList<LeadColumn> All =
    [
        new("course", null, l => l.Row.Lead.CourseName, l => l.Row.Lead.CourseName),
        new("stage", "Stage", l => Format.Words(l.Row.Lead.Stage)),
        new("counsellor", "Counsellor", l => l.Row.Lead.CounsellorName ?? "Nobody yet", l => l.Row.Lead.CounsellorName),
        new("source", "Source", l => l.Book.NameOf(l.Row.Lead.SourceName)),
        new("followup", "Follow-up", FollowUp, l => At(l, l.Row.Lead.FollowUpDueAt)),
        new("received", "Received", l => l.Clock.Brief(l.Row.Lead.ReceivedAt), l => At(l, l.Row.Lead.ReceivedAt)),
        new("email", "Email", l => EmailOf(l.Row.Person)),
        new("tags", "Tags", l => string.Join(", ", l.Row.Person.Tags)),
        new("reference", "Reference", l => l.Row.Lead.Reference),
        new("language", "Language", l => l.Row.Person.Language),
        new("campaign", "Campaign", l => l.Row.Lead.Source.Campaign ?? ""),
        new("activity", "Latest activity", l => l.Clock.Brief(l.Row.Lead.LastActivityAt), l => At(l, l.Row.Lead.LastActivityAt)),
    ];

    /// <summary>Those that are shown where nobody has chosen.</summary>
    public static readonly IReadOnlyList<LeadColumn> Usual = [.. All.Take(6)];

    // Without these a file would be of little use to anybody, whatever the list shows.
    private static readonly string[] InEachFile = ["email", "course", "stage", "source", "counsellor", "received"];

    /// <param name="keys">With commas between them.</param>
    public static IReadOnlyList<LeadColumn> Of(string? keys)
    {
        var chosen = (keys ?? "").Split(',');
        var columns = All.Where(c => chosen.Contains(c.Key)).ToList();
        return columns.Count == 0 ? Usual : columns;
    }

    /// <returns>The chosen ones as they stand in an address; null where they are the usual ones.</returns>
    public static string? Read(IEnumerable<string> keys)
    {
        var columns = Of(string.Join(',', keys));
        return columns.SequenceEqual(Usual) ? null : string.Join(',', columns.Select(c => c.Key));
    }

    /// <returns>Name and phone, what every file has, and the columns that the list shows.</returns>
    public static IReadOnlyList<(string Heading, Func<LeadLineView, SheetCell> Cell)> OfFile(string? keys, InstituteProfile institute)
    {
        var shown = Of(keys);
        var columns = All.Where(c => InEachFile.Contains(c.Key) || shown.Contains(c)).OrderBy(c => Array.IndexOf(InEachFile, c.Key) switch
        {
            < 0 => InEachFile.Length,
            var at => at,
        });
        return
        [
            ("Name", l => l.Row.Person.Name.Text),
            ("Phone", l => l.Row.Person.Phone?.Grouped),
            ("Other phones", l => string.Join(", ", l.Row.Person.Phones.Skip(1).Select(p => p.Number.Grouped))),
            .. columns.Select(c => (c.HeadingIn(institute), c.Cell)),
        ];
    }

    private static string FollowUp(LeadLineView line) => line.Row.Lead.FollowUp is not { } due ? ""
        : line.Clock.Brief(due.DueAt) + (due.IsOverdueAt(line.Clock.Now) ? ", overdue" : "");

    private static string EmailOf(Person person) => person.Emails.FirstOrDefault()?.Address.Text ?? "";

    private static SheetCell At(LeadLineView line, DateTimeOffset? at) =>
        new(null, At: at is { } utc ? line.Clock.Local(utc).DateTime : null);
}

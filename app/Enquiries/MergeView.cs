using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Crm.Web;

namespace Crm.Enquiries;

/// <summary>Two records side by side, with what the merge keeps.</summary>
/// <param name="Reason">What they have in common, in words; null where nobody suspected them.</param>
/// <param name="Leads">Of both, the oldest first.</param>
/// <param name="Seats">Of both, the oldest first.</param>
/// <param name="Lists">On which either waits for a seat.</param>
public sealed record MergeView(
    Person Keep, Person Other, string? Reason, IReadOnlyList<Lead> Leads, IReadOnlyList<Enrolment> Seats, IReadOnlyList<Batch> Lists,
    Form Form)
{
    /// <summary>What is said of either in one value each, and what comes together.</summary>
    public IEnumerable<MergeRow> Rows =>
        DetailField.All.Select(f => new MergeRow(f.Key, f.Label, f.Says(Keep.Details), f.Says(Other.Details), Form[f.Key] == "other"))
            .Append(Together("All phones", 2, p => p.Phones.Select(x => x.Number.Grouped)))
            .Append(Together("All emails", 2, p => p.Emails.Select(x => x.Address.Text)))
            .Append(Together("Tags", 1, p => p.Tags))
            .Append(Together("Leads", 1, p => Leads.Where(l => l.PersonId == p.Id).Select(Say)))
            .Append(Together("Seats", 1, p => Seats.Where(s => s.PersonId == p.Id).Select(Say)))
            .Append(Together("Waits for", 1, p => Leads.Where(l => l.PersonId == p.Id)
                .SelectMany(l => Lists.Where(b => b.PlaceOf(l.Id) is not null)).Select(b => b.Code)))
            .Where(row => row.Keep.Length + row.Other.Length > 0);

    /// <summary>Whether an address comes along that nobody has confirmed.</summary>
    public bool BringsUnconfirmed => Other.Emails.Any(e => e.Standing is Standing.Given or Standing.Unconfirmed && !Keep.Has(e.Address));

    /// <param name="least">How many one of them must have for the row to tell something.</param>
    private MergeRow Together(string label, int least, Func<Person, IEnumerable<string>> list)
    {
        var (keep, other) = (list(Keep).ToList(), list(Other).ToList());
        return keep.Count < least && other.Count < least
            ? new MergeRow("", label, "", "", false)
            : new MergeRow("", label, string.Join(", ", keep), string.Join(", ", other), false);
    }

    private static string Say(Enrolment seat) => $"{seat.CourseName} · {seat.BatchCode} ({StateOf(seat)})";

    private static string StateOf(Enrolment seat) => seat.Left switch
    {
        null => $"enrolled, {seat.RollNumber}",
        { IsWithdrawal: true } => "withdrawn",
        _ => "moved on",
    };

    private static string Say(Lead lead) => $"{lead.CourseCode} ({Format.Words(lead.Stage).ToLowerInvariant()})";
}

/// <param name="Key">Its name in the form; empty for what comes together.</param>
public sealed record MergeRow(string Key, string Label, string Keep, string Other, bool TakesOther)
{
    /// <summary>What only one of them knows, or both alike, is kept without a choice.</summary>
    public bool IsChoice => Key.Length > 0 && Keep.Length > 0 && Other.Length > 0 && Keep != Other;
}

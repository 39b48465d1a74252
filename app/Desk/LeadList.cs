using System.Text;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Storage;
using Marten;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Desk;

public enum LeadSort { Received, Activity, Name, FollowUp }

/// <summary>What the list shows. <see cref="After"/> is the cursor that the page before ended with.</summary>
/// <param name="Counsellor">A user's id, "none" for unassigned leads, or empty for all.</param>
/// <param name="Stage">A stage's name, "open" for all but enrolled and lost, or empty for all.</param>
public sealed record LeadFilter(string? Q, string? Stage, string? Counsellor, Guid? Course, string? Source, LeadSort Sort, string? After)
{
    public static LeadFilter Read(IQueryCollection query)
    {
        // PostgreSQL's text holds no NUL, and other control characters are never meant.
        string? Get(string name) =>
            new string([.. query[name].ToString().Where(c => !char.IsControl(c))]) is { Length: > 0 } value ? value : null;
        Guid? course = Guid.TryParse(Get("course"), out var id) ? id : null;
        var sort = Enum.TryParse<LeadSort>(Get("sort"), true, out var given) && Enum.IsDefined(given) ? given : LeadSort.Received;
        return new LeadFilter(Get("q"), Get("stage"), Get("counsellor"), course, Get("source"), sort, Get("after"));
    }

    public string ToQuery(string? after) => QueryHelpers.AddQueryString("", new Dictionary<string, string?>
    {
        ["q"] = Q,
        ["stage"] = Stage,
        ["counsellor"] = Counsellor,
        ["course"] = Course?.ToString(),
        ["source"] = Source,
        ["sort"] = Sort.ToString(),
        ["after"] = after,
    }.Where(p => !string.IsNullOrEmpty(p.Value)));
}

/// <summary>A lead and whose it is.</summary>
public sealed record LeadRow(Lead Lead, Person Person);

/// <param name="Next">The cursor of the following page, or null at the end.</param>
/// <param name="Count">How many match, at most <see cref="LeadList.CountLimit"/>.</param>
public sealed record LeadPage(IReadOnlyList<LeadRow> Rows, string? Next, int Count);

/// <summary>
/// The list of leads by keyset: each page starts after the last row of the one before, so page 1,000 costs what page 1 does.
/// </summary>
public static class LeadList
{
    public const int PageSize = 50;
    public const int CountLimit = 1000;
    private const string Leads = $"{MartenSetup.Schema}.mt_doc_lead d";
    private const string People = $"{MartenSetup.Schema}.mt_doc_person p";

    public static async Task<LeadPage> QueryAsync(IQuerySession session, LeadFilter filter, CancellationToken cancel)
    {
        var where = new LeadConditions(filter);
        var from = where.AsksForPeople ? $"{Leads} join {People} on p.id = d.person_id" : Leads;
        var count = (await session.QueryAsync<int>(
            $"select count(*)::int from (select 1 from {from} {where} limit {CountLimit}) matching", cancel, [.. where.Values]))[0];
        var (column, descending) = Column(filter.Sort);
        if (LeadCursor.Read(filter) is var (key, id)) where.And($"({column}, d.id) {(descending ? '<' : '>')} (?, ?)", key, id);
        var direction = descending ? "desc" : "asc";
        // A search that few leads match is answered from its own index and sorted after. The planner, which guesses how many match, may
        // else walk the order's index through every lead in search of one; a row to order by has no index to walk.
        var by = where.AsksForPeople && count < CountLimit ? $"({column}, d.id) {direction}" : $"{column} {direction}, d.id {direction}";
        var rows = await session.AdvancedSql.QueryAsync<Lead, Person>(
            $"""
            select row(d.data, d.mt_version), row(p.data, p.mt_version)
            from {Leads} join {People} on p.id = d.person_id {where} order by {by} limit {PageSize + 1}
            """,
            cancel, [.. where.Values]);
        var shown = rows.Take(PageSize).Select(r => new LeadRow(r.Item1, r.Item2)).ToList();
        return new LeadPage(shown, rows.Count <= PageSize ? null : LeadCursor.Write(shown[^1], filter.Sort), count);
    }

    private static (string Column, bool Descending) Column(LeadSort sort) => sort switch
    {
        LeadSort.Activity => ("d.last_activity_at", true),
        LeadSort.Name => ("p.sort_name", false),
        LeadSort.FollowUp => ("d.follow_up_due_at", false),
        _ => ("d.received_at", true),
    };
}

/// <summary>The conditions of a filter as SQL over leads <c>d</c> and persons <c>p</c>.</summary>
internal sealed class LeadConditions
{
    private const int MostWords = 6, ReferenceLength = 6;
    private readonly StringBuilder _sql = new("where true");

    public LeadConditions(LeadFilter filter)
    {
        Search(filter.Q ?? "");
        if (filter.Stage == "open") And("d.stage in ('New', 'Contacted', 'Counselled', 'Offered')");
        else if (Enum.TryParse<Stage>(filter.Stage, true, out var stage)) And("d.stage = ?", stage.ToString());
        if (filter.Counsellor == "none") And("d.counsellor_id is null");
        else if (Guid.TryParse(filter.Counsellor, out var counsellor)) And("d.counsellor_id = ?", counsellor);
        if (filter.Course is { } course) And("d.course_id = ?", course);
        if (!string.IsNullOrEmpty(filter.Source)) And("d.source_name = ?", filter.Source);
        if (filter.Sort == LeadSort.FollowUp) And("d.follow_up_due_at is not null");
    }

    public List<object> Values { get; } = [];

    /// <summary>Whether a person's name, number or address is looked for.</summary>
    public bool AsksForPeople { get; private set; }

    public void And(string condition, params object[] values)
    {
        _sql.Append(" and ").Append(condition);
        Values.AddRange(values);
    }

    public override string ToString() => _sql.ToString();

    private void Search(string q)
    {
        if (ReferenceIn(q) is { } reference)
        {
            const string enquiries = $"{MartenSetup.Schema}.mt_doc_enquiry e where e.data ->> 'Reference' like ?";
            And($"d.id in (select (e.data ->> 'LeadId')::uuid from {enquiries})", reference + "%");
            return;
        }
        string[] words = PhoneNumber.DigitsToSearch(q) is { } digits
            ? [digits]
            : PersonName.FoldForSearch(q).Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MostWords).ToArray();
        // Of only punctuation nothing is found, and not everything.
        if (q.Trim().Length > 0 && words.Length == 0) And("false");
        foreach (var word in words)
        {
            AsksForPeople = true;
            And("p.search_text like ?", "%" + word.Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_") + "%");
        }
    }

    // L-7K3F9Q, whole or begun, in any case; whole also without its hyphen.
    private static string? ReferenceIn(string q)
    {
        var text = q.Trim().ToUpperInvariant();
        var hyphen = text.StartsWith("L-", StringComparison.Ordinal);
        var rest = hyphen ? text[2..] : text.StartsWith('L') ? text[1..] : "";
        var whole = rest.Length == ReferenceLength && rest.Any(char.IsAsciiDigit);
        return rest.All(char.IsAsciiLetterOrDigit) && (whole || hyphen && rest.Length is > 2 and < ReferenceLength) ? "L-" + rest : null;
    }
}

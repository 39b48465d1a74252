using System.Text;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Storage;
using Marten;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Desk;

public enum LeadSort { Received, Activity, Name, FollowUp, Unplanned }

/// <summary>What the list shows. <see cref="After"/> is the cursor of a row: as a page, all rows to it and the next ones.</summary>
/// <param name="Counsellor">A user's id, "none" for leads of nobody who is there, or empty for all.</param>
/// <param name="Stage">A stage's name, "open" for all but enrolled and lost, "waits" for those and who else was promised a call, or
/// empty for all.</param>
public sealed record LeadFilter(
    string? Q = null, string? Stage = null, string? Counsellor = null, Guid? Course = null, string? Source = null,
    LeadSort Sort = LeadSort.Received, string? After = null, Waiting? Waiting = null)
{
    public const string Nobody = "none", Open = "open", Waits = "waits";

    public static LeadFilter Read(IQueryCollection query)
    {
        // PostgreSQL's text holds no NUL, and other control characters are never meant.
        string? Get(string name) =>
            new string([.. query[name].ToString().Where(c => !char.IsControl(c))]) is { Length: > 0 } value ? value : null;
        Guid? course = Guid.TryParse(Get("course"), out var id) ? id : null;
        return new LeadFilter(Get("q"), Get("stage"), Get("counsellor"), course, Get("source"),
            Known<LeadSort>(Get("sort")) ?? LeadSort.Received, Get("after"), Known<Waiting>(Get("waiting")));
    }

    public string ToQuery(string? after = null) => QueryHelpers.AddQueryString("", new Dictionary<string, string?>
    {
        ["q"] = Q,
        ["stage"] = Stage,
        ["counsellor"] = Counsellor,
        ["course"] = Course?.ToString(),
        ["source"] = Source,
        ["waiting"] = Waiting?.ToString(),
        ["sort"] = Sort == LeadSort.Received ? null : Sort.ToString(),
        ["after"] = after,
    }.Where(p => !string.IsNullOrEmpty(p.Value)));

    private static T? Known<T>(string? name) where T : struct, Enum =>
        Enum.TryParse<T>(name, true, out var given) && Enum.IsDefined(given) ? given : null;
}

/// <param name="Next">The cursor of the following page, or null at the end.</param>
/// <param name="Count">How many match, at most <see cref="LeadList.CountLimit"/>.</param>
/// <param name="IsCut">Whether there are more rows above than are shown.</param>
public sealed record LeadPage(IReadOnlyList<LeadEntry> Rows, string? Next, int Count, bool IsCut = false);

/// <summary>
/// The list of leads by keyset: each page starts after the last row of the one before, so page 1,000 costs what page 1 does.
/// </summary>
public static class LeadList
{
    public const int PageSize = 50;
    public const int CountLimit = 1000;

    /// <summary>How many rows a page shows at most above its own: who comes back to it finds what was there.</summary>
    public const int MostAbove = 9 * PageSize;

    /// <summary>The rows of a page, counted, and those above it where the whole page is shown.</summary>
    public static async Task<LeadPage> QueryAsync(
        IQuerySession session, LeadFilter filter, InstituteClock clock, bool whole, CancellationToken cancel)
    {
        var where = new LeadConditions(filter, clock);
        var count = await CountAsync(session, where, cancel);
        // A search that few leads match is answered from its own index and sorted after. The planner, which guesses how many match, may
        // else walk the order's index through every lead in search of one; a row to order by has no index to walk.
        var asRow = where.FindsFew && count < CountLimit;
        var page = await NextAsync(session, filter, where, PageSize, asRow, cancel) with { Count = count };
        if (!whole || LeadCursor.Read(filter) is not { } cursor) return page;
        var above = await AboveAsync(session, filter, new LeadConditions(filter, clock), cursor, asRow, cancel);
        return page with { Rows = [.. above.Take(MostAbove).Reverse(), .. page.Rows], IsCut = above.Count > MostAbove };
    }

    /// <summary>The first of those that match, not counted.</summary>
    public static Task<LeadPage> FirstAsync(
        IQuerySession session, LeadFilter filter, InstituteClock clock, int most, CancellationToken cancel)
    {
        var where = new LeadConditions(filter, clock);
        return NextAsync(session, filter, where, most, where.FindsFew, cancel);
    }

    /// <returns>How many match from the filter's cursor on.</returns>
    public static async Task<int> CountAfterAsync(IQuerySession session, LeadFilter filter, InstituteClock clock, CancellationToken cancel)
    {
        var where = Following(filter, new LeadConditions(filter, clock));
        return (await session.QueryAsync<int>($"select count(*)::int from {LeadEntry.Leads} {where}", cancel, [.. where.Values]))[0];
    }

    private static LeadConditions Following(LeadFilter filter, LeadConditions where)
    {
        var (column, descending) = Column(filter.Sort);
        if (LeadCursor.Read(filter) is var (key, id)) where.And($"({column}, d.id) {(descending ? '<' : '>')} (?, ?)", key, id);
        return where;
    }

    private static async Task<LeadPage> NextAsync(
        IQuerySession session, LeadFilter filter, LeadConditions where, int most, bool asRow, CancellationToken cancel)
    {
        var (column, descending) = Column(filter.Sort);
        Following(filter, where);
        var rows = await LeadEntry.ReadAsync(session, $"{where} order by {By(column, descending, asRow)} limit {most + 1}", where.Values,
            cancel);
        List<LeadEntry> shown = [.. rows.Take(most)];
        var last = shown.FindLast(r => r.Row is not null)?.Row;
        return new LeadPage(shown, rows.Count <= most || last is null ? null : LeadCursor.Write(last, filter.Sort), 0);
    }

    // From the cursor's row upwards.
    private static Task<IReadOnlyList<LeadEntry>> AboveAsync(IQuerySession session, LeadFilter filter, LeadConditions where,
        (object Key, Guid Id) cursor, bool asRow, CancellationToken cancel)
    {
        var (column, descending) = Column(filter.Sort);
        where.And($"({column}, d.id) {(descending ? ">=" : "<=")} (?, ?)", cursor.Key, cursor.Id);
        return LeadEntry.ReadAsync(session, $"{where} order by {By(column, !descending, asRow)} limit {MostAbove + 1}", where.Values,
            cancel);
    }

    private static async Task<int> CountAsync(IQuerySession session, LeadConditions where, CancellationToken cancel)
    {
        var from = where.AsksForPeople ? LeadEntry.From : LeadEntry.Leads;
        return (await session.QueryAsync<int>(
            $"select count(*)::int from (select 1 from {from} {where} limit {CountLimit}) matching", cancel, [.. where.Values]))[0];
    }

    private static string By(string column, bool descending, bool asRow)
    {
        var direction = descending ? "desc" : "asc";
        return asRow ? $"({column}, d.id) {direction}" : $"{column} {direction}, d.id {direction}";
    }

    private static (string Column, bool Descending) Column(LeadSort sort) => sort switch
    {
        LeadSort.Activity => ("d.last_activity_at", true),
        LeadSort.Name => ("p.sort_name", false),
        LeadSort.FollowUp => ("d.follow_up_due_at", false),
        LeadSort.Unplanned => ("d.unplanned_since", false),
        _ => ("d.received_at", true),
    };
}

/// <summary>The conditions of a filter as SQL over leads <c>d</c> and persons <c>p</c>.</summary>
internal sealed class LeadConditions
{
    private const int MostWords = 6, ReferenceLength = 6;
    private readonly StringBuilder _sql = new("where true");
    private readonly bool _ofNobody;

    // Written so that the index of counsellors answers it.
    private const string OfNobody = $"""
        (d.counsellor_id is null or d.counsellor_id = any(array(
            select u.id from {MartenSetup.Schema}.mt_doc_user u where not (u.data ->> 'Active')::boolean)))
        """;

    public LeadConditions(LeadFilter filter, InstituteClock clock)
    {
        Search(filter.Q ?? "");
        if (filter.Stage == LeadFilter.Waits) this.AddAny();
        else if (filter.Stage == LeadFilter.Open) And("d.stage in ('New', 'Contacted', 'Counselled', 'Offered')");
        else if (Enum.TryParse<Stage>(filter.Stage, true, out var stage)) And("d.stage = ?", stage.ToString());
        _ofNobody = filter.Counsellor == LeadFilter.Nobody;
        if (_ofNobody) And(OfNobody);
        else if (Guid.TryParse(filter.Counsellor, out var counsellor)) And("d.counsellor_id = ?", counsellor);
        if (filter.Course is { } course) And("d.course_id = ?", course);
        if (!string.IsNullOrEmpty(filter.Source)) And("d.source_name = ?", filter.Source);
        if (filter.Waiting is { } waiting) this.Add(waiting, clock);
        if (filter.Sort == LeadSort.FollowUp) And("d.follow_up_due_at is not null");
        if (filter.Sort == LeadSort.Unplanned) And("d.unplanned_since is not null");
    }

    public List<object> Values { get; } = [];

    /// <summary>Whether few leads are likely to match, which the planner does not know: half of all are nobody's, it believes.</summary>
    public bool FindsFew => AsksForPeople || _ofNobody;

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

using System.Text;
using Crm.Institute;
using Crm.Leads;
using Crm.Storage;
using Marten;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Desk;

public enum LeadSort { Received, Activity, Name, FollowUp, Unplanned }

/// <summary>What the list shows. <see cref="After"/> is the cursor of a row: as a page, all rows to it and the next ones.</summary>
/// <param name="Counsellor">A user's id, "none" for leads of nobody who is there, or empty for all.</param>
/// <param name="Columns">Those shown, as <see cref="LeadColumns"/> reads them; null for the usual ones.</param>
/// <param name="Stage">A stage's name, "open" for all but enrolled and lost, "waits" for those and who else was promised a call, or
/// empty for all.</param>
public sealed record LeadFilter(
    string? Q = null, string? Stage = null, string? Counsellor = null, Guid? Course = null, string? Source = null,
    LeadSort Sort = LeadSort.Received, string? After = null, Waiting? Waiting = null, string? Columns = null)
{
    public const string Nobody = "none", Open = "open", Waits = "waits";

    public static LeadFilter Read(IQueryCollection query)
    {
        // PostgreSQL's text holds no NUL, and other control characters are never meant.
        string? Get(string name) =>
            new string([.. query[name].ToString().Where(c => !char.IsControl(c))]) is { Length: > 0 } value ? value : null;
        Guid? course = Guid.TryParse(Get("course"), out var id) ? id : null;
        return new LeadFilter(Get("q"), Get("stage"), Get("counsellor"), course, Get("source"),
            Known<LeadSort>(Get("sort")) ?? LeadSort.Received, Get("after"), Known<Waiting>(Get("waiting")),
            LeadColumns.Read(query["columns"].ToString().Split(',')));
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
        ["columns"] = Columns,
        ["after"] = after,
    }.Where(p => !string.IsNullOrEmpty(p.Value)));

    private static T? Known<T>(string? name) where T : struct, Enum =>
        Enum.TryParse<T>(name, true, out var given) && Enum.IsDefined(given) ? given : null;
}

/// <summary>By what the words of a filter are read: the day it is, and what sources are called.</summary>
/// <param name="Region">Whose phone numbers are looked for without a country code (ISO 3166-1 alpha-2).</param>
/// <param name="Only">The counsellor whose leads alone are shown, whatever is asked for; null for everybody's.</param>
public sealed record LeadTerms(InstituteClock Clock, SourceBook Book, string Region, Guid? Only = null);

/// <param name="Next">The cursor of the following page, or null at the end.</param>
/// <param name="Count">How many match; null where nobody asked.</param>
/// <param name="IsCut">Whether there are more rows above than are shown.</param>
/// <param name="Unsearchable">What was looked for has no letter and no digit, by which alone anything can be found.</param>
public sealed record LeadPage(
    IReadOnlyList<LeadEntry> Rows, string? Next, int? Count = null, bool IsCut = false, bool Unsearchable = false)
{
    /// <summary>Whether there are more than <see cref="Count"/>, and to count them would have kept who waits for the page.</summary>
    public bool IsMore { get; init; }
}

/// <summary>
/// The list of leads by keyset: each page starts after the last row of the one before, so page 1,000 costs what page 1 does.
/// </summary>
public static class LeadList
{
    public const int PageSize = 50;

    /// <summary>How many rows a page shows at most above its own: who comes back to it finds what was there.</summary>
    public const int MostAbove = 9 * PageSize;

    // Of so many that follow one can be read, wherever not all are broken.
    private const int Ahead = 5;

    // So many are sorted in no time.
    private const int Few = 1000;

    // To count so many costs more than the page that says how many they are, and in some seconds they change little.
    private const int Many = 10_000;

    /// <summary>The rows of a page, counted, and those above it where the whole page is shown. Of many that are looked for by a name or a
    /// number, only that there are more.</summary>
    public static async Task<LeadPage> QueryAsync(
        IQuerySession session, LeadFilter filter, LeadTerms terms, bool whole, CancellationToken cancel)
    {
        var where = new LeadConditions(filter, terms);
        if (where.AsksForPeople) return await new LeadSearch(session, filter, where, LeadOrder.Of(filter.Sort)).QueryAsync(whole, cancel);
        var asked = whole || filter.After is null || where.IsOfNobody;
        int? count = asked ? await CountAsync(session, where, cancel) : null;
        // The planner believes that half of all leads are nobody's, and may walk the order's index through every lead in search of one; a
        // row to order by has no index to walk.
        var asRow = where.IsOfNobody && count < Few;
        var page = await NextAsync(session, filter, where, LeadOrder.Of(filter.Sort), PageSize, asRow, cancel) with
        {
            Count = count,
            Unsearchable = where.IsUnsearchable,
        };
        if (!whole || LeadCursor.Read(filter) is not { } cursor) return page;
        var above = await AboveAsync(session, filter, new LeadConditions(filter, terms), cursor, asRow, cancel);
        return page with { Rows = [.. above.Take(MostAbove).Reverse(), .. page.Rows], IsCut = above.Count > MostAbove };
    }

    /// <returns>How many match.</returns>
    public static Task<int> CountAsync(IQuerySession session, LeadFilter filter, LeadTerms terms, CancellationToken cancel)
    {
        var where = new LeadConditions(filter, terms);
        return where.AsksForPeople
            ? RememberAsync(session, where, () => new LeadSearch(session, filter, where, LeadOrder.Of(filter.Sort)).CountAsync(cancel))
            : CountAsync(session, where, cancel);
    }

    /// <returns>The ids of all that match, in their order.</returns>
    public static Task<IReadOnlyList<Guid>> IdsAsync(IQuerySession session, LeadFilter filter, LeadTerms terms, CancellationToken cancel)
    {
        var where = new LeadConditions(filter, terms);
        return session.AdvancedSql.QueryAsync<Guid>($"select d.id from {LeadEntry.From} {where} order by d.id", cancel, [.. where.Values]);
    }

    /// <summary>The first of those that match, not counted. Filters for words and sources are the list's alone.</summary>
    public static Task<LeadPage> FirstAsync(
        IQuerySession session, LeadFilter filter, InstituteClock clock, int most, CancellationToken cancel)
    {
        var where = new LeadConditions(filter, clock);
        return NextAsync(session, filter, where, LeadOrder.Of(filter.Sort), most, where.IsOfNobody, cancel);
    }

    /// <returns>How many match from the filter's cursor on. Filters for words and sources are the list's alone.</returns>
    public static async Task<int> CountAfterAsync(IQuerySession session, LeadFilter filter, InstituteClock clock, CancellationToken cancel)
    {
        var where = Following(filter, new LeadConditions(filter, clock), LeadOrder.Of(filter.Sort));
        return await CountAsync(session, where, cancel);
    }

    /// <param name="upwards">Whether the one before the filter's cursor is meant, and not the one after it.</param>
    /// <returns>Null where there is none.</returns>
    public static async Task<LeadRow?> BesideAsync(
        IQuerySession session, LeadFilter filter, bool upwards, LeadTerms terms, CancellationToken cancel)
    {
        var (where, order) = (new LeadConditions(filter, terms), LeadOrder.Of(filter.Sort));
        if (upwards) order = order.Upwards;
        var page = where.AsksForPeople
            ? await new LeadSearch(session, filter, where, order).QueryAsync(whole: false, cancel)
            : await NextAsync(session, filter, where, order, Ahead, where.IsOfNobody, cancel);
        return page.Rows.FirstOrDefault(e => e.Row is not null)?.Row;
    }

    private static LeadConditions Following(LeadFilter filter, LeadConditions where, LeadOrder order)
    {
        if (LeadCursor.Read(filter) is var (key, id)) where.And(order.After, key, id);
        return where;
    }

    /// <returns>The lead, where it is one of those that the filter means.</returns>
    public static async Task<LeadEntry?> FindAsync(
        IQuerySession session, LeadFilter filter, Guid id, InstituteClock clock, CancellationToken cancel)
    {
        var where = new LeadConditions(filter, clock);
        where.And("d.id = ?", id);
        return (await LeadEntry.ReadAsync(session, where.ToString(), where.Values, cancel)).SingleOrDefault();
    }

    private static async Task<LeadPage> NextAsync(
        IQuerySession session, LeadFilter filter, LeadConditions where, LeadOrder order, int most, bool asRow, CancellationToken cancel)
    {
        Following(filter, where, order);
        var rows = await LeadEntry.ReadAsync(session, $"{where} order by {order.By(asRow)} limit {most + 1}", where.Values, cancel);
        List<LeadEntry> shown = [.. rows.Take(most)];
        return new LeadPage(shown, rows.Count > most ? LeadCursor.After(shown, filter.Sort) : null);
    }

    // From the cursor's row upwards.
    private static Task<IReadOnlyList<LeadEntry>> AboveAsync(IQuerySession session, LeadFilter filter, LeadConditions where,
        (object Key, Guid Id) cursor, bool asRow, CancellationToken cancel)
    {
        var upwards = LeadOrder.Of(filter.Sort).Upwards;
        where.And(upwards.From, cursor.Key, cursor.Id);
        return LeadEntry.ReadAsync(session, $"{where} order by {upwards.By(asRow)} limit {MostAbove + 1}", where.Values, cancel);
    }

    // Without its order and its cursor a filter is answered by an index alone: the leads themselves are not read to be counted.
    private static Task<int> CountAsync(IQuerySession session, LeadConditions where, CancellationToken cancel) =>
        RememberAsync(session, where, async () => (await session.QueryAsync<int>(
            $"select count(*)::int from {LeadEntry.Leads} {where}", cancel, [.. where.Values]))[0]);

    private static async Task<int> RememberAsync(IQuerySession session, LeadConditions where, Func<Task<int>> ask)
    {
        var question = $"{where}|{string.Join('|', where.Values)}";
        if (Remembered.TryGet<int>(session.DocumentStore, question, out var known)) return known;
        var count = await ask();
        return count < Many ? count : Remembered.Keep(session.DocumentStore, question, count);
    }
}

/// <summary>The conditions of a filter as SQL over leads <c>d</c> and persons <c>p</c>.</summary>
internal sealed class LeadConditions
{
    private const int ReferenceLength = 6;
    private readonly StringBuilder _sql = new("where true");
    private readonly List<object> _values = [];

    // Written so that the index of counsellors answers it.
    private const string OfNobody = $"""
        (d.counsellor_id is null or d.counsellor_id = any(array(
            select u.id from {MartenSetup.Schema}.mt_doc_user u
            where not (u.data ->> 'Active')::boolean or coalesce(u.data ->> 'PasswordHash', '') = '')))
        """;

    public LeadConditions(LeadFilter filter, LeadTerms terms) : this(filter, terms.Clock)
    {
        if (terms.Only is { } counsellor) And("d.counsellor_id = ?", counsellor);
        Search(filter.Q ?? "", terms.Region);
        if (!string.IsNullOrEmpty(filter.Source))
            And("d.source_name = any(?)", (object)terms.Book.SourcesOf(terms.Book.NameOf(filter.Source)).ToArray());
    }

    /// <summary>All but words and a source.</summary>
    public LeadConditions(LeadFilter filter, InstituteClock clock)
    {
        if (filter.Stage == LeadFilter.Waits) this.AddAny();
        else if (filter.Stage == LeadFilter.Open) And("d.stage in ('New', 'Contacted', 'Counselled', 'Offered')");
        else if (Enum.TryParse<Stage>(filter.Stage, true, out var stage)) And("d.stage = ?", stage.ToString());
        IsOfNobody = filter.Counsellor == LeadFilter.Nobody;
        if (IsOfNobody) And(OfNobody);
        else if (Guid.TryParse(filter.Counsellor, out var counsellor)) And("d.counsellor_id = ?", counsellor);
        if (filter.Course is { } course) And("d.course_id = ?", course);
        if (filter.Waiting is { } waiting) this.Add(waiting, clock);
        if (filter.Sort == LeadSort.FollowUp) And("d.follow_up_due_at is not null");
        if (filter.Sort == LeadSort.Unplanned) And("d.unplanned_since is not null");
    }

    /// <summary>All of them, in the order in which <see cref="ToString"/> asks for them.</summary>
    public IReadOnlyList<object> Values => [.. _values, .. Indexed.Values];

    /// <summary>Those over leads alone, from <c>where</c> on.</summary>
    public (string Sql, IReadOnlyList<object> Values) OfLeads => (_sql.ToString(), _values);

    /// <summary>Those over persons, which the index of the search answers.</summary>
    public (string Sql, IReadOnlyList<object> Values) Indexed { get; private set; } = ("true", []);

    /// <summary>The same, as they are read of one person.</summary>
    public (string Sql, IReadOnlyList<object> Values) Read { get; private set; } = ("true", []);

    /// <summary>Whether only leads of nobody who is there match: few, which the planner does not know.</summary>
    public bool IsOfNobody { get; }

    /// <summary>Whether a person's name, number or address is looked for.</summary>
    public bool AsksForPeople { get; private set; }

    /// <summary>How many digits are looked for, where they are all that is.</summary>
    public int? Digits { get; private set; }

    /// <summary>Whether something was typed, and nothing in it can be looked for.</summary>
    public bool IsUnsearchable { get; private set; }

    public void And(string condition, params object[] values)
    {
        _sql.Append(" and ").Append(condition);
        _values.AddRange(values);
    }

    public override string ToString() => AsksForPeople ? $"{_sql} and {Indexed.Sql}" : _sql.ToString();

    private void Search(string q, string region)
    {
        if (ReferenceIn(q) is { } reference)
        {
            const string enquiries = $"{MartenSetup.Schema}.mt_doc_enquiry e where e.data ->> 'Reference' like ?";
            And($"d.id in (select (e.data ->> 'LeadId')::uuid from {enquiries})", reference + "%");
            return;
        }
        var parts = SearchQuery.Read(q, region).Parts;
        IsUnsearchable = parts.Count == 0 && q.Trim().Length > 0;
        if (IsUnsearchable) And("false");
        AsksForPeople = parts.Count > 0;
        Digits = parts is [var only] && only.All(char.IsAsciiDigit) ? only.Length : null;
        if (!AsksForPeople) return;
        Indexed = All(parts.Select(part => Trigrams.Contains("p.search_text", part)));
        Read = All(parts.Select(part => Trigrams.Reads("p.search_text", part)));
    }

    private static (string Sql, IReadOnlyList<object> Values) All(IEnumerable<(string Sql, object[] Values)> conditions) =>
        (string.Join(" and ", conditions.Select(c => c.Sql)), [.. conditions.SelectMany(c => c.Values)]);

    // L-7K3F9Q, whole or begun, in any case; whole also with a space or nothing for its hyphen, and without its letter, where it has a
    // digit: other words of six letters are names.
    internal static string? ReferenceIn(string q)
    {
        var text = q.Trim().ToUpperInvariant();
        var hyphen = text.StartsWith("L-", StringComparison.Ordinal);
        var rest = hyphen || text.StartsWith("L ", StringComparison.Ordinal) ? text[2..]
            : text.Length == ReferenceLength && text.Any(char.IsAsciiLetter) ? text
            : text.StartsWith('L') ? text[1..] : "";
        var whole = rest.Length == ReferenceLength && (hyphen || rest.Any(char.IsAsciiDigit));
        return rest.All(char.IsAsciiLetterOrDigit) && (whole || hyphen && rest.Length is > 2 and < ReferenceLength) ? "L-" + rest : null;
    }
}

using System.Globalization;
using System.Text;
using Marten;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Leads;

public enum LeadSort { Received, Activity, Name, FollowUp }

/// <summary>What the list shows. <see cref="After"/> is the cursor that the page before ended with.</summary>
/// <param name="Counsellor">A user's id, "none" for unassigned leads, or empty for all.</param>
/// <param name="Stage">A stage's name, "open" for all but enrolled and lost, or empty for all.</param>
public sealed record LeadFilter(string? Q, string? Stage, string? Counsellor, Guid? Course, string? Source, LeadSort Sort, string? After)
{
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

/// <param name="Next">The cursor of the following page, or null at the end.</param>
/// <param name="Count">How many match, at most <see cref="LeadList.CountLimit"/>.</param>
public sealed record LeadPage(IReadOnlyList<Lead> Leads, string? Next, int Count);

/// <summary>The list of leads by keyset: each page starts after the last row of the one before, so page 1,000 costs what page 1 does.</summary>
public static class LeadList
{
    public const int PageSize = 50;
    public const int CountLimit = 1000;

    public static async Task<LeadPage> QueryAsync(IQuerySession session, LeadFilter filter, CancellationToken cancel)
    {
        var where = new StringBuilder("where true");
        var values = new List<object>();
        void And(string condition, params object[] with)
        {
            where.Append(" and ").Append(condition);
            values.AddRange(with);
        }

        var words = (filter.Q ?? "").ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(6).ToList();
        foreach (var word in words)
            And("d.search_text like ?", "%" + word.Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_") + "%");
        if (filter.Stage == "open") And("d.stage in ('New', 'Contacted', 'Counselled', 'Offered')");
        else if (Enum.TryParse<LeadStage>(filter.Stage, true, out var stage)) And("d.stage = ?", stage.ToString());
        if (filter.Counsellor == "none") And("d.counsellor_id is null");
        else if (Guid.TryParse(filter.Counsellor, out var counsellor)) And("d.counsellor_id = ?", counsellor);
        if (filter.Course is { } course) And("d.course_id = ?", course);
        if (!string.IsNullOrEmpty(filter.Source)) And("d.source_name = ?", filter.Source);
        if (filter.Sort == LeadSort.FollowUp) And("d.follow_up_due_at is not null");

        var count = (await session.QueryAsync<int>($"select count(*)::int from (select 1 from enrolment.mt_doc_lead d {where} limit {CountLimit}) matching", cancel, [.. values]))[0];

        var (column, descending) = filter.Sort switch
        {
            LeadSort.Activity => ("last_activity_at", true),
            LeadSort.Name => ("name", false),
            LeadSort.FollowUp => ("follow_up_due_at", false),
            _ => ("received_at", true),
        };
        if (ReadCursor(filter) is var (key, id)) And($"(d.{column}, d.id) {(descending ? '<' : '>')} (?, ?)", key, id);
        var order = descending ? "desc" : "asc";
        // A search that few leads match is answered from its own index and sorted after. The planner, which guesses how many match, may
        // else walk the order's index through every lead in search of one; a row to order by has no index to walk.
        var by = words.Count > 0 && count < CountLimit ? $"(d.{column}, d.id) {order}" : $"d.{column} {order}, d.id {order}";
        var leads = await session.QueryAsync<Lead>($"{where} order by {by} limit {PageSize + 1}", cancel, [.. values]);
        return leads.Count <= PageSize
            ? new LeadPage(leads, null, count)
            : new LeadPage([.. leads.Take(PageSize)], WriteCursor(leads[PageSize - 1], filter.Sort), count);
    }

    private static string WriteCursor(Lead last, LeadSort sort)
    {
        var key = sort switch
        {
            LeadSort.Activity => Ticks(last.LastActivityAt),
            LeadSort.Name => last.Name,
            LeadSort.FollowUp => Ticks(last.FollowUpDueAt!.Value),
            _ => Ticks(last.ReceivedAt),
        };
        return WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes($"{last.Id:N}{key}"));
    }

    // A cursor that nobody of ours wrote starts the list from the top.
    private static (object Key, Guid Id)? ReadCursor(LeadFilter filter)
    {
        if (string.IsNullOrEmpty(filter.After)) return null;
        try
        {
            var text = Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(filter.After));
            if (text.Length < 32 || text.Contains('\0') || !Guid.TryParseExact(text[..32], "N", out var id)) return null;
            if (filter.Sort == LeadSort.Name) return (text[32..], id);
            return long.TryParse(text[32..], CultureInfo.InvariantCulture, out var ticks) && ticks > 0 && ticks < DateTimeOffset.MaxValue.Ticks
                ? (new DateTimeOffset(ticks, TimeSpan.Zero), id) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string Ticks(DateTimeOffset at) => at.UtcTicks.ToString(CultureInfo.InvariantCulture);
}

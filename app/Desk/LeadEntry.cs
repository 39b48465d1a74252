using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Crm.Leads;
using Crm.People;
using Crm.Storage;
using Marten;

namespace Crm.Desk;

/// <summary>A lead and whose it is.</summary>
public sealed record LeadRow(Lead Lead, Person Person);

/// <summary>A row of a list.</summary>
/// <param name="Row">Null where what is stored cannot be read, such as what a newer program has stored.</param>
/// <param name="Problem">Why not.</param>
public sealed record LeadEntry(Guid Id, LeadRow? Row, Exception? Problem = null)
{
    private const int AtOnce = 500;

    internal const string Leads = $"{MartenSetup.Schema}.mt_doc_lead d";
    internal const string From = $"{Leads} join {MartenSetup.Schema}.mt_doc_person p on p.id = d.person_id";

    /// <summary>Reads leads <c>d</c> with their persons <c>p</c>. One that cannot be read takes no other with it.</summary>
    /// <param name="rest">From <c>where</c> on.</param>
    public static async Task<IReadOnlyList<LeadEntry>> ReadAsync(
        IQuerySession session, string rest, IReadOnlyList<object> values, CancellationToken cancel)
    {
        try
        {
            // A session that may write wants the ids too.
            var (leadId, personId) = session is IDocumentSession ? ("d.id, ", "p.id, ") : ("", "");
            var rows = await session.AdvancedSql.QueryAsync<Lead, Person>(
                $"select row({leadId}d.data, d.mt_version), row({personId}p.data, p.mt_version) from {From} {rest}", cancel, [.. values]);
            return [.. rows.Select(r => new LeadEntry(r.Item1.Id, new LeadRow(r.Item1, r.Item2)))];
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return await ReadOneByOneAsync(session, rest, values, cancel);
        }
    }

    /// <summary>Reads leads one after the other, however many there are: some at a time, of which none are kept.</summary>
    internal static async IAsyncEnumerable<LeadEntry> StreamAsync(
        IQuerySession session, Guid[] ids, LeadOrder order, [EnumeratorCancellation] CancellationToken cancel)
    {
        var ordered = await session.AdvancedSql.QueryAsync<Guid>(
            $"select d.id from {From} where d.id = any(?) order by {order.By()}", cancel, (object)ids);
        foreach (var some in ordered.Chunk(AtOnce))
        {
            var found = (await ReadAsync(session, "where d.id = any(?)", [some], cancel)).ToDictionary(e => e.Id);
            foreach (var id in some)
                if (found.GetValueOrDefault(id) is { } entry) yield return entry;
        }
    }

    private static async Task<IReadOnlyList<LeadEntry>> ReadOneByOneAsync(
        IQuerySession session, string rest, IReadOnlyList<object> values, CancellationToken cancel)
    {
        var rows = await session.AdvancedSql.QueryAsync<Stored>(
            $"select jsonb_build_object('Key', d.id, 'Lead', d.data, 'Person', p.data) from {From} {rest}", cancel, [.. values]);
        return [.. rows.Select(r => Read(r, session.DocumentStore.Options.Serializer()))];
    }

    private static LeadEntry Read(Stored row, ISerializer serializer)
    {
        T Of<T>(JsonElement json) => serializer.FromJson<T>(new MemoryStream(Encoding.UTF8.GetBytes(json.GetRawText())));
        try
        {
            return new LeadEntry(row.Key, new LeadRow(Of<Lead>(row.Lead), Of<Person>(row.Person)));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new LeadEntry(row.Key, null, e);
        }
    }

    private sealed record Stored(Guid Key, JsonElement Lead, JsonElement Person);
}

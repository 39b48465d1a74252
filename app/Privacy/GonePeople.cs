using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Privacy;

/// <summary>Somebody whom an import had brought that was taken back.</summary>
/// <param name="Name">As the file had it.</param>
public sealed record GonePerson(Guid Id, string Name, DateTimeOffset At);

/// <param name="Form">With the number or the address that was typed.</param>
/// <param name="Found">Null where nothing was looked for.</param>
public sealed record GoneSearch(Form Form, IReadOnlyList<GonePerson>? Found);

/// <summary>
/// Whoever a change had brought that was undone has no page; their events tell of them all the same. They are found by a number or an
/// address, so that they can be given what is held of them and be erased like anybody else.
/// </summary>
public static class GonePeople
{
    /// <summary>The condition on events <c>e</c> of such a person's stream.</summary>
    public const string Gone = $"""
        e.type = '{TakenBackIndex.Person}' and (e.data ->> 'As') is null
            and not exists (select 1 from {MartenSetup.Schema}.mt_doc_person d where d.id = e.stream_id)
            and not exists (select 1 from {MartenSetup.Schema}.mt_events x where x.stream_id = e.stream_id and x.type = 'person_erased')
        """;

    // Numbers and addresses stand between quotation marks: a number is no part of another. All that these were ever called is read.
    private const string Told = $"""
        select jsonb_build_object('Id', t.stream_id, 'Name', t.data ->> 'Name', 'At', t.data ->> 'At')
        from {MartenSetup.Schema}.mt_events t
        where t.type = 'person_registered'
            and t.stream_id in (select e.stream_id from {MartenSetup.Schema}.mt_events e where {Gone})
            and exists (select 1 from {MartenSetup.Schema}.mt_events k
                where k.stream_id = t.stream_id and position(? in lower(k.data::text)) > 0)
        order by t.stream_id limit 20
        """;

    /// <summary>Looks for what was typed; where that is no number and no address, the form says so.</summary>
    /// <param name="region">Whose numbers may be typed without a country code.</param>
    public static async Task<GoneSearch> FindAsync(IQuerySession session, string? typed, string region, CancellationToken cancel)
    {
        var form = Form.Fresh(("gone", typed ?? ""));
        if (form.IsEmpty("gone")) return new GoneSearch(form, null);
        var key = form["gone"].Contains('@', StringComparison.Ordinal) ? form.Email("gone")?.Text : form.Phone("gone", region)?.E164;
        return new GoneSearch(form, form.Ok && key is not null
            ? await session.AdvancedSql.QueryAsync<GonePerson>(Told, cancel, $"\"{key.ToLowerInvariant()}\"")
            : null);
    }
}

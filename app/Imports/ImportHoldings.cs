using Crm.Institute;
using Crm.Privacy;
using Crm.Storage;
using Marten;

namespace Crm.Imports;

/// <summary>
/// The rows of files in which a person stands. What became of a row stays, by its number. A file that was not begun with and has the person
/// in it goes whole: it is a copy of one that the manager has, and one row cannot be taken out of it.
/// </summary>
public sealed class ImportHoldings : IHoldings
{
    private const string Rows = $"{MartenSetup.Schema}.import_rows";
    private const string Verdicts = $"{MartenSetup.Schema}.import_verdicts";
    private const string Files = $"{MartenSetup.Schema}.import_files";

    // Whose row it is is known of those that went in; of the others, each is looked at that has a number or an address of the person.
    private const string Found = $"""
        select jsonb_build_object('Import', r.import_id, 'Number', r.number, 'Cells', r.cells,
            'Theirs', coalesce(v.person_id = any(?) or v.lead_id = any(?), false))
        from {Rows} r left join {Verdicts} v on v.import_id = r.import_id and v.number = r.number
        where v.person_id = any(?) or v.lead_id = any(?) or exists (select 1 from unnest(?::text[]) k
            where regexp_replace(lower(array_to_string(r.cells, ' ')), '[ ()-]', '', 'g') like '%' || k || '%')
        """;

    private const string Blank = $"""
        update {Verdicts} v set why = case when v.why is null then null else ? end
        where v.person_id = any(?) or v.lead_id = any(?)
        """;

    private const string Touched = $"select distinct import_id from {Verdicts} where person_id = any(?) or lead_id = any(?)";

    private const string DeleteRow = $"delete from {Rows} where import_id = ? and number = ?";

    private const string BlankRow = $"update {Verdicts} set why = ? where import_id = ? and number = ? and why is not null";

    public async Task<IReadOnlyList<Holding>> FindAsync(Subject subject, IQuerySession session, CancellationToken cancel) =>
        [.. (await RowsAsync(subject, session, cancel)).Select(r => new Holding("Rows of files", r))];

    public async Task EraseAsync(Subject subject, ErasureWork work, CancellationToken cancel)
    {
        var session = work.Session;
        session.QueueSqlCommand(Blank, StoredEvent.Erased, subject.People, subject.LeadStreams);
        var rows = (await RowsAsync(subject, session, cancel)).ToLookup(r => r.Import);
        var touched = (await session.AdvancedSql.QueryAsync<Guid>(Touched, cancel, subject.People, subject.LeadStreams)).ToHashSet();
        foreach (var import in await session.Query<Import>().ToListAsync(cancel))
        {
            if (import.IsDraft && rows.Contains(import.Id)) Discard(session, import);
            else if (touched.Contains(import.Id) || rows.Contains(import.Id)) Clean(session, import, rows[import.Id]);
        }
        if (rows.Count > 0) work.Count("rows of files", rows.Sum(r => r.Count()));
    }

    private static void Discard(IDocumentSession session, Import import)
    {
        foreach (var table in new[] { Files, Rows, Verdicts })
            session.QueueSqlCommand($"delete from {table} where import_id = ?", import.Id);
        session.Delete(import);
    }

    // Which of the examples was theirs is not known any more, and who maps the columns is done with them.
    private static void Clean(IDocumentSession session, Import import, IEnumerable<FoundRow> rows)
    {
        foreach (var row in rows)
        {
            session.QueueSqlCommand(DeleteRow, import.Id, row.Number);
            session.QueueSqlCommand(BlankRow, StoredEvent.Erased, import.Id, row.Number);
        }
        (import.Columns, import.LeftOut) = (import.Columns.ConvertAll(c => c with { Examples = [] }), []);
        session.Store(import);
    }

    private static async Task<IReadOnlyList<FoundRow>> RowsAsync(Subject subject, IQuerySession session, CancellationToken cancel)
    {
        const int national = 10;
        var keys = subject.Traces.Keys.Select(k => k.Contains('@') || k.Length <= national ? k.ToLowerInvariant() : k[^national..])
            .ToArray();
        var found = await session.AdvancedSql.QueryAsync<FoundRow>(Found, cancel, subject.People, subject.LeadStreams, subject.People,
            subject.LeadStreams, keys);
        return [.. found.Where(r => r.Theirs || subject.Traces.Tell(string.Join(' ', r.Cells)))];
    }

    private sealed record FoundRow(Guid Import, int Number, string[] Cells, bool Theirs);
}

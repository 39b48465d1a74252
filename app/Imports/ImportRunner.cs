using Crm.Accounts;
using Crm.Changes;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.Storage;
using Hangfire;
using Marten;
using Npgsql;

namespace Crm.Imports;

/// <summary>
/// Has the rows of files go in, in the background and in batches: each is one transaction, which notes how far the import has come, so
/// that a kill neither loses nor repeats a row. One import goes after the other, in whichever process.
/// </summary>
public sealed class ImportRunner(
    IDocumentStore store, NpgsqlDataSource source, TakeOver takeOver, InstituteClock clock, CurrentInstitute institute,
    DatabaseTroubles troubles, ILogger<ImportRunner> logger)
{
    /// <summary>The name on the schedule of the job that goes on with what a stop or a kill has left.</summary>
    public const string Sweep = "imports";

    private const int BatchSize = 500;
    private const int FewRows = 8;
    private const int Attempts = 5;
    private const string Running = "where d.data ->> 'State' = 'Running' order by d.data ->> 'StartedAt', d.id limit 1";

    /// <summary>Works off what is to go in, the first that was started first; nothing where another process is at it.</summary>
    [AutomaticRetry(Attempts = 0)]
    public async Task RunAsync(CancellationToken cancel)
    {
        await institute.RefreshAsync(cancel);
        while (await NextAsync(cancel) is { } id && await WorkAsync(id, cancel)) { }
    }

    private async Task<Guid?> NextAsync(CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        return await session.QueryAsync<Import>(Running, cancel) is [var next] ? next.Id : null;
    }

    // False where somebody else is at it. A batch that fails is tried with fewer rows, until one alone is known to be at fault.
    private async Task<bool> WorkAsync(Guid id, CancellationToken cancel)
    {
        var (size, failures) = (BatchSize, 0);
        while (true)
        {
            try
            {
                var (step, rows) = await BatchesAsync(id, size, failures >= Attempts, cancel);
                if (step is Step.Over or Step.NotOurs) return step is Step.Over;
                (size, failures) = step is Step.Overtaken ? Fewer(size, failures) : (After(rows), 0);
            }
            catch (Exception e) when (e is not OperationCanceledException && troubles.In(e) is null)
            {
                logger.LogError(e, "A batch of {Rows} rows of the import {Import} could not be stored", size, id);
                (size, failures) = Fewer(size, failures);
            }
        }
    }

    private static (int Size, int Failures) Fewer(int size, int failures) => size > 1 ? (Math.Max(1, size / 8), 0) : (1, failures + 1);

    // Where rows of one person follow each other, few can go in together: no more are read than that.
    private static int After(int rows) => Math.Clamp(rows * 2, FewRows, BatchSize);

    private enum Step { Taken, Overtaken, Over, NotOurs }

    /// <summary>
    /// While one batch is written the next is read and decided, and waits for the one before where they share a person, by the locks by
    /// which any two enquiries do. How far the import has come is noted in their order.
    /// </summary>
    /// <param name="leaveOut">Whether the next row has failed so often that it is left out alone, with a reason.</param>
    /// <returns>How it ended, and how many rows the last batch had.</returns>
    private async Task<(Step Step, int Rows)> BatchesAsync(Guid id, int size, bool leaveOut, CancellationToken cancel)
    {
        Batch? current = new(await ImportSession.OpenAsync(store, source, cancel));
        try
        {
            if (await current.LockAsync(id, null, cancel) is { } ended) return (ended, 0);
            if (!await ReadAsync(current, current.Import!, current.Import!.Taken, size, leaveOut, cancel)) return (Step.Overtaken, 0);
            var isLast = leaveOut || size < BatchSize;
            while (true)
            {
                var before = current;
                current = null;
                (var step, current) = await SaveAndReadOnAsync(before, isLast, cancel);
                if (step is Step.Over || isLast) return (step, before.Count);
                if (current is null) return (Step.Overtaken, 0);
                if (await current.LockAsync(id, before.End, cancel) is { } stopped) return (stopped, 0);
            }
        }
        finally
        {
            if (current is not null) await current.DisposeAsync();
        }
    }

    /// <returns>Whether the import is over with this batch, which is finished with; and the one after it.</returns>
    private async Task<(Step Step, Batch? Next)> SaveAndReadOnAsync(Batch batch, bool isLast, CancellationToken cancel)
    {
        var saving = Task.Run(() => SaveAsync(batch, cancel), CancellationToken.None);
        var reading = isLast ? Task.FromResult<Batch?>(null) : Task.Run(() => ReadOnAsync(batch, cancel), CancellationToken.None);
        try
        {
            await Task.WhenAll(saving, reading);
            return (await saving, await reading);
        }
        finally
        {
            await batch.DisposeAsync();
            if (!saving.IsCompletedSuccessfully && reading.IsCompletedSuccessfully && await reading is { } next) await next.DisposeAsync();
        }
    }

    // Null where there are no more rows, and where it was overtaken.
    private async Task<Batch?> ReadOnAsync(Batch before, CancellationToken cancel)
    {
        var import = before.Import!;
        if (before.End >= import.Planned) return null;
        var batch = new Batch(await ImportSession.OpenAsync(store, source, cancel));
        var isRead = false;
        try
        {
            isRead = await ReadAsync(batch, import, before.End, After(before.Count), leaveOut: false, cancel);
            return isRead ? batch : null;
        }
        finally
        {
            if (!isRead) await batch.DisposeAsync();
        }
    }

    // False where somebody who is joined was merged, or a lead lost, at this moment: all is to be asked again.
    private async Task<bool> ReadAsync(Batch batch, Import import, int from, int size, bool leaveOut, CancellationToken cancel)
    {
        var rows = await ImportRows.NextAsync(batch.Work.Database, import.Id, from, leaveOut ? 1 : size, cancel);
        (batch.From, batch.End) = (from, from);
        if (leaveOut) batch.LeaveOut(rows);
        return leaveOut || rows.Count == 0 || await TakeAsync(batch, import, rows, cancel);
    }

    private async Task<bool> TakeAsync(Batch batch, Import import, IReadOnlyList<JudgedRow> rows, CancellationToken cancel)
    {
        var documents = batch.Work.Documents;
        var courses = await documents.Query<Course>().ToListAsync(cancel);
        var staff = await documents.Query<User>().Where(u => u.Active).ToListAsync(cancel);
        var reader = new RowReader(import, courses, staff, clock, institute.Profile);
        var read = rows.Select(r => (Row: r, Reading: reader.Read(r.Row))).ToList();
        var whole = read.Where(r => r.Reading.Problem is null).ToList();
        var (from, consent) = ($"Imported from {import.FileName}", $"Agreed before, as {import.By.Name} says who imported it");
        var counsellor = import.CounsellorName is { } name ? new CounsellorRef(Guid.Parse(import.Counsellor), name) : null;
        var enquiries = whole.ConvertAll(r => reader.EnquiryOf(r.Reading, from, consent, counsellor));
        var taken = enquiries.Count == 0 ? [] : await takeOver.ReceiveAsync(documents, enquiries, cancel);
        if (taken is null) return false;
        batch.End = taken.Count < whole.Count ? whole[taken.Count].Row.Verdict.Place!.Value - 1 : rows[^1].Verdict.Place!.Value;
        // A course may have gone since the rows were judged.
        List<Outcome> refused = [.. read.Where(r => r.Reading.Problem is not null && r.Row.Verdict.Place <= batch.End)
            .Select(r => new Outcome(r.Row.Verdict.Number, RowGroup.Refused, r.Reading.Problem, null, null, null))];
        (batch.Failed, batch.WereHere) = (refused.Count, taken.Count(t => t.Became == Became.WasHere));
        batch.Outcomes = [.. whole.Zip(taken, (r, t) => OutcomeOf(r.Row.Verdict, t)), .. refused];
        return true;
    }

    private static Outcome OutcomeOf(Verdict verdict, TakenEnquiry taken)
    {
        var group = verdict.Twin is not null ? RowGroup.Twice
            : taken.Became != Became.NewPerson ? RowGroup.Joins
            : taken.Why is null ? RowGroup.New : RowGroup.Duplicate;
        return new Outcome(verdict.Number, group, taken.Why, taken.PersonId, taken.LeadId, taken.Became.ToString());
    }

    private async Task<Step> SaveAsync(Batch batch, CancellationToken cancel)
    {
        var (work, import) = (batch.Work, batch.Import!);
        if (batch.Outcomes.Count > 0) Note(work, import, batch.Outcomes);
        import.Taken = batch.End;
        import.Failed += batch.Failed;
        import.WereHere += batch.WereHere;
        var change = await ImportSession.ChangeOfAsync(work, import, cancel);
        await change.NoteAsync(work.Documents, cancel);
        change.Seen = import.Taken;
        if (import.Taken >= import.Planned) await FinishAsync(work, import, change, cancel);
        work.Documents.Store(import);
        await work.CommitAsync(cancel);
        return import.IsRunning ? Step.Taken : Step.Over;
    }

    private static void Note(ImportSession work, Import import, IReadOnlyList<Outcome> outcomes) =>
        work.Documents.QueueSqlCommand(ImportRows.Note,
            outcomes.Select(o => o.Number).ToArray(), outcomes.Select(o => o.Group.ToString()).ToArray(),
            outcomes.Select(o => o.Why).ToArray(), outcomes.Select(o => o.PersonId?.ToString() ?? "").ToArray(),
            outcomes.Select(o => o.LeadId?.ToString() ?? "").ToArray(), outcomes.Select(o => o.Became).ToArray(),
            import.Id);

    private async Task FinishAsync(ImportSession work, Import import, Change change, CancellationToken cancel)
    {
        await work.WriteAsync(cancel);
        (import.State, import.EndedAt) = (ImportState.Done, clock.Now);
        change.End(work.Documents, clock.Now);
        import.Counts = await ImportRows.CountAsync(work.Database, import.Id, cancel);
        await ImportRows.ForgetTakenAsync(work.Database, import.Id, cancel);
        logger.LogInformation("{Rows} rows of {File} have gone in", import.Planned, import.FileName);
    }

    private sealed record Outcome(int Number, RowGroup Group, string? Why, Guid? PersonId, Guid? LeadId, string? Became);

    /// <summary>Rows that go in together, in a transaction of their own: what of them is decided, and not yet written.</summary>
    private sealed class Batch(ImportSession work) : IAsyncDisposable
    {
        public ImportSession Work => work;

        /// <summary>The import as this batch found it when it locked it; null until then.</summary>
        public Import? Import { get; private set; }

        /// <summary>The place of the last row before it.</summary>
        public int From { get; set; }

        /// <summary>The place of its last row.</summary>
        public int End { get; set; }

        public int Count => End - From;
        public IReadOnlyList<Outcome> Outcomes { get; set; } = [];
        public int Failed { get; set; }
        public int WereHere { get; set; }

        /// <returns>Why it does not go on; null where it does. Who holds the import is not waited for.</returns>
        /// <param name="from">How far the import has to have come; null where it may be anywhere.</param>
        public async Task<Step?> LockAsync(Guid id, int? from, CancellationToken cancel)
        {
            Import = await work.LockAsync(id, cancel, "skip locked");
            return Import is null ? Step.NotOurs
                : !Import.IsRunning ? Step.Over
                : from is not null && Import.Taken != from ? Step.Overtaken
                : null;
        }

        public void LeaveOut(IReadOnlyList<JudgedRow> rows)
        {
            const string why = "This row could not be stored. It is not your doing, and it has been recorded.";
            Outcomes = [.. rows.Select(r => new Outcome(r.Verdict.Number, RowGroup.Refused, why, null, null, null))];
            (End, Failed) = (From + rows.Count, rows.Count);
        }

        public ValueTask DisposeAsync() => work.DisposeAsync();
    }
}

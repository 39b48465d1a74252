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
                var (step, rows) = await BatchAsync(id, size, failures >= Attempts, cancel);
                if (step is Step.Over or Step.NotOurs) return step is Step.Over;
                // Where rows of one person follow each other, few can go in together: no more are read than that.
                (size, failures) = step is Step.Overtaken ? Fewer(size, failures) : (Math.Clamp(rows * 2, FewRows, BatchSize), 0);
            }
            catch (Exception e) when (e is not OperationCanceledException && troubles.In(e) is null)
            {
                logger.LogError(e, "A batch of {Rows} rows of the import {Import} could not be stored", size, id);
                (size, failures) = Fewer(size, failures);
            }
        }
    }

    private static (int Size, int Failures) Fewer(int size, int failures) => size > 1 ? (Math.Max(1, size / 8), 0) : (1, failures + 1);

    private enum Step { Taken, Overtaken, Over, NotOurs }

    /// <param name="leaveOut">Whether the next row has failed so often that it is left out, with a reason.</param>
    private async Task<(Step Step, int Rows)> BatchAsync(Guid id, int size, bool leaveOut, CancellationToken cancel)
    {
        await using var work = await ImportSession.OpenAsync(store, source, cancel);
        if (await work.LockAsync(id, cancel, "skip locked") is not { } import) return (Step.NotOurs, 0);
        if (!import.IsRunning) return (Step.Over, 0);
        var before = import.Taken;
        var rows = await ImportRows.NextAsync(work.Database, id, import.Taken, leaveOut ? 1 : size, cancel);
        if (leaveOut) LeaveOut(work, import, rows);
        else if (rows.Count > 0 && !await TakeAsync(work, import, rows, cancel)) return (Step.Overtaken, 0);
        var change = await ImportSession.ChangeOfAsync(work, import, cancel);
        change.Note(work.Documents);
        change.Seen = import.Taken;
        if (import.Taken >= import.Planned) await FinishAsync(work, import, change, cancel);
        work.Documents.Store(import);
        await work.CommitAsync(cancel);
        return (import.IsRunning ? Step.Taken : Step.Over, import.Taken - before);
    }

    // False where somebody who is joined was merged, or a lead lost, at this moment: all is to be asked again.
    private async Task<bool> TakeAsync(ImportSession work, Import import, IReadOnlyList<JudgedRow> rows, CancellationToken cancel)
    {
        var courses = await work.Documents.Query<Course>().ToListAsync(cancel);
        var staff = await work.Documents.Query<User>().Where(u => u.Active).ToListAsync(cancel);
        var reader = new RowReader(import, courses, staff, clock, institute.Profile);
        var read = rows.Select(r => (Row: r, Reading: reader.Read(r.Row))).ToList();
        var whole = read.Where(r => r.Reading.Problem is null).ToList();
        var (from, consent) = ($"Imported from {import.FileName}", $"Agreed before, as {import.By.Name} says who imported it");
        var counsellor = import.CounsellorName is { } name ? new LeadAssigned(Guid.Parse(import.Counsellor), name) : null;
        var enquiries = whole.ConvertAll(r => reader.EnquiryOf(r.Reading, from, consent, counsellor));
        var taken = enquiries.Count == 0 ? [] : await takeOver.ReceiveAsync(work.Documents, enquiries, cancel);
        if (taken is null) return false;
        var end = taken.Count < whole.Count ? whole[taken.Count].Row.Verdict.Place!.Value - 1 : rows[^1].Verdict.Place!.Value;
        // A course may have gone since the rows were judged.
        List<Outcome> refused = [.. read.Where(r => r.Reading.Problem is not null && r.Row.Verdict.Place <= end)
            .Select(r => new Outcome(r.Row.Verdict.Number, RowGroup.Refused, r.Reading.Problem, null, null, null))];
        import.Failed += refused.Count;
        Note(work, import, [.. whole.Zip(taken, (r, t) => OutcomeOf(r.Row.Verdict, t)), .. refused]);
        (import.Taken, import.WereHere) = (end, import.WereHere + taken.Count(t => t.Became == Became.WasHere));
        return true;
    }

    private static Outcome OutcomeOf(Verdict verdict, TakenEnquiry taken)
    {
        var group = verdict.Twin is not null ? RowGroup.Twice
            : taken.Became != Became.NewPerson ? RowGroup.Joins
            : taken.Why is null ? RowGroup.New : RowGroup.Duplicate;
        return new Outcome(verdict.Number, group, taken.Why, taken.PersonId, taken.LeadId, taken.Became.ToString());
    }

    private static void LeaveOut(ImportSession work, Import import, IReadOnlyList<JudgedRow> rows)
    {
        const string why = "This row could not be stored. It is not your doing, and it has been recorded.";
        Note(work, import, [.. rows.Select(r => new Outcome(r.Verdict.Number, RowGroup.Refused, why, null, null, null))]);
        import.Taken += rows.Count;
        import.Failed += rows.Count;
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
}

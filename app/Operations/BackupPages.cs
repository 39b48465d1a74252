using Crm.Institute;
using Crm.Storage;
using Crm.Web;
using Hangfire;
using Marten;

namespace Crm.Operations;

/// <param name="Standing">How old the last proven one is.</param>
/// <param name="Fresh">The form that makes one.</param>
public sealed record BackupsView(IReadOnlyList<BackupRecord> Backups, BackupStanding Standing, BackupOptions Options, InstituteClock Clock,
    Form Fresh)
{
    public bool IsOverdue => Standing.IsOverdueAt(Clock.Now);

    /// <summary>Why there is none of the last night, or will be none of the next; null where all is well.</summary>
    public string? Problem => Standing.Trouble ?? Standing.Failed?.Problem;

    public bool IsAtWork => Backups.Any(b => b.IsAtWorkAt(Clock.Now));
}

public sealed record BackupRowView(BackupRecord Backup, InstituteClock Clock);

/// <param name="Here">Whether its file is on this machine.</param>
public sealed record BackupCopyView(BackupRecord Backup, InstituteClock Clock, bool Here);

/// <summary>The managers' page of backups: how they stand, one more, and a copy to take away.</summary>
public static class BackupPages
{
    private const string Address = "/backups";
    private const int Shown = 60;

    public static void Map(IEndpointRouteBuilder app)
    {
        var backups = app.MapGroup(Address).RequireAuthorization(Roles.ManagerPolicy);
        backups.MapGet("", ListAsync);
        backups.MapPost("", AskAsync).AsksAgain();
        backups.MapGet("/{id:guid}", LookAsync);
        backups.MapPost("/{id:guid}/copies", CopyAsync).AsksAgain();
    }

    private static async Task<IResult> ListAsync(
        IQuerySession session, BackupHealth health, BackupOptions options, InstituteClock clock, CancellationToken cancel)
    {
        var all = await session.Query<BackupRecord>().OrderByDescending(b => b.MadeAt).Take(Shown).ToListAsync(cancel);
        return Backups.Create(new BackupsView(all, await health.StandingAsync(cancel), options, clock, Form.Fresh()));
    }

    // It takes as long as it takes: the page tells when it is there.
    private static async Task<IResult> AskAsync(
        HttpContext http, IDocumentSession session, IBackgroundJobClient jobs, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (await SentForm.ClaimAsync(session, form, clock.Now, cancel))
        {
            var asked = new BackupRecord { Id = Guid.CreateVersion7(), MadeAt = clock.Now, Reason = BackupReason.Asked };
            session.Store(asked);
            await session.SaveChangesAsync(cancel);
            jobs.Enqueue<BackupJobs>(job => job.AskedAsync(asked.Id, CancellationToken.None));
        }
        return Results.Redirect(Address);
    }

    private static async Task<IResult> LookAsync(
        Guid id, IQuerySession session, BackupShelf shelf, InstituteClock clock, CancellationToken cancel) =>
        await session.LoadAsync<BackupRecord>(id, cancel) is { } backup
            ? CopyBackup.Create(new BackupCopyView(backup, clock, shelf.FileOf(backup) is not null))
            : Results.NotFound();

    // Who took one is noted before it is sent.
    private static async Task<IResult> CopyAsync(
        Guid id, HttpContext http, IDocumentSession session, BackupShelf shelf, InstituteClock clock, CancellationToken cancel)
    {
        if (await session.LockAsync<BackupRecord>(id, cancel) is not { } backup) return Results.NotFound();
        if (shelf.FileOf(backup) is not { } path) return Results.Redirect($"{Address}/{id}");
        var stamp = http.Stamp(clock);
        backup.Copies.Add(new BackupCopy(stamp.At, stamp.By));
        session.Store(backup);
        Audit.Note(session, http.Audited(AuditKind.BackupTaken, backup.File));
        await session.SaveChangesAsync(cancel);
        return Results.File(path, "application/octet-stream", backup.File);
    }
}

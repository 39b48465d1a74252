using Crm.Institute;
using Crm.Web;
using Marten;

namespace Crm.Changes;

/// <summary>Notes who took which list out of the house.</summary>
public static class Exports
{
    /// <param name="things">What the list is of, in the plural.</param>
    public static async Task RecordAsync(
        IDocumentSession session, Form form, string things, int count, HttpContext http, CancellationToken cancel)
    {
        var stamp = http.Stamp(http.RequestServices.GetRequiredService<InstituteClock>());
        var kind = SheetFile.IsWorkbook(form) ? "Excel" : "CSV";
        // Each file that leaves, also where it is the same once more.
        Audit.Note(session, http.Audited(AuditKind.Exported, $"{things} as {kind}", count: count));
        // The same form once more is the same file once more.
        if (await SentForm.ClaimAsync(session, form, stamp.At, cancel))
        {
            var change = ChangeWriter.Begin(session, ChangeKind.Export,
                $"Exported {things} as {kind}: {count} {(count == 1 ? "row" : "rows")}", stamp);
            change.Total = change.Seen = count;
            change.End(session, stamp.At);
        }
        await session.SaveChangesAsync(cancel);
    }
}

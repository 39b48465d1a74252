using Crm.Institute;
using Crm.Web;
using Marten;

namespace Crm.Changes;

/// <summary>Notes who took which list out of the house.</summary>
public static class Exports
{
    /// <param name="things">What the list is of, in the plural.</param>
    public static async Task RecordAsync(IDocumentSession session, Form form, string things, int count, bool workbook, Stamp stamp,
        CancellationToken cancel)
    {
        // The same form once more is the same file once more.
        if (await SentForm.ClaimAsync(session, form, stamp.At, cancel))
        {
            var change = ChangeWriter.Begin(session, ChangeKind.Export,
                $"Exported {things} as {(workbook ? "Excel" : "CSV")}: {count} {(count == 1 ? "row" : "rows")}", stamp);
            change.Total = change.Seen = count;
            change.End(session, stamp.At);
        }
        await session.SaveChangesAsync(cancel);
    }
}

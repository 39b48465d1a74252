using System.Runtime.CompilerServices;
using Crm.Accounts;
using Crm.Changes;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Marten;

namespace Crm.Desk;

/// <summary>The list of leads as a file, with the columns shown. Who took it, when and how many is recorded among the changes.</summary>
public static class LeadExport
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/leads/selections/files", SendAsync).AsksAgain();

    private static async Task<IResult> SendAsync(
        HttpContext http, IDocumentSession session, InstituteClock clock, CurrentInstitute institute, Sight sight, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var selection = LeadSelection.Read(form);
        if (selection.IsEmpty || !form.Ok) return Results.Redirect(selection.List);
        var terms = new LeadTerms(clock, await SourceBook.LoadAsync(session, cancel), institute.Profile.PhoneRegion,
            sight.OnlyOf(http.User));
        var ids = await selection.FindAsync(session, terms, cancel);
        var workbook = SheetFile.IsWorkbook(form);
        await Exports.RecordAsync(session, form, "leads", ids.Length, http, cancel);
        var columns = LeadColumns.OfFile(selection.ToFilter().Columns, institute.Profile);
        return new SheetFile($"leads-{clock.Today:yyyy-MM-dd}", [.. columns.Select(c => c.Heading)],
            RowsAsync(session, ids, selection.ToFilter(), terms, [.. columns.Select(c => c.Cell)], cancel), workbook);
    }

    private static async IAsyncEnumerable<IReadOnlyList<SheetCell>> RowsAsync(IQuerySession session, Guid[] ids, LeadFilter filter,
        LeadTerms terms, IReadOnlyList<Func<LeadLineView, SheetCell>> columns, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var entry in LeadEntry.StreamAsync(session, ids, LeadOrder.Of(filter.Sort), cancel))
        {
            var line = new LeadLineView(entry, terms.Clock) { Book = terms.Book };
            if (entry.Row is null) yield return [$"The lead {entry.Id} cannot be read"];
            else yield return [.. columns.Select(cell => cell(line))];
        }
    }
}

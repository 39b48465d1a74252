using Crm.Courses;
using Crm.Institute;
using Marten;
using Npgsql;

namespace Crm.Imports;

/// <summary>Takes a file in: finds its table, guesses its columns, and judges its rows.</summary>
public sealed class Drop(Preview preview, CurrentInstitute institute)
{
    private const int RowsToGuessBy = 400;
    private const int LinesToTell = 5;

    /// <summary>Reads a file into an import that the caller stores.</summary>
    /// <exception cref="Refusal">It cannot be read, or nobody stands in it.</exception>
    public async Task ReadAsync(
        NpgsqlConnection database, IDocumentSession session, Import import, byte[] bytes, CancellationToken cancel)
    {
        using var file = DroppedFile.Open(bytes);
        (import.Form, import.Sheets) = (file.Form, [.. file.Sheets]);
        if (file.Form.Kind == FileKind.Xlsx && file.Sheets.Count == 0) throw new Refusal("file", "This workbook has no sheet with rows.");
        var profile = institute.Profile;
        if (!file.Sheets.Contains(import.Sheet)) import.Sheet = BestSheet(file, profile);
        var table = SheetTable.Of(file, import.Sheet, profile.CourseWord, profile.PhoneRegion);
        var first = new List<SheetRow>();
        await ImportRows.WriteAsync(database, import.Id, Noting(table.People(), first), cancel);
        (import.HeadingsAt, import.LeftOut) = (table.HeadingsAt, [.. table.LeftOut.Take(LinesToTell)]);
        var courses = await session.Query<Course>().ToListAsync(cancel);
        var guess = new ColumnGuess(profile.CourseWord, profile.PhoneRegion, new CourseMatch(courses, new Dictionary<string, Course?>()));
        import.Columns = guess.Make(table.Headings, first);
        // Where there is only one, nobody has to be asked.
        if (courses.Where(c => c.Open).ToList() is [var only]) import.CourseOfRest = only.Id;
        await RememberAsync(session, import, cancel);
        await preview.MakeAsync(database, session, import, cancel);
    }

    private static string BestSheet(DroppedFile file, InstituteProfile profile)
    {
        if (file.Sheets.Count < 2) return file.Sheets.FirstOrDefault("");
        // One that is hidden is taken only where no other has rows: whoever drops the file may not know of it.
        var best = file.Sheets.Select(s => (Sheet: s, Known: KnownIn(file, s, profile)))
            .MaxBy(s => (s.Known >= 0, !file.IsHidden(s.Sheet), s.Known));
        return best.Known < 0 ? throw new Refusal("file", "All sheets of this workbook are empty.") : best.Sheet;
    }

    private static int KnownIn(DroppedFile file, string sheet, InstituteProfile profile)
    {
        try
        {
            return SheetTable.Of(file, sheet, profile.CourseWord, profile.PhoneRegion).KnownHeadings;
        }
        catch (Refusal)
        {
            return -1; // an empty sheet, of which there are three in many a workbook
        }
    }

    private static IEnumerable<SheetRow> Noting(IEnumerable<SheetRow> rows, List<SheetRow> first)
    {
        foreach (var row in rows)
        {
            if (first.Count < RowsToGuessBy) first.Add(row);
            yield return row;
        }
    }

    private static async Task RememberAsync(IDocumentSession session, Import import, CancellationToken cancel)
    {
        var id = RememberedColumns.IdOf(import.Columns.Select(c => c.Heading));
        if (await session.LoadAsync<RememberedColumns>(id, cancel) is not { } before || before.Fields.Count != import.Columns.Count) return;
        import.Columns = [.. import.Columns.Zip(before.Fields, (column, field) => column with { Field = field })];
        import.ChosenOrder = before.Order;
        import.ChosenCourses = new(before.Courses);
        import.ChosenCounsellors = new(before.Counsellors);
        import.CourseOfRest = before.CourseOfRest ?? import.CourseOfRest;
    }
}

using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Web;
using Marten;
using Npgsql;

namespace Crm.Imports;

/// <summary>Changes what a file's columns, dates and courses are taken for, and judges its rows anew.</summary>
public static class MapColumns
{
    public const string Sheet = "sheet", Order = "order", Rest = "rest";

    public static void Map(IEndpointRouteBuilder imports) => imports.MapPost("/{id:guid}/mapping", ChangeAsync).ShowsFormAgain();

    /// <summary>What a column's choice is called in the form.</summary>
    public static string FieldOf(int column) => $"column-{column}";

    /// <summary>The mapping as it is now.</summary>
    public static IEnumerable<Drawn> Shown(Import import) =>
    [
        (Sheet, import.Sheet),
        (Order, import.ChosenOrder?.ToString() ?? ""),
        (Rest, import.CourseOfRest?.ToString() ?? ""),
        .. import.Columns.Select((c, i) => new Drawn(FieldOf(i), c.Field.ToString(), FieldWords.Of(c.Field))),
        .. import.CourseNames.Select(n => new Drawn(n.FormField, ChoiceOf(import.ChosenCourses, n.Key, n.Guessed))),
        .. import.StaffNames.Select(n => new Drawn(n.FormField, ChoiceOf(import.ChosenCounsellors, n.Key, n.Guessed))),
    ];

    private static string ChoiceOf(Dictionary<string, Guid> chosen, string key, Guid? guessed) =>
        (chosen.TryGetValue(key, out var id) ? id : guessed ?? Guid.Empty) is var choice && choice != Guid.Empty ? choice.ToString() : "";

    private static async Task<IResult> ChangeAsync(Guid id, HttpContext http, IDocumentStore store, NpgsqlDataSource source, Drop drop,
        Preview preview, ImportPage page, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        await using var work = await ImportSession.OpenAsync(store, source, cancel);
        if (await work.LockAsync(id, cancel) is not { } import) return Results.NotFound();
        try
        {
            var isNew = form.Ok && await SentForm.ClaimAsync(work.Documents, form, clock.Now, cancel);
            if (isNew && !import.IsDraft) form.Refuse("", "This import has been started: its columns stay as they are.");
            if (isNew && form.Ok) await JudgeAnewAsync(work, import, form, drop, preview, cancel);
        }
        catch (Refusal refusal)
        {
            form.Refuse(refusal.Field == "file" ? Sheet : refusal.Field, refusal.Message);
        }
        if (!form.Ok) return await page.AgainAsync(id, http, form, cancel);
        await work.CommitAsync(cancel);
        return http.Go($"/imports/{id}");
    }

    private static async Task JudgeAnewAsync(
        ImportSession work, Import import, Form form, Drop drop, Preview preview, CancellationToken cancel)
    {
        form.Reconcile(Shown(import));
        if (!form.Ok) return;
        import.Revision++;
        if (form[Sheet] != import.Sheet && import.Sheets.Contains(form[Sheet]))
        {
            // Another sheet has other columns: what was chosen for these says nothing of those.
            import.Sheet = form[Sheet];
            var bytes = await ImportRows.FileAsync(work.Database, import.Id, cancel)
                ?? throw new Refusal("The file has been forgotten: drop it again.");
            await drop.ReadAsync(work.Database, work.Documents, import, bytes, cancel);
        }
        else
        {
            Take(import, form, [.. (await work.Documents.Query<Course>().ToListAsync(cancel)).Select(c => c.Id)],
                [.. (await work.Documents.Query<User>().Where(u => u.Active).ToListAsync(cancel)).Select(u => u.Id)]);
            await preview.MakeAsync(work.Database, work.Documents, import, cancel);
        }
        work.Documents.Store(import);
    }

    private static void Take(Import import, Form form, HashSet<Guid> courses, HashSet<Guid> staff)
    {
        import.Columns = [.. import.Columns.Select((c, i) =>
            Enum.TryParse<Field>(form[FieldOf(i)], out var field) && Enum.IsDefined(field) ? c with { Field = field } : c)];
        import.ChosenOrder = Enum.TryParse<DateOrder>(form[Order], out var order) && Enum.IsDefined(order) ? order : null;
        import.CourseOfRest = Known(form[Rest], courses);
        foreach (var name in import.CourseNames) Choose(import.ChosenCourses, name.Key, name.Guessed, Known(form[name.FormField], courses));
        foreach (var name in import.StaffNames)
            Choose(import.ChosenCounsellors, name.Key, name.Guessed, Known(form[name.FormField], staff));
    }

    private static void Choose(Dictionary<string, Guid> all, string key, Guid? guessed, Guid? chosen)
    {
        if (chosen == guessed) all.Remove(key);
        else all[key] = chosen ?? Guid.Empty;
    }

    private static Guid? Known(string id, HashSet<Guid> ids) => Guid.TryParse(id, out var known) && ids.Contains(known) ? known : null;
}

/// <summary>What the fields of a lead are called where columns are mapped to them.</summary>
public static class FieldWords
{
    public static string Of(Field field) => field switch
    {
        Field.Keep => "Kept as text",
        Field.FirstName => "First name",
        Field.LastName => "Last name",
        Field.Date => "Date of the enquiry",
        Field.Skip => "Left out",
        _ => field.ToString(),
    };

    /// <param name="courseWord">What this institute calls a course.</param>
    public static IEnumerable<(string Value, string Text)> Choices(Noun courseWord) =>
        Enum.GetValues<Field>().Select(f => (f.ToString(), f == Field.Course ? courseWord.Label : Of(f)));
}

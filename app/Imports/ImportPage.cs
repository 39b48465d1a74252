using Crm.Accounts;
using Crm.Changes;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Htmx;
using Marten;
using Npgsql;

namespace Crm.Imports;

/// <param name="Mapping">The form in which columns are mapped.</param>
/// <param name="Start">The form by which it is started; of one that was, the form that was refused.</param>
public sealed record ImportView(
    Import Import, Form Mapping, Form Start, RowsView Rows, IReadOnlyList<Course> Courses, IReadOnlyList<User> Staff)
{
    /// <summary>How far what it changed has come, or was taken back; null where it changed nothing.</summary>
    public ChangeStatus? Change { get; init; }

    /// <summary>All courses, since an old lead may be of one that is closed.</summary>
    public IEnumerable<(string Value, string Text)> CourseChoices =>
        Courses.Select(c => (c.Id.ToString(), $"{c.Name} ({c.Code}){(c.Open ? "" : ", closed")}"));

    public IEnumerable<(string Value, string Text)> CounsellorChoices => [(Import.InTurn, InTurnWords), .. StaffChoices];

    // Those who are only invited are dealt nothing.
    private string InTurnWords => Staff.Any(s => s is { Role: Roles.Counsellor, IsInvited: false })
        ? "The counsellors, in turn"
        : "The counsellors, in turn: none can sign in yet, so nobody";

    public string StartTitle(MoneyStyle style) => Import.Planned == 0 ? "Nothing to import yet"
        : $"Import {style.Number(Import.Planned)} {(Import.Planned == 1 ? "row" : "rows")}";

    /// <summary>What is offered for a name of which nobody is chosen.</summary>
    public string NobodyFor(StaffName name) => new StaffMatch(Staff, new Dictionary<string, User?>()).IsOfSeveral(name.Name)
        ? "Several are called so: kept as text" : "Nobody here: kept as text";

    public IEnumerable<(string Value, string Text)> StaffChoices => Staff.Select(s => (s.Id.ToString(), s.Name));

    /// <summary>Columns in which anything stands.</summary>
    public IEnumerable<(int At, Column Column)> Columns =>
        Import.Columns.Select((c, i) => (i, c)).Where(c => c.c.Examples.Count > 0 || c.c.Field != Field.Keep);
}

/// <summary>One page of the rows of a group.</summary>
/// <param name="Next">The number after which the next page begins; null on the last one.</param>
public sealed record RowsView(
    Import Import, RowGroup Group, IReadOnlyList<RowView> Rows, int After, int? Next, InstituteClock Clock)
{
    public const int PageSize = 50;

    public string Heading => Import.IsDraft || Import.IsRunning ? "What becomes of it" : "What became of it";

    public bool IsLater => After > 0;

    public IEnumerable<(RowGroup Group, int Count)> Groups =>
        Enum.GetValues<RowGroup>().Select(g => (g, Import.CountOf(g))).Where(g => g.Item2 > 0 || g.g == Group);

    public bool HasRefused => Group == RowGroup.Refused && Rows.Any(r => r.Reading is not null);
}

/// <param name="Reading">What it says; null where its cells are forgotten.</param>
/// <param name="Person">Whose it is, or may be.</param>
/// <param name="Lead">What it went into, where it did.</param>
public sealed record RowView(Import Import, JudgedRow Row, RowReading? Reading, Person? Person, Lead? Lead, InstituteClock Clock)
{
    public string Name => Reading?.Name is { Length: > 0 } name ? name : Person?.Name.Text ?? "";

    public string? Reach => Reading is null ? Person?.Phone?.Grouped : string.Join(" · ",
        Reading.Phones.Select(p => p.Grouped).Append(Reading.Email?.Text).OfType<string>());

    public string? About => Reading is null ? Lead?.CourseCode : string.Join(" and ", Reading.Courses.Select(c => c.Code));

    public string? When => (Reading is null ? Lead?.ReceivedAt : Reading.At) is { } at ? Format.Date(Clock.DayOf(at)) : null;

    /// <summary>What stands in the mapped columns of a row that is refused, as it came.</summary>
    public string AsItCame =>
        string.Join(" · ", Row.Cells.Where(c => c.Length > 0).Take(6).Select(c => CellWords.Cut(c, 60)));

    public bool IsRefused => Row.Verdict.Group == RowGroup.Refused;

    public string Words => RowWords.Of(this);
}

/// <summary>What is said of a row beside what stands in it.</summary>
public static class RowWords
{
    public static string Of(RowGroup group) => group switch
    {
        RowGroup.Twice => "Twice in this file",
        RowGroup.Duplicate => "Possible duplicates",
        _ => Format.Words(group),
    };

    public static string Of(RowView row)
    {
        var verdict = row.Row.Verdict;
        var why = verdict.Why is { } words ? Format.Capital(words) : "";
        return (verdict.Group, row.Row.Became) switch
        {
            (RowGroup.Refused, _) => why,
            (_, "WasHere") => "Was here already: nothing was added.",
            (RowGroup.New, null) => "Somebody new.",
            (RowGroup.Joins, null) => $"Joins whom you know: {verdict.Why}.",
            (RowGroup.Twice, null) => $"The same person as in row {verdict.Twin}: {verdict.Why}.",
            (RowGroup.Duplicate, null) => $"Goes in as somebody new, and is listed under Duplicates: {verdict.Why}.",
            (_, "NewPerson") => why.Length == 0 ? "Somebody new." : $"Somebody new, listed under Duplicates: {verdict.Why}.",
            (_, "NewLead") => $"A new lead of whom you knew: {verdict.Why}.",
            (_, "AskedAgain") => $"Enquired again: {verdict.Why}.",
            _ => "",
        };
    }
}

/// <summary>The page of one import: its columns and what will become of its rows; then how far it has come, and what it came to.</summary>
public sealed class ImportPage(IDocumentStore store, NpgsqlDataSource source, InstituteClock clock, CurrentInstitute institute)
{
    public static void Map(IEndpointRouteBuilder imports) => imports.MapGet("/{id:guid}", (
        Guid id, string? group, int? after, HttpContext http, ImportPage page, CancellationToken cancel) =>
        page.ShowAsync(id, http, group, after, null, cancel));

    /// <summary>Shows the page with a form of it that was refused.</summary>
    public Task<IResult> AgainAsync(Guid id, HttpContext http, Form refused, CancellationToken cancel) =>
        ShowAsync(id, http, http.Request.Query["group"], null, refused, cancel);

    private async Task<IResult> ShowAsync(
        Guid id, HttpContext http, string? group, int? after, Form? refused, CancellationToken cancel)
    {
        await using var session = store.QuerySession();
        if (await session.LoadAsync<Import>(id, cancel) is not { } import)
            return new NoticeAnswer(new Notice("No such import", "It may have been discarded.", "All imports", "/imports"), 404);
        // The page that watched it is shown anew, with what became of the rows.
        if (refused is null && http.Request.IsHtmx() && !import.IsRunning) return http.Go($"/imports/{id}");
        var courses = (await session.Query<Course>().ToListAsync(cancel)).InReadingOrder(c => c.Name);
        var staff = await session.Query<User>().Where(u => u.Active).OrderBy(u => u.Name).ToListAsync(cancel);
        var rows = await RowsAsync(session, import, courses, staff, GroupOf(import, group), Math.Max(after ?? 0, 0), cancel);
        var isMapping = import.IsDraft && refused is not null && refused[MapColumns.FieldOf(0)].Length > 0;
        var mapping = isMapping ? refused!.WithId() : Form.Showing(MapColumns.Shown(import));
        var start = refused is not null && !isMapping ? RunImport.Again(import, refused) : RunImport.FormOf(import);
        var view = new ImportView(import, mapping, start, rows, courses, staff)
        { Change = (await session.LoadAsync<Change>(id, cancel))?.Status };
        var body = import.IsDraft ? DraftPage.Create(view) : ProgressPage.Create(view);
        return new Page(body, refused is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    private static RowGroup GroupOf(Import import, string? asked) =>
        Enum.TryParse<RowGroup>(asked, ignoreCase: true, out var group) && Enum.IsDefined(group) ? group
            : Enum.GetValues<RowGroup>().FirstOrDefault(g => import.CountOf(g) > 0);

    private async Task<RowsView> RowsAsync(IQuerySession session, Import import, IReadOnlyList<Course> courses, IReadOnlyList<User> staff,
        RowGroup group, int after, CancellationToken cancel)
    {
        await using var database = await source.OpenConnectionAsync(cancel);
        var rows = await ImportRows.PageAsync(database, import.Id, group, after, RowsView.PageSize + 1, cancel);
        var shown = rows.Take(RowsView.PageSize).ToList();
        var ids = shown.Select(r => r.Verdict.PersonId).OfType<Guid>().Distinct().ToArray();
        var people = (await session.LoadManyAsync<Person>(cancel, ids)).ToDictionary(p => p.Id);
        var leads = (await session.LoadManyAsync<Lead>(cancel, [.. shown.Select(r => r.LeadId).OfType<Guid>().Distinct()]))
            .ToDictionary(l => l.Id);
        var reader = new RowReader(import, courses, staff, clock, institute.Profile);
        return new RowsView(import, group,
            [
                .. shown.Select(r => new RowView(import, r, r.Cells.Length == 0 ? null : reader.Read(r.Row),
                    r.Verdict.PersonId is { } id ? people.GetValueOrDefault(id) : null,
                    r.LeadId is { } lead ? leads.GetValueOrDefault(lead) : null, clock)),
            ],
            after, rows.Count > RowsView.PageSize ? shown[^1].Verdict.Number : null, clock);
    }
}

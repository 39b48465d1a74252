using Crm.Accounts;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;

namespace Crm.Imports;

/// <summary>What stands in a row, read as the columns are mapped.</summary>
/// <param name="Problem">Why it cannot go in, in sentences; null where it can.</param>
/// <param name="Name">As it stands in the file, where it cannot be read.</param>
public sealed record RowReading(
    int Number, string Name, PersonName? Person, IReadOnlyList<PhoneNumber> Phones, EmailAddress? Email, IReadOnlyList<Course> Courses,
    DateTimeOffset? At, LeadSource Source, string? Note, IReadOnlyList<KeptText> Kept, string? Problem)
{
    /// <summary>The member of staff whom the row names; null where it names none, or somebody who is not here.</summary>
    public CounsellorRef? Counsellor { get; init; }

    /// <summary>By which it finds whose it is.</summary>
    public IEnumerable<string> Keys => [.. Phones.Select(p => p.E164), .. Email is { } email ? [email.Text] : Array.Empty<string>()];
}

/// <summary>Reads the rows of one file.</summary>
public sealed class RowReader(
    Import import, IReadOnlyList<Course> all, IReadOnlyList<User> active, InstituteClock clock, InstituteProfile profile)
{
    /// <summary>Where somebody comes from of whom the file does not say it.</summary>
    public static readonly LeadSource Spreadsheet = new("Spreadsheet");

    private static readonly TimeSpan Ahead = TimeSpan.FromHours(24);
    private static readonly HashSet<string> Errors = new(StringComparer.OrdinalIgnoreCase)
    {
        "#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#GETTING_DATA",
        "Err:502", "Err:508", "Err:522",
    };

    private readonly CourseMatch _courses = Preview.MatchOf(import, all);
    private readonly StaffMatch _staff = Preview.MatchOf(import, active);
    private readonly int[] _counsellors = [.. import.At(Field.Counsellor)];
    private readonly int[] _names = [.. import.At(Field.Name)];
    private readonly int[] _firstAndLast = [.. import.At(Field.FirstName), .. import.At(Field.LastName)];
    private readonly int[] _phones = [.. import.At(Field.Phone)];
    private readonly int[] _notes = [.. import.At(Field.Note)];
    private readonly int[] _kept = [.. import.At(Field.Keep)];
    private readonly Course? _rest = all.FirstOrDefault(c => c.Id == import.CourseOfRest);

    public RowReading Read(SheetRow row)
    {
        var reading = new Reading(row.Cells);
        var name = NameIn(reading);
        var person = PersonIn(name, reading);
        var phones = PhonesIn(reading);
        var email = EmailIn(reading, phones.Count > 0);
        if (phones.Count == 0 && email is null && !reading.IsRefused("phone"))
            reading.Refuse("phone", $"There is no phone number{(import.Has(Field.Email) ? " and no email address" : "")}.");
        var named = CoursesIn(reading);
        var at = DateIn(reading);
        var counsellor = CounsellorIn(reading);
        foreach (var column in _kept) reading.Keep(Heading(column), reading.Cell(column));
        return new RowReading(row.Number, name, person, phones, email, named, at, SourceIn(reading), NoteIn(reading), reading.Kept,
            reading.Problem)
        { Counsellor = counsellor };
    }

    /// <summary>The enquiry that a row without a problem tells of.</summary>
    /// <param name="from">Where it stands, in words.</param>
    /// <param name="counsellor">Who gets it, where the row names nobody.</param>
    public NewEnquiry EnquiryOf(RowReading row, string from, string consent, CounsellorRef? counsellor) =>
        new(FormOf(row), row.Person!, row.Phones, row.Email, row.Courses[0], PreferredTime.Anytime, row.Source, consent, row.Note,
            import.By)
        {
            Also = [.. row.Courses.Skip(1)],
            TakenOver = new TakenOver(row.At ?? import.DroppedAt, from, import.Id, row.Kept, import.Writes,
                import.Counsellor == Import.InTurn && row.Counsellor is null, row.Counsellor ?? counsellor),
        };

    // The same words make the same id, so that the same row of another file is known again. No visitor's form can come by it.
    private static Guid FormOf(RowReading row)
    {
        string[] words =
        [
            row.Person!.Text, .. row.Keys, .. row.Courses.Select(c => c.Id.ToString()), row.At?.ToString("O") ?? "", row.Source.Name,
            row.Note ?? "", .. row.Kept.SelectMany(k => new[] { k.Label, k.Text }),
        ];
        return DerivedId.Of(words);
    }

    private string Heading(int column) => import.Columns[column].Heading;

    private string NameIn(Reading row)
    {
        if (_names.Length == 0) return Line(string.Join(' ', _firstAndLast.Select(row.Cell)));
        var said = _names.SkipWhile(c => Line(row.Cell(c)).Length == 0).ToList();
        foreach (var column in said.Skip(1)) row.Keep(Heading(column), row.Cell(column));
        return said.Count == 0 ? "" : Line(row.Cell(said[0]));
    }

    private PersonName? PersonIn(string name, Reading row)
    {
        if (name.Length == 0) row.Refuse("name", "There is no name.");
        else if (WhyNoValue(name, "The name") is { } why) row.Refuse("name", why);
        if (row.IsRefused("name")) return null;
        var read = PersonName.Read(name);
        if (read.Problem is not null) row.Refuse("name", $"“{CellWords.Cut(name)}” is no name.");
        return read.Name;
    }

    private List<PhoneNumber> PhonesIn(Reading row)
    {
        var found = new List<PhoneNumber>();
        foreach (var column in _phones)
        {
            var cell = row.Cell(column).Trim();
            if (cell.Length == 0) continue;
            if (WhyNoValue(cell, $"“{Heading(column)}”") is { } why) row.Refuse("phone", why);
            else if (PhoneNumber.Read(cell, profile.PhoneRegion) is { Number: { } number } read)
            {
                found.AddRange(new[] { number }.Concat(read.Others).Except(found));
                if (HasNote(cell)) row.Keep(Heading(column), cell);
            }
            // A second number that is none is no reason to leave somebody out.
            else if (found.Count > 0) row.Keep(Heading(column), cell);
            else row.Refuse("phone", $"“{CellWords.Cut(cell)}”: {PhoneNumber.Read(cell, profile.PhoneRegion).Problem}");
        }
        return found;
    }

    private EmailAddress? EmailIn(Reading row, bool hasPhone)
    {
        EmailAddress? found = null;
        foreach (var column in import.At(Field.Email))
        {
            var cell = row.Cell(column).Trim();
            if (cell.Length == 0) continue;
            var read = EmailAddress.Read(cell);
            if (found is null && read.Address is { } address) found = address;
            else if (found is not null && read.Address == found) continue;
            else if (hasPhone || found is not null) row.Keep(Heading(column), cell);
            else if (!row.IsRefused("phone"))
                row.Refuse("phone", $"There is no phone number, and “{CellWords.Cut(cell)}” is no email address.");
        }
        return found;
    }

    private List<Course> CoursesIn(Reading row)
    {
        var found = new List<Course>();
        var names = import.At(Field.Course).SelectMany(c => _courses.NamesIn(row.Cell(c))).ToList();
        foreach (var name in names.Count == 0 ? [""] : names)
        {
            if ((_courses.Find(name) ?? _rest) is { } course)
            {
                if (!found.Contains(course)) found.Add(course);
            }
            else if (name.Length == 0) row.Refuse("course", $"No {profile.CourseWord.One} is named.");
            else row.Refuse("course", $"“{CellWords.Cut(name)}” is no {profile.CourseWord.One} here.");
        }
        return found;
    }

    private DateTimeOffset? DateIn(Reading row)
    {
        foreach (var column in import.At(Field.Date))
        {
            var cell = row.Cell(column).Trim();
            if (cell.Length == 0) continue;
            var read = WhyNoValue(cell, $"“{Heading(column)}”") is { } why
                ? new DateReading(null, null, why)
                : DateCells.Read(cell, import.DateOrder);
            if (read.Problem is { } problem) row.Refuse("date", problem);
            var at = read.Moment?.ToUniversalTime() ?? (read.Local is { } local
                ? clock.At(DateOnly.FromDateTime(local), TimeOnly.FromDateTime(local))
                : null);
            if (at > clock.Now + Ahead) row.Refuse("date", $"“{cell}” is still to come.");
            foreach (var other in import.At(Field.Date).SkipWhile(c => c != column).Skip(1)) row.Keep(Heading(other), row.Cell(other));
            return at;
        }
        return null;
    }

    // Who is not here any more is no reason to leave somebody out.
    private CounsellorRef? CounsellorIn(Reading row)
    {
        CounsellorRef? found = null;
        foreach (var column in _counsellors)
        {
            var cell = Line(row.Cell(column));
            if (cell.Length == 0) continue;
            if (found is null && _staff.Find(cell) is { } user) found = new CounsellorRef(user.Id, user.Name);
            else row.Keep(Heading(column), cell);
        }
        return found;
    }

    private LeadSource SourceIn(Reading row)
    {
        var (name, campaign) = (FirstOf(row, Field.Source), FirstOf(row, Field.Campaign));
        return new LeadSource(name is null ? Spreadsheet.Name : SourceNames.Usual(name), Campaign: campaign);
    }

    // Of several columns that were taken for one thing the first that says something counts, and the others are kept as they are.
    private string? FirstOf(Reading row, Field field)
    {
        string? found = null;
        foreach (var column in import.At(field))
            if (found is null) found = SourceNames.Shown(row.Cell(column));
            else row.Keep(Heading(column), row.Cell(column));
        return found;
    }

    private string? NoteIn(Reading row)
    {
        var notes = _notes.Select(c => (Heading: Heading(c), Text: Lines(row.Cell(c)))).Where(n => n.Text.Length > 0).ToList();
        if (notes.Count == 0) return null;
        return notes.Count == 1 ? notes[0].Text : string.Join('\n', notes.Select(n => $"{n.Heading}: {n.Text}"));
    }

    private static string? WhyNoValue(string cell, string what) =>
        Errors.Contains(cell) ? $"{what} holds the error {cell}."
        : cell.StartsWith('=') ? $"{what} holds a formula without its result: open the file in a spreadsheet program, save it, "
            + "and drop it again."
        : null;

    // Words beside a number are somebody's remark; "p:", "ph" and "+91" are not.
    private static bool HasNote(string cell) => cell.Count(char.IsLetter) > 3;

    private static string Line(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Lines(string text) => CellText.Held(text).Trim();

    /// <summary>A row on its way: what is kept of it, and what is wrong with it.</summary>
    private sealed class Reading(string[] cells)
    {
        private readonly Dictionary<string, string> _problems = [];

        public List<KeptText> Kept { get; } = [];

        public string? Problem => _problems.Count == 0 ? null : string.Join(' ', _problems.Values);

        public string Cell(int column) => column < cells.Length ? cells[column] : "";

        public bool IsRefused(string what) => _problems.ContainsKey(what);

        public void Refuse(string what, string why) => _problems.TryAdd(what, why);

        public void Keep(string heading, string text)
        {
            if (Lines(text) is { Length: > 0 } kept) Kept.Add(new KeptText(heading, kept));
        }
    }
}

using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.People;
using Marten;
using Npgsql;

namespace Crm.Imports;

/// <summary>Says of each row what will become of it, before anything is stored: by the same rule that decides when it goes in.</summary>
public sealed class Preview(InstituteClock clock, CurrentInstitute institute)
{
    private const int MostNames = 60;
    private const int KeysAtOnce = 1000;

    /// <summary>Judges every row, and counts them on the import, which the caller stores.</summary>
    /// <param name="database">The connection of the session.</param>
    public async Task MakeAsync(NpgsqlConnection database, IDocumentSession session, Import import, CancellationToken cancel)
    {
        var courses = await session.Query<Course>().ToListAsync(cancel);
        var staff = await session.Query<User>().Where(u => u.Active).ToListAsync(cancel);
        await LookAsync(database, import, MatchOf(import, courses), MatchOf(import, staff), cancel);
        var reader = new RowReader(import, courses, staff, clock, institute.Profile);
        var (refused, people) = (new List<Verdict>(), new List<RowPerson>());
        await foreach (var row in ImportRows.ReadAsync(database, import.Id, cancel))
        {
            var read = reader.Read(row);
            if (read.Problem is { } why) refused.Add(new Verdict(row.Number, null, RowGroup.Refused, why, null, null));
            else people.Add(new RowPerson(row.Number, read.Person!, read.Phones, read.Email, read.At ?? import.DroppedAt));
        }
        var known = await KnownAsync(session, people, cancel);
        var verdicts = Sort(people, known).Concat(refused).ToList();
        await ImportRows.JudgeAsync(database, import.Id, verdicts, cancel);
        await ImportRows.CountForPlansAsync(database, cancel);
        import.Counts = verdicts.CountBy(v => v.Group).ToDictionary();
        (import.Planned, import.Taken) = (people.Count, 0);
    }

    /// <summary>How courses are found for the rows of a file.</summary>
    public static CourseMatch MatchOf(Import import, IReadOnlyList<Course> courses) =>
        new(courses, import.ChosenCourses.ToDictionary(c => c.Key, c => courses.FirstOrDefault(k => k.Id == c.Value)));

    /// <summary>How counsellors are found for the rows of a file.</summary>
    public static StaffMatch MatchOf(Import import, IReadOnlyList<User> active) =>
        new(active, import.ChosenCounsellors.ToDictionary(c => c.Key, c => active.FirstOrDefault(u => u.Id == c.Value)));

    // What only the whole of a column tells: the order of its dates, and which names of courses and of counsellors stand in it.
    private static async Task LookAsync(
        NpgsqlConnection database, Import import, CourseMatch match, StaffMatch staff, CancellationToken cancel)
    {
        var (dates, named) = (import.At(Field.Date).ToArray(), import.At(Field.Course).ToArray());
        var given = import.At(Field.Counsellor).ToArray();
        var (orders, names, people) = (new Dictionary<DateOrder, int>(), new Names(), new Names());
        var ambiguous = false;
        await foreach (var row in ImportRows.ReadAsync(database, import.Id, cancel))
        {
            foreach (var cell in dates.Where(c => c < row.Cells.Length).Select(c => row.Cells[c]))
            {
                if (DateCells.OnlyOrderOf(cell) is { } order) orders[order] = orders.GetValueOrDefault(order) + 1;
                else ambiguous = ambiguous || cell.Length > 0 && DateCells.Read(cell, null).Ambiguous;
            }
            foreach (var name in named.SelectMany(c => match.NamesIn(CellOf(row, c)))) names.Add(CourseMatch.KeyOf(name), name);
            foreach (var name in given.Select(c => CellOf(row, c)).Where(n => !string.IsNullOrWhiteSpace(n)))
                people.Add(StaffMatch.KeyOf(name), name.Trim());
        }
        import.AsksForOrder = ambiguous && orders.Count != 1;
        import.DateOrder = import.ChosenOrder ?? (orders.Count == 1 ? orders.Keys.Single() : null);
        import.CourseNames = [.. names.Most.Select(n => new CourseName(n.Key, n.Name, n.Rows, match.Guess(n.Name)?.Id))];
        import.StaffNames = [.. people.Most.Select(n => new StaffName(n.Key, n.Name, n.Rows, staff.Guess(n.Name)?.Id))];
    }

    private static string CellOf(SheetRow row, int column) => column < row.Cells.Length ? row.Cells[column] : "";

    /// <summary>Names as they are written the first time, each with the rows in which it stands.</summary>
    private sealed class Names
    {
        private readonly Dictionary<string, (string Name, int Rows)> _byKey = [];

        public IEnumerable<(string Key, string Name, int Rows)> Most =>
            _byKey.OrderByDescending(n => n.Value.Rows).Take(MostNames).Select(n => (n.Key, n.Value.Name, n.Value.Rows));

        public void Add(string key, string name) =>
            _byKey[key] = (_byKey.TryGetValue(key, out var before) ? before.Name : name, before.Rows + 1);
    }

    // Slim copies: a file may be of fifty thousand people who are all known.
    private static async Task<List<Person>> KnownAsync(IDocumentSession session, List<RowPerson> rows, CancellationToken cancel)
    {
        await session.QueryAsync<string>("select set_config('enable_seqscan', 'off', true)", cancel);
        var known = new Dictionary<Guid, Person>();
        foreach (var keys in rows.SelectMany(r => r.Keys).Distinct().Chunk(KeysAtOnce))
            foreach (var person in await session.QueryAsync<Person>("where d.keys && ?::varchar[]", cancel, (object)keys))
                known.TryAdd(person.Id, Slim(person));
        return [.. known.Values];
    }

    private static Person Slim(Person person) => new()
    {
        Id = person.Id,
        Name = person.Name,
        CertificateName = person.CertificateName,
        Phones = person.Phones,
        Emails = person.Emails,
        MergedInto = person.MergedInto,
        RegisteredAt = person.RegisteredAt,
    };

    // The earliest row of a person is the one that begins them, wherever in the file it stands; rows of somebody who comes twice go in
    // last, when the others are stored.
    private static List<Verdict> Sort(List<RowPerson> rows, List<Person> known)
    {
        var people = new PeopleOfFile(known);
        var verdicts = rows.OrderBy(r => r.At).ThenBy(r => r.Number).Select(people.Judge).ToList();
        var place = 0;
        return [.. verdicts.OrderBy(v => v.Twin is null ? 0 : 1).Select(v => v with { Place = ++place })];
    }

    private sealed record RowPerson(
        int Number, PersonName Name, IReadOnlyList<PhoneNumber> Phones, EmailAddress? Email, DateTimeOffset At)
    {
        public IEnumerable<string> Keys => [.. Phones.Select(p => p.E164), .. Email is { } email ? [email.Text] : Array.Empty<string>()];
    }

    /// <summary>Everybody as they will stand when the rows before have gone in.</summary>
    private sealed class PeopleOfFile
    {
        private readonly Dictionary<string, List<Person>> _byKey = [];
        private readonly Dictionary<Guid, int> _firstRow = [];

        public PeopleOfFile(List<Person> known)
        {
            foreach (var person in known)
                foreach (var key in person.Phones.Select(p => p.Number.E164).Concat(person.Emails.Select(e => e.Address.Text)))
                    Find(key, person);
        }

        public Verdict Judge(RowPerson row)
        {
            var found = row.Keys.SelectMany(k => _byKey.GetValueOrDefault(k, [])).DistinctBy(p => p.Id).ToList();
            var identity = Matching.WhoIs(row.Name, row.Phones, row.Email, found);
            var twin = identity.Known is { } one && _firstRow.TryGetValue(one.Id, out var first) ? first : (int?)null;
            Add(identity.Known ?? Begin(row), row);
            if (twin is not null) return new Verdict(row.Number, null, RowGroup.Twice, identity.Why, twin, null);
            if (identity.Known is { } known) return new Verdict(row.Number, null, RowGroup.Joins, identity.Why, null, known.Id);
            if (identity.Maybe.Count == 0) return new Verdict(row.Number, null, RowGroup.New, null, null, null);
            var (other, reason) = identity.Maybe[0];
            return _firstRow.TryGetValue(other.Id, out var begun) && begun != row.Number && other.Version < 0
                ? new Verdict(row.Number, null, RowGroup.Duplicate, $"{reason} as in row {begun}", null, null)
                : new Verdict(row.Number, null, RowGroup.Duplicate, reason, null, other.Id);
        }

        // A version below nought says that nobody but the file knows them.
        private static Person Begin(RowPerson row) =>
            new() { Id = Guid.CreateVersion7(), Version = -1, Name = row.Name, RegisteredAt = row.At };

        private void Add(Person person, RowPerson row)
        {
            _firstRow.TryAdd(person.Id, row.Number);
            foreach (var phone in row.Phones.Where(p => !person.Has(p)))
            {
                person.Phones.Add(new KnownPhone(phone, Standing.Confirmed));
                Find(phone.E164, person);
            }
            if (row.Email is not { } email || person.Has(email)) return;
            person.Emails.Add(new KnownEmail(email, Standing.Confirmed));
            Find(email.Text, person);
        }

        private void Find(string key, Person person)
        {
            if (_byKey.TryGetValue(key, out var people)) people.Add(person);
            else _byKey[key] = [person];
        }
    }
}

using Crm.Institute;

namespace Crm.Imports;

/// <summary>What each column of a file is, by its heading and by what stands in it; where they disagree, by what stands in it.</summary>
public sealed class ColumnGuess(Noun courseWord, string region, CourseMatch courses)
{
    private const int Values = 300;
    private const int FewValues = 3;
    private const int ManyValues = 20;
    private const int LongestExample = 80;
    private const double Some = 0.3, Most = 0.8, NearlyAll = 0.95;

    // Of these a row has one; of numbers and notes it may have several.
    private static readonly Field[] Single =
    [
        Field.Name, Field.FirstName, Field.LastName, Field.Email, Field.Course, Field.Date, Field.Source, Field.Campaign, Field.Counsellor,
    ];

    /// <param name="rows">The first rows below the headings.</param>
    public List<Column> Make(IReadOnlyList<string> headings, IReadOnlyList<SheetRow> rows)
    {
        var width = Math.Max(headings.Count, rows.Max(r => r.Cells.Length));
        var columns = Enumerable.Range(0, width).Select(i => new Facts(i, HeadingOf(headings, i), ValuesOf(rows, i))).ToList();
        var fields = new Dictionary<int, Field>();
        foreach (var column in columns)
            if (ByHeading(column) is { } field && !IsTaken(fields, field)) fields[column.At] = field;
        foreach (var column in columns)
            if (!fields.ContainsKey(column.At) && ByContents(column) is { } field && !IsTaken(fields, field)) fields[column.At] = field;
        if (!fields.ContainsValue(Field.Name) && !fields.ContainsValue(Field.FirstName) && NameIn(columns, fields) is { } name)
            fields[name.At] = Field.Name;
        return [.. columns.Select(c => new Column(c.Heading, fields.GetValueOrDefault(c.At), c.Examples))];
    }

    /// <summary>As spreadsheets call a column without a heading: "Column C".</summary>
    public static string HeadingOf(IReadOnlyList<string> headings, int at)
    {
        if (at < headings.Count && headings[at].Length > 0) return headings[at];
        var letters = "";
        for (var rest = at; rest >= 0; rest = rest / 26 - 1) letters = (char)('A' + rest % 26) + letters;
        return "Column " + letters;
    }

    private static bool IsTaken(Dictionary<int, Field> fields, Field field) =>
        Single.Contains(field) && fields.ContainsValue(field)
        || field is Field.FirstName or Field.LastName && fields.ContainsValue(Field.Name);

    private Field? ByHeading(Facts column)
    {
        // What was refused comes back with the reasons, which are no news of anybody.
        if (Columns.Folded(column.Heading) == Columns.Folded(RefusedRows.Why)) return Field.Skip;
        if (Columns.OfHeading(column.Heading, courseWord) is not { } field) return null;
        if (column.Values.Count < FewValues) return field;
        return field switch
        {
            Field.Phone => column.Share(IsPhone) >= Some ? field : null,
            Field.Email => column.Share(IsEmail) >= Some ? field : null,
            Field.Date => column.Share(IsDate) >= Some ? field : null,
            // Phones are full of "Anjali CPC 2026": what is called a name may have digits, as long as it is no number or code.
            Field.Name or Field.FirstName or Field.Counsellor => column.Share(IsMostlyLetters) >= Some ? field : null,
            // What differs in every row is a number or a word of its own, and no place that people come from.
            Field.Source => column.Values.Count > ManyValues && column.Distinct >= NearlyAll ? null : field,
            _ => field,
        };
    }

    private Field? ByContents(Facts column)
    {
        if (column.Values.Count == 0 || Columns.IsOfSomethingElse(column.Heading)) return null;
        if (column.Share(IsEmail) >= Most) return Field.Email;
        if (column.Share(IsPhone) >= Most) return Field.Phone;
        if (column.Share(v => v.Length > 4 && IsDate(v) && !v.All(char.IsAsciiDigit)) >= Most) return Field.Date;
        return column.Share(v => courses.NamesIn(v).Any(n => courses.Guess(n) is not null)) >= Most ? Field.Course : null;
    }

    private static Facts? NameIn(List<Facts> columns, Dictionary<int, Field> fields) => columns
        .Where(c => !fields.ContainsKey(c.At) && c.Values.Count > 0 && !Columns.IsOfSomethingElse(c.Heading) && c.Distinct >= Some
            && c.Share(v => HasLetters(v) && v.Length <= 60 && v.Split(' ').Length <= 5 && PersonName.Read(v).Name is not null) >= Most)
        .MaxBy(c => c.Distinct);

    private bool IsPhone(string value) => value.Length <= 60 && PhoneNumber.Read(value, region).Number is not null;

    private static bool IsEmail(string value) => value.Contains('@') && EmailAddress.Read(value).Address is not null;

    private static bool IsDate(string value) => value.Length <= 40 && DateCells.Read(value, DateOrder.DayFirst) is { Found: true }
        || DateCells.Read(value, DateOrder.MonthFirst).Found;

    private static bool IsMostlyLetters(string value) => value.Count(char.IsLetter) > value.Count(char.IsDigit);

    private static bool HasLetters(string value) => value.Any(char.IsLetter) && !value.Any(char.IsDigit);

    private static List<string> ValuesOf(IReadOnlyList<SheetRow> rows, int at) =>
        [.. rows.Where(r => r.Cells.Length > at).Select(r => r.Cells[at].Trim()).Where(v => v.Length > 0).Take(Values)];

    private sealed record Facts(int At, string Heading, List<string> Values)
    {
        public List<string> Examples => [.. Values.Distinct().Take(FewValues).Select(v => CellWords.Cut(v, LongestExample))];

        public double Distinct => Values.Count == 0 ? 0 : (double)Values.Distinct(StringComparer.OrdinalIgnoreCase).Count() / Values.Count;

        public double Share(Func<string, bool> holds) => Values.Count == 0 ? 0 : (double)Values.Count(holds) / Values.Count;
    }
}

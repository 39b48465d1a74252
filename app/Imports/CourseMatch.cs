using Crm.Courses;
using Crm.Institute;

namespace Crm.Imports;

/// <summary>Which course a file means by a name, as people write names: "cpc ", "C.P.C", "CPC Exam", "cpc_exam_preparation".</summary>
public sealed class CourseMatch
{
    // Said of any course, and so of none.
    private static readonly HashSet<string> SaidOfAny =
    [
        "exam", "examination", "examinations", "preparation", "preparatory", "prep", "course", "courses", "training", "class", "classes",
        "coaching", "certification", "certificate", "certified", "program", "programme", "batch", "online", "offline", "the", "in", "for",
    ];

    private static readonly char[] Between = [',', ';', '/', '+', '&', '|', '\n'];

    private const int MostRemembered = 5000;

    private readonly IReadOnlyDictionary<string, Course> _byKey;
    private readonly Dictionary<string, IReadOnlyList<string>> _names = [];
    private readonly IReadOnlyDictionary<string, Course?> _chosen;

    /// <param name="chosen">By the keys of names: what was chosen for them, null for what goes with the rest.</param>
    public CourseMatch(IReadOnlyList<Course> courses, IReadOnlyDictionary<string, Course?> chosen)
    {
        _chosen = chosen;
        // A name that two courses have is nobody's.
        var keys = courses.SelectMany(c => KeysOf(c).Distinct().Select(k => (Key: k, Course: c))).GroupBy(x => x.Key);
        _byKey = keys.Where(g => g.DistinctBy(x => x.Course.Id).Count() == 1).ToDictionary(g => g.Key, g => g.First().Course);
    }

    /// <summary>By it names are the same: letters and digits alone.</summary>
    public static string KeyOf(string name) => Columns.Folded(name).Replace(" ", "", StringComparison.Ordinal);

    /// <summary>The names that stand in a cell: one, or several where the whole is no course and a part of it is.</summary>
    public IReadOnlyList<string> NamesIn(string cell)
    {
        // A column of fifty thousand cells has a few names.
        if (_names.TryGetValue(cell, out var known)) return known;
        var names = Part(cell);
        if (_names.Count < MostRemembered) _names[cell] = names;
        return names;
    }

    private IReadOnlyList<string> Part(string cell)
    {
        var whole = cell.Trim();
        if (whole.Length == 0 || Guess(whole) is not null || _chosen.ContainsKey(KeyOf(whole))) return [whole];
        var parts = whole.Split(Between, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length > 1 && parts.Any(p => Find(p) is not null) ? parts : [whole];
    }

    /// <returns>The course that was chosen for a name, else the one of that name; null where there is none.</returns>
    public Course? Find(string name) => _chosen.TryGetValue(KeyOf(name), out var course) ? course : Guess(name);

    /// <returns>The course of a name, whatever was chosen.</returns>
    public Course? Guess(string name) =>
        _byKey.GetValueOrDefault(KeyOf(name)) ?? (Core(name) is { Length: > 0 } core ? _byKey.GetValueOrDefault(core) : null);

    private static IEnumerable<string> KeysOf(Course course) =>
        new[] { KeyOf(course.Code), KeyOf(course.Name), Core(course.Name), KeyOf($"{course.Name} {course.Code}") }.Where(k => k.Length > 0);

    private static string Core(string name) => string.Concat(Columns.Folded(name).Split(' ').Where(w => !SaidOfAny.Contains(w)));
}

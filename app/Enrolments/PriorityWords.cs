using System.Globalization;
using Crm.Courses;

namespace Crm.Enrolments;

/// <summary>By how much somebody is preferred on a list, to choose from.</summary>
public static class PriorityWords
{
    public static IEnumerable<(string Value, string Text)> Choices => Enumerable.Range(0, WaitingPlace.MostPriority + 1)
        .Select(p => (p.ToString(CultureInfo.InvariantCulture), Of(p)));

    public static string Of(int priority) => priority switch
    {
        0 => "in turn",
        WaitingPlace.MostPriority => $"{priority}, first",
        _ => $"{priority}",
    };
}

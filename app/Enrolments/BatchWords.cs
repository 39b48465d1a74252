using Crm.Courses;
using Crm.Institute;

namespace Crm.Enrolments;

/// <summary>A batch in words.</summary>
public static class BatchWords
{
    /// <summary>From when to when it is.</summary>
    public static string Time(Batch batch) =>
        Format.Date(batch.StartsOn) + (batch.EndsOn is { } end ? $" to {Format.Date(end)}" : "");
}

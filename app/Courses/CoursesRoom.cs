using Marten;

namespace Crm.Courses;

/// <summary>What is taught, and when.</summary>
public static class CoursesRoom
{
    public static void AddCourses(this IServiceCollection services)
    {
        services.AddSingleton<CourseCatalogue>();
        services.ConfigureMarten((sp, options) =>
        {
            options.Listeners.Add(sp.GetRequiredService<CourseCatalogue>());
            options.Schema.For<Course>().UniqueIndex(x => x.Code);
            options.Schema.For<Batch>().UniqueIndex(x => x.Code).Index(x => x.CourseId).Duplicate(x => x.NextHoldEnd);
        });
    }
}

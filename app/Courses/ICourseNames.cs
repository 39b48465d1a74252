using Marten;

namespace Crm.Courses;

/// <summary>Who keeps what courses are called beside them. A room above, which knows it, puts it right where a course is renamed.</summary>
public interface ICourseNames
{
    /// <summary>In a session that the caller saves.</summary>
    void Rename(Course course, IDocumentSession session);
}

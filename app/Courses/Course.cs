using Crm.Institute;

namespace Crm.Courses;

/// <summary>A course the institute sells.</summary>
public sealed class Course : JasperFx.Metadata.IVersioned
{
    public Guid Id { get; set; }

    /// <summary>Marten's: who saves a course that changed since it was read is refused.</summary>
    public Guid Version { get; set; }
    public string Code { get; set; } = "";
    public string Name { get; set; } = "";
    public string Summary { get; set; } = "";
    public string Audience { get; set; } = "";
    public string Certification { get; set; } = "";
    public int Weeks { get; set; }
    public Money Fee { get; set; }
    public List<CourseModule> Modules { get; set; } = [];

    /// <summary>A closed course takes no enquiries and no batches, and stays on the leads that asked for it.</summary>
    public bool Open { get; set; } = true;
}

public sealed record CourseModule(string Title, int Hours);

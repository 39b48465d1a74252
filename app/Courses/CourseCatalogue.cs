using System.Collections.Concurrent;
using Crm.Institute;
using Marten;
using Marten.Services;

namespace Crm.Courses;

/// <summary>Courses as they were last read: each enquiry asks for one, and they change a few times a year.</summary>
public sealed class CourseCatalogue(TimeProvider time) : DocumentSessionListenerBase
{
    // Another process may have changed one.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(15);
    private readonly ConcurrentDictionary<Guid, (Course Course, DateTimeOffset ReadAt)> _read = new();

    /// <summary>As <see cref="OpenAsync"/> last found them: for answers that cannot, or must not, ask the database.</summary>
    public IReadOnlyList<Course> LastOpen { get; private set; } = [];

    /// <summary>The courses that take enquiries, by their names.</summary>
    public async Task<IReadOnlyList<Course>> OpenAsync(IQuerySession session, CancellationToken cancel) =>
        LastOpen = (await session.Query<Course>().Where(c => c.Open).ToListAsync(cancel)).InReadingOrder(c => c.Name);

    /// <returns>Null where there is no such course.</returns>
    public async Task<Course?> FindAsync(Guid id, IQuerySession session, CancellationToken cancel)
    {
        if (_read.TryGetValue(id, out var known) && time.GetUtcNow() - known.ReadAt <= Fresh) return known.Course;
        var course = await session.LoadAsync<Course>(id, cancel);
        if (course is not null) _read[id] = (course, time.GetUtcNow());
        return course;
    }

    /// <summary>A course that was saved here is read anew.</summary>
    public override Task AfterCommitAsync(IDocumentSession session, IChangeSet commit, CancellationToken token)
    {
        foreach (var course in commit.Inserted.Concat(commit.Updated).OfType<Course>()) _read.TryRemove(course.Id, out _);
        return Task.CompletedTask;
    }
}

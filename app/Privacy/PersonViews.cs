using System.Collections.Concurrent;
using Crm.Institute;
using Crm.Web;

namespace Crm.Privacy;

/// <summary>Notes who looked at whose page: once for each member of staff and person in a while, or the audit would hold little else.
/// </summary>
public sealed class PersonViews(InstituteClock clock)
{
    /// <summary>How long looking again is the same look.</summary>
    public static readonly TimeSpan While = TimeSpan.FromMinutes(15);

    // What is over is let go of when so many are known.
    private const int Many = 5000;

    private readonly ConcurrentDictionary<(Guid User, Guid Person), DateTimeOffset> _seen = new();

    public async Task NoteAsync(HttpContext http, Guid person)
    {
        var (look, now) = ((http.User.UserId(), person), clock.Now);
        if (_seen.TryGetValue(look, out var at) && now - at < While) return;
        await http.AuditAsync(AuditKind.PersonViewed, whom: person);
        if (_seen.Count >= Many)
            foreach (var old in _seen.Where(s => now - s.Value >= While)) _seen.TryRemove(old);
        _seen[look] = now;
    }
}

using Crm.Institute;
using Marten;
using Npgsql;

namespace Crm.Web;

/// <summary>What staff's requests leave in the audit.</summary>
public static class AuditRequests
{
    /// <summary>A line about what whoever asks does.</summary>
    /// <param name="what">In the program's own words.</param>
    /// <param name="by">Who does it, where nobody is signed in yet.</param>
    /// <param name="once">Of what happens once and is told again by a form that comes twice; null for all else.</param>
    public static AuditEntry Audited(this HttpContext http, AuditKind kind, string what = "", Guid? whom = null, int? count = null,
        Actor? by = null, Guid? once = null)
    {
        var clock = http.RequestServices.GetRequiredService<InstituteClock>();
        var who = by ?? (http.User.Identity?.IsAuthenticated == true
            ? Actor.Staff(http.User.UserId(), http.User.DisplayName())
            : new Actor(ActorKind.Applicant, null, "Nobody known"));
        var entry = AuditEntry.Of(kind, new Stamp(who, clock.Now));
        return entry with
        {
            Id = once is { } thing ? IdOf(kind, thing, who.UserId, whom) : entry.Id,
            What = what,
            Whom = whom,
            Count = count,
            Address = http.NetworkAddress(),
        };
    }

    /// <summary>Adds the line by itself, before the answer is sent.</summary>
    public static Task AuditAsync(this HttpContext http, AuditKind kind, string what = "", Guid? whom = null, int? count = null,
        Actor? by = null, Guid? once = null) =>
        Audit.WriteAsync(http.RequestServices.GetRequiredService<NpgsqlDataSource>(),
            http.Audited(kind, what, whom, count, by, once), http.RequestAborted);

    /// <summary>Notes in a session which of the settings differ from before: their fields, not what they say.</summary>
    public static void AuditSettings(
        this HttpContext http, IDocumentSession session, string what, IReadOnlyList<Drawn> before, IEnumerable<Drawn> after)
    {
        http.AuditChange(session, AuditKind.SettingsChanged, what, before, after, []);
    }

    /// <summary>Notes in a session which fields differ from before; of some, also what they said and say.</summary>
    /// <param name="told">Numbers, days and choices, which tell of nobody.</param>
    public static void AuditChange(this HttpContext http, IDocumentSession session, AuditKind kind, string what,
        IReadOnlyList<Drawn> before, IEnumerable<Drawn> after, IReadOnlyCollection<string> told)
    {
        string Words(Drawn now) => told.Contains(now.Field)
            ? $"{now.Field} {SaidBy(before.FirstOrDefault(b => b.Field == now.Field))} → {SaidBy(now)}"
            : now.Field;
        var changed = after.ExceptBy(before.Select(b => (b.Field, b.Value)), a => (a.Field, a.Value)).Select(Words).ToList();
        if (changed.Count > 0) Audit.Note(session, http.Audited(kind, $"{what}: {string.Join(", ", changed)}"));
    }

    private static string SaidBy(Drawn drawn) => (drawn.Says ?? drawn.Value) is { Length: > 0 } said ? said : "none";

    // Made of all, so that nobody who chooses an id can have another line stand in the way of theirs.
    private static Guid IdOf(AuditKind kind, Guid thing, Guid? by, Guid? whom) => DerivedId.Of($"{kind} {thing:N} {by:N} {whom:N}");
}

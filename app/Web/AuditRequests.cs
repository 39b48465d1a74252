using System.Net;
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
    public static AuditEntry Audited(
        this HttpContext http, AuditKind kind, string what = "", Guid? whom = null, int? count = null, Actor? by = null)
    {
        var clock = http.RequestServices.GetRequiredService<InstituteClock>();
        var who = by ?? (http.User.Identity?.IsAuthenticated == true
            ? Actor.Staff(http.User.UserId(), http.User.DisplayName())
            : new Actor(ActorKind.Applicant, null, "Nobody known"));
        return AuditEntry.Of(kind, new Stamp(who, clock.Now)) with
        {
            What = what,
            Whom = whom,
            Count = count,
            Address = AddressOf(http),
        };
    }

    /// <summary>Adds the line by itself, before the answer is sent.</summary>
    public static Task AuditAsync(
        this HttpContext http, AuditKind kind, string what = "", Guid? whom = null, int? count = null, Actor? by = null) =>
        Audit.WriteAsync(http.RequestServices.GetRequiredService<NpgsqlDataSource>(), http.Audited(kind, what, whom, count, by),
            http.RequestAborted);

    /// <summary>Notes in a session which of the settings differ from before: their fields, not what they say.</summary>
    public static void AuditSettings(
        this HttpContext http, IDocumentSession session, string what, IReadOnlyList<Drawn> before, IEnumerable<Drawn> after)
    {
        var changed = after.ExceptBy(before.Select(b => (b.Field, b.Value)), a => (a.Field, a.Value)).Select(a => a.Field).ToList();
        if (changed.Count > 0) Audit.Note(session, http.Audited(AuditKind.SettingsChanged, $"{what}: {string.Join(", ", changed)}"));
    }

    private static string? AddressOf(HttpContext http) => http.Connection.RemoteIpAddress switch
    {
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        IPAddress address => address.ToString(),
        null => null,
    };
}

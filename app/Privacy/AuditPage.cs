using System.Globalization;
using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Privacy;

/// <param name="Names">What those are called by now to whom something was done, with their pages.</param>
/// <param name="Next">The address of the next page; null at the end.</param>
public sealed record AuditView(
    Form Form, IReadOnlyList<User> Staff, IReadOnlyList<AuditLine> Lines, IReadOnlyDictionary<Guid, AuditName> Names, string? Next,
    InstituteClock Clock)
{
    public static IEnumerable<(string Value, string Text)> KindsIn(InstituteProfile institute) =>
        Enum.GetValues<AuditKind>().Select(k => (k.ToString(), AuditWords.Of(k.ToString(), institute)));

    public string NameOf(AuditLine line) => line.Whom is { } id ? Names.TryGetValue(id, out var name) ? name.Text : $"{id:N}"[..8] : "";

    public string? PageOf(AuditLine line) => line.Whom is { } id ? Names.GetValueOrDefault(id)?.Page : null;
}

public sealed record AuditName(string Text, string Page);

/// <summary>The managers' page of the audit.</summary>
public static class AuditPage
{
    public const string Address = "/audit";

    public static void Map(IEndpointRouteBuilder app) => app.MapGet(Address, ShowAsync).RequireAuthorization(Roles.ManagerPolicy);

    private static async Task<IResult> ShowAsync(HttpRequest request, IQuerySession session, InstituteClock clock, CancellationToken cancel)
    {
        var form = new Form();
        foreach (var field in new[] { "by", "kind", "whom", "from", "to" }) form[field] = request.Query[field].ToString().Trim();
        var filter = await ReadAsync(form, request.Query["before"], session, cancel);
        var (lines, next) = form.Ok ? await AuditList.ReadAsync(session, filter, clock, cancel) : ([], null);
        var staff = (await session.Query<User>().ToListAsync(cancel)).InReadingOrder(u => u.Name);
        var view = new AuditView(form, staff, lines, await NamesAsync(session, lines, staff, cancel), AddressOf(form, next), clock);
        return new Page(AuditTrail.Create(view), form.Ok ? 200 : StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<AuditFilter> ReadAsync(Form form, string? before, IQuerySession session, CancellationToken cancel)
    {
        DateOnly? Day(string field) => form[field].Length == 0 ? null : form.Date(field, "a day");
        Guid? by = Guid.TryParse(form["by"], out var id) ? id : null;
        AuditKind? kind = Enum.TryParse<AuditKind>(form["kind"], out var known) && Enum.IsDefined(known) ? known : null;
        var (from, to) = (Day("from"), Day("to"));
        if (to < from) form.Refuse("to", "This is before the first day.");
        return new AuditFilter(by, kind, await WhomAsync(form, session, cancel), from, to, before);
    }

    // Staff know a person by the reference of a lead; links of the program, by the id.
    private static async Task<Guid?> WhomAsync(Form form, IQuerySession session, CancellationToken cancel)
    {
        var typed = Characters.Line(form["whom"]); // no text of the database holds a NUL
        if (typed.Length == 0) return null;
        if (Guid.TryParse(typed, out var id)) return id;
        var reference = typed.ToUpperInvariant();
        if (await session.Query<Lead>().FirstOrDefaultAsync(l => l.Reference == reference, cancel) is { } lead) return lead.PersonId;
        form.Refuse("whom", "No lead has this reference. Write it like L-7K2M9Q, or follow the link on the person's page.");
        return null;
    }

    private static async Task<IReadOnlyDictionary<Guid, AuditName>> NamesAsync(
        IQuerySession session, IReadOnlyList<AuditLine> lines, IReadOnlyList<User> staff, CancellationToken cancel)
    {
        Guid[] whom = [.. lines.Select(l => l.Whom).OfType<Guid>().Distinct()];
        var names = (await session.LoadManyAsync<Person>(cancel, whom)).ToDictionary(
            p => p.Id, p => new AuditName(p.Name.Text, $"/people/{p.Id}"));
        foreach (var user in staff.Where(u => whom.Contains(u.Id))) names[user.Id] = new AuditName(user.Name, $"/users/{user.Id}");
        return names;
    }

    private static string? AddressOf(Form form, string? next) => next is null ? null : QueryHelpers.AddQueryString(Address,
        new[] { "by", "kind", "whom", "from", "to" }.Where(f => form[f].Length > 0)
            .Select(f => KeyValuePair.Create<string, string?>(f, form[f])).Append(new("before", next)));
}

/// <summary>What the audit's kinds are called on pages.</summary>
public static class AuditWords
{
    private static readonly Dictionary<string, string> Words = new()
    {
        [nameof(AuditKind.SignedIn)] = "Signed in",
        [nameof(AuditKind.WrongPassword)] = "Was refused at the sign-in",
        [nameof(AuditKind.SignInLocked)] = "Was locked out at the sign-in",
        [nameof(AuditKind.SignedOut)] = "Signed out",
        [nameof(AuditKind.PersonViewed)] = "Looked at a person",
        [nameof(AuditKind.Exported)] = "Took a file",
        [nameof(AuditKind.AccessGiven)] = "Made a file of all that is held",
        [nameof(AuditKind.Erased)] = "Erased a person",
        [nameof(AuditKind.Kept)] = "Kept a person longer",
        [nameof(AuditKind.StaffAdded)] = "Added staff",
        [nameof(AuditKind.StaffChanged)] = "Changed staff",
        [nameof(AuditKind.StaffDeactivated)] = "Took access away",
        [nameof(AuditKind.StaffActivated)] = "Gave access back",
        [nameof(AuditKind.PasswordReset)] = "Chose a password by a link",
        [nameof(AuditKind.PasswordChanged)] = "Changed the own password",
        [nameof(AuditKind.SessionsEnded)] = "Ended sessions",
        [nameof(AuditKind.LinkSent)] = "Had a link sent to choose a password",
        [nameof(AuditKind.Unlocked)] = "Let somebody try again to sign in",
        [nameof(AuditKind.FactorAdded)] = "Set an authenticator up",
        [nameof(AuditKind.FactorRemoved)] = "Removed an authenticator",
        [nameof(AuditKind.PasskeyAdded)] = "Added a passkey",
        [nameof(AuditKind.PasskeyRemoved)] = "Removed a passkey",
        [nameof(AuditKind.PasskeyCopied)] = "A passkey that may be a copy was refused",
        [nameof(AuditKind.RecoveryCodeUsed)] = "Used a recovery code",
        [nameof(AuditKind.SettingsChanged)] = "Changed settings",
        [nameof(AuditKind.BackupTaken)] = "Took a backup away",
        [nameof(AuditKind.Restored)] = "Restored a backup",
        [nameof(AuditKind.AuditThinned)] = "Old lines let go",
        [nameof(AuditKind.ClockConfirmed)] = "Said that the clock is right",
    };

    public static string Of(string kind, InstituteProfile institute) => kind switch
    {
        nameof(AuditKind.CourseChanged) => $"Changed {institute.CourseWord.Many}",
        nameof(AuditKind.BatchChanged) => $"Changed {institute.BatchWord.Many}",
        _ => Words.GetValueOrDefault(kind, kind),
    };

    public static string Counted(AuditLine line) => line.Count is { } count
        ? string.Create(CultureInfo.InvariantCulture, $"{count:#,0} {(count == 1 ? "row" : "rows")}")
        : "";
}

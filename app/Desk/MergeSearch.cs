using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Htmx;
using Marten;

namespace Crm.Desk;

/// <param name="Person">For whom another record is looked for.</param>
/// <param name="Found">Who was found besides them, with their leads.</param>
public sealed record MergeSearchView(Person Person, string Q, IReadOnlyList<(Person Person, IReadOnlyList<Lead> Leads)> Found)
{
    public string CompareWith(Person other) => $"/people/{Person.Id}/merges/new?with={other.Id}";

    /// <summary>What tells somebody from others of their name: the number or address, and all that they asked about.</summary>
    public static string Tell(Person person, IEnumerable<Lead> leads) => string.Join(" · ", new[]
    {
        person.Phone?.Grouped ?? person.Emails.FirstOrDefault()?.Address.Text ?? "",
        string.Join(", ", leads.Select(l => $"{l.CourseCode} ({Format.Words(l.Stage).ToLowerInvariant()})")),
    }.Where(text => text.Length > 0));
}

/// <summary>Where the other record of a person is looked for, whatever the two have in common or not.</summary>
public static class MergeSearch
{
    private const int Longest = 200;

    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/people/{id:guid}/merges", async Task<IResult> (
        Guid id, HttpContext http, IQuerySession session, Finder finder, CancellationToken cancel) =>
    {
        if (await session.LoadAsync<Person>(id, cancel) is not { IsErased: false } person) return Results.NotFound();
        if (person.MergedInto is { } other) return Results.Redirect($"/people/{other}/merges");
        // Most records of one student have the name in common: who is called alike is there before anything is typed.
        var q = http.Request.Query.TryGetValue("q", out var typed) ? Cleaned(typed.ToString()) : person.Name.Text;
        var found = q.Length == 0 ? [] : await finder.FindPeopleAsync(http, session, q, cancel);
        var view = new MergeSearchView(person, q, [.. found.Where(f => f.Person.Id != id && f.Person.IsCurrent)]);
        return http.Request.IsHtmx() && !http.Request.IsHistoryRestore() ? MergeFound.Create(view) : MergeWith.Create(view);
    }).RequireAuthorization(Roles.CounsellingPolicy);

    // PostgreSQL's text holds no NUL, and other control characters are never meant.
    private static string Cleaned(string typed) => new string([.. typed.Where(c => !char.IsControl(c)).Take(Longest)]).Trim();
}

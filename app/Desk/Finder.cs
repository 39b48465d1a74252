using Crm.Accounts;
using Crm.Courses;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Desk;

/// <summary>One thing that was found.</summary>
/// <param name="Icon">Its name in the sprite.</param>
/// <param name="Detail">What tells it from others of the same title.</param>
public sealed record Finding(string Icon, string Title, string Detail, string Address);

/// <param name="Groups">None that is empty, in the order in which they are read.</param>
public sealed record SearchView(string Q, IReadOnlyList<(string Heading, IReadOnlyList<Finding> Found)> Groups);

/// <summary>
/// Finds from anywhere: people by name, number, address or reference, seats by their roll number, receipts, payments by
/// the bank's number, batches, pages and acts.
/// </summary>
public sealed class Finder(IFrame frame, CurrentInstitute institute, Sight sight)
{
    /// <summary>How many of one kind are shown at most.</summary>
    public const int Most = 8;

    // Of names that many people have, so many are looked at.
    private const int Looked = 60;
    private const int ShortestNumber = 4;

    public async Task<SearchView> FindAsync(HttpContext http, IQuerySession session, string q, CancellationToken cancel)
    {
        var (places, only) = (await PlacesAsync(http, q), sight.OnlyOf(http.User));
        if (q.Length == 0) return new SearchView(q, [("Go to", places)]);
        (string, IReadOnlyList<Finding>)[] groups =
        [
            ("People", [.. (await PeopleAsync(session, q, only, cancel)).Select(p => Describe(p.Person, p.Leads))]),
            ("Seats", [.. await SeatsAsync(session, q, only, cancel), .. await FoundPayments.SeatsAsync(session, q, only, cancel)]),
            ("Receipts", await ReceiptsAsync(session, q, only, cancel)),
            ("Credit and debit notes", await NotesAsync(session, q, only, cancel)),
            ("Payments", await FoundPayments.ByReferenceAsync(session, q, only, institute, cancel)),
            (institute.Profile.BatchWord.Heading, only is null ? await BatchesAsync(session, q, cancel) : []),
            ("Go to", places),
        ];
        return new SearchView(q, [.. groups.Where(g => g.Item2.Count > 0)]);
    }

    /// <summary>Finds people alone, who are told from one another by all of their leads.</summary>
    /// <returns>The people with their leads, open ones first; the first <see cref="Most"/>.</returns>
    public async Task<IReadOnlyList<(Person Person, IReadOnlyList<Lead> Leads)>> FindPeopleAsync(
        HttpContext http, IQuerySession session, string q, CancellationToken cancel) =>
        await PeopleAsync(session, q, sight.OnlyOf(http.User), cancel);

    private async Task<IReadOnlyList<(Person Person, IReadOnlyList<Lead> Leads)>> PeopleAsync(
        IQuerySession session, string q, Guid? only, CancellationToken cancel)
    {
        var people = LeadConditions.ReferenceIn(q) is { } reference
            ? await ByReferenceAsync(session, reference, only, cancel)
            : await ByWordsAsync(session, q, only, cancel);
        var ids = people.Select(p => p.Id).ToArray();
        var leads = (await session.Query<Lead>().Where(l => l.PersonId.IsOneOf(ids)).ToListAsync(cancel)).ToLookup(l => l.PersonId);
        return [.. people.Select(p => (p, (IReadOnlyList<Lead>)
            [.. leads[p.Id].OrderByDescending(l => l.IsOpen).ThenByDescending(l => l.ReceivedAt)]))];
    }

    // Of persons; nothing where all are seen.
    internal static string Seen(Guid? only, string person = "d.id") => only is { } counsellor
        ? $" and exists (select 1 from {MartenSetup.Schema}.mt_doc_lead s "
            + $"where s.person_id = {person} and s.counsellor_id = '{counsellor}')"
        : "";

    private static async Task<IReadOnlyList<Person>> ByReferenceAsync(
        IQuerySession session, string reference, Guid? only, CancellationToken cancel) =>
        await session.QueryAsync<Person>($"""
            where d.id in (select l.person_id from {LeadEntry.Leads.Replace(" d", " l", StringComparison.Ordinal)}
                join {MartenSetup.Schema}.mt_doc_enquiry e on (e.data ->> 'LeadId')::uuid = l.id
                where e.data ->> 'Reference' like ?){Seen(only)} limit {Most}
            """, cancel, reference + "%");

    // Whose names begin so come first, out of the order's index; then who else has it anywhere.
    private async Task<IReadOnlyList<Person>> ByWordsAsync(
        IQuerySession session, string q, Guid? only, CancellationToken cancel)
    {
        var current = "(d.data ->> 'MergedInto') is null" + Seen(only);
        const string name = $"d.sort_name collate \"{PeopleRoom.SortCollation}\"";
        var key = ReadingOrder.KeyOf(q);
        IReadOnlyList<Person> first = key.Length == 0 ? [] : await session.QueryAsync<Person>(
            $"where {name} >= ? and {name} < ? and {current} order by {name}, d.id limit {Most}",
            cancel, key, key + '\uFFFF');
        var parts = SearchQuery.Read(q, institute.Profile.PhoneRegion).Parts;
        if (first.Count == Most || parts.Count == 0) return first;
        var conditions = parts.Select(part => Trigrams.Contains("d.search_text", part)).ToList();
        var sql = $"where {string.Join(" and ", conditions.Select(c => c.Sql))} and {current} limit {Looked}";
        var all = await session.QueryAsync<Person>(sql, cancel, [.. conditions.SelectMany(c => c.Values)]);
        return [.. first.Concat(all.OrderBy(p => p.SortName, StringComparer.Ordinal)).DistinctBy(p => p.Id).Take(Most)];
    }

    private static Finding Describe(Person person, IReadOnlyList<Lead> leads)
    {
        // What tells two of one name apart comes first: a phone's width cuts the end.
        var says = new[] { leads.Count == 0 ? null : Says(leads[0]), person.Phone?.Grouped ?? person.Email?.Text };
        return new Finding("user", person.Name.Text, string.Join(" · ", says.Where(s => s is not null)), $"/people/{person.Id}");
    }

    private static string Says(Lead lead) => $"{Format.Words(lead.Stage)}, {lead.CourseCode}";

    private static async Task<IReadOnlyList<Finding>> SeatsAsync(
        IQuerySession session, string q, Guid? only, CancellationToken cancel)
    {
        if (NumberIn(q) is not { } number) return [];
        var seats = await session.QueryAsync<Enrolment>(
            $"where d.data ->> 'RollNumber' like ?{Seen(only, "(d.data ->> 'PersonId')::uuid")} limit {Most}", cancel, number);
        var ids = seats.Select(s => s.PersonId).ToArray();
        var people = (await session.LoadManyAsync<Person>(cancel, ids)).ToDictionary(p => p.Id);
        return [.. seats.Select(s => new Finding("id-card", s.RollNumber,
            $"{people.GetValueOrDefault(s.PersonId)?.Name.Text} · {s.CourseName}", $"/leads/{s.LeadId}"))];
    }

    private static async Task<IReadOnlyList<Finding>> ReceiptsAsync(
        IQuerySession session, string q, Guid? only, CancellationToken cancel)
    {
        if (NumberIn(q) is not { } number) return [];
        var receipts = await session.QueryAsync<Receipt>($"where d.data ->> 'Number' like ?{SeenSeat(only)} limit {Most}", cancel, number);
        var seats = (await session.LoadManyAsync<Enrolment>(cancel, [.. receipts.Select(r => r.EnrolmentId)])).ToDictionary(s => s.Id);
        return [.. receipts.Where(r => seats.ContainsKey(r.EnrolmentId)).Select(r => new Finding("receipt", r.Number,
            $"{r.Name?.Text} · {Format.Date(r.PaidOn)}", $"/leads/{seats[r.EnrolmentId].LeadId}"))];
    }

    private static async Task<IReadOnlyList<Finding>> NotesAsync(
        IQuerySession session, string q, Guid? only, CancellationToken cancel)
    {
        if (NumberIn(q) is not { } number) return [];
        var notes = await session.QueryAsync<TaxNote>($"where d.data ->> 'Number' like ?{SeenSeat(only)} limit {Most}", cancel, number);
        var seats = (await session.LoadManyAsync<Enrolment>(cancel, [.. notes.Select(n => n.EnrolmentId)])).ToDictionary(s => s.Id);
        return [.. notes.Where(n => seats.ContainsKey(n.EnrolmentId)).Select(n => new Finding("receipt", n.Number,
            $"{n.Name?.Text} · {Format.Date(n.IssuedOn)}", $"/leads/{seats[n.EnrolmentId].LeadId}"))];
    }

    internal static string SeenSeat(Guid? only) => only is null ? "" : $"""
         and exists (select 1 from {MartenSetup.Schema}.mt_doc_enrolment e
            where e.id = (d.data ->> 'EnrolmentId')::uuid{Seen(only, "(e.data ->> 'PersonId')::uuid")})
        """;

    // The whole of a number or its beginning, as it is printed.
    private static string? NumberIn(string q) =>
        q.Length >= ShortestNumber && q.Any(char.IsAsciiDigit) && q.Any(c => !char.IsAsciiDigit(c))
            ? q.ToUpperInvariant().Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal)
                .Replace("_", @"\_", StringComparison.Ordinal) + "%"
            : null;

    private static async Task<IReadOnlyList<Finding>> BatchesAsync(IQuerySession session, string q, CancellationToken cancel)
    {
        var batches = await session.Query<Batch>().ToListAsync(cancel);
        return [.. batches.Where(b => Has(b.Code, q)).OrderByDescending(b => b.StartsOn).Take(Most)
            .Select(b => new Finding("graduation-cap", b.Code, b.Schedule, $"/batches/{b.Id}"))];
    }

    private async Task<IReadOnlyList<Finding>> PlacesAsync(HttpContext http, string q)
    {
        var around = await frame.ShowAsync(http);
        Place[] adding = http.User.MayCounsel() ? [new("", "Add a lead", "/leads/new", "user-plus")] : [];
        Place[] acts = [.. adding, new("", "My account", "/account", "circle-user-round")];
        return [.. acts.Concat(around.Daily).Concat(around.Office).Concat(around.Views).Where(p => Has(p.Text, q))
            .Select(p => new Finding(p.Icon, p.Text, "", p.Address))];
    }

    private static bool Has(string text, string q) => text.Contains(q, StringComparison.OrdinalIgnoreCase);
}

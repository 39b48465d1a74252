using Crm.Changes;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;
using Marten;

namespace Crm.Desk;

/// <summary>One row of a change, in words.</summary>
/// <param name="Name">Of the person; null where they are gone.</param>
/// <param name="Address">Of their page; null where they are gone.</param>
/// <param name="What">What happened by the change.</param>
public sealed record ChangeLine(ChangeRow Row, string? Name, string? Address, IReadOnlyList<string> What)
{
    public string State => Row.State switch
    {
        RowState.Planned => "still to come",
        RowState.Done => Row.Made ? "made" : "changed",
        RowState.Skipped => $"left out: {Row.Why}",
        RowState.Undone => Row.Made ? "gone again" : "as before",
        _ => $"left as it is: {Row.Why}",
    };

    public bool IsLeft => Row.State is RowState.Skipped or RowState.Left;

    public string Thing => Row.Kind == StreamKind.Person ? "Person" : Format.Words(Row.Kind);
}

/// <summary>Puts the rows of changes into words: what they are of, and what happened to them.</summary>
public sealed class ChangeLines(Timeline timeline)
{
    public async Task<IReadOnlyList<ChangeLine>> ReadAsync(IQuerySession session, IReadOnlyList<ChangeRow> rows, CancellationToken cancel)
    {
        Guid[] Of(StreamKind kind) => [.. rows.Where(r => r.Kind == kind).Select(r => r.Stream)];
        var leads = (await session.LoadManyAsync<Lead>(cancel, Of(StreamKind.Lead))).ToDictionary(l => l.Id);
        var seats = (await session.LoadManyAsync<Enrolment>(cancel, Of(StreamKind.Seat))).ToDictionary(s => s.Id);
        Guid[] ids = [.. Of(StreamKind.Person), .. leads.Values.Select(l => l.PersonId), .. seats.Values.Select(s => s.PersonId)];
        var people = (await session.LoadManyAsync<Person>(cancel, [.. ids.Distinct()])).ToDictionary(p => p.Id);
        var happened = await timeline.ReadPartsAsync(session,
            [.. rows.Where(r => r.After > r.Before).Select(r => (r.Stream, r.Before, r.After))], cancel);
        return [.. rows.Select(r =>
        {
            var (personId, address) = WhoseIs(r, leads, seats);
            return new ChangeLine(r, people.GetValueOrDefault(personId)?.Name.Text, people.ContainsKey(personId) ? address : null,
                [.. happened[r.Stream].Select(e => e.Title).Distinct()]);
        })];
    }

    private static (Guid PersonId, string Address) WhoseIs(
        ChangeRow row, Dictionary<Guid, Lead> leads, Dictionary<Guid, Enrolment> seats) => row.Kind switch
        {
            StreamKind.Lead => (leads.GetValueOrDefault(row.Stream)?.PersonId ?? Guid.Empty, $"/leads/{row.Stream}"),
            StreamKind.Seat when seats.GetValueOrDefault(row.Stream) is { } seat => (seat.PersonId, $"/leads/{seat.LeadId}"),
            StreamKind.Person => (row.Stream, $"/people/{row.Stream}"),
            _ => (Guid.Empty, ""),
        };
}

/// <summary>Changes in words.</summary>
public static class ChangeWords
{
    /// <returns>Such as "1,240 leads, 1,100 people"; empty where it is of none.</returns>
    public static string CountOf(Change change, MoneyStyle style) => string.Join(", ",
        from part in new[] { (change.Leads, "lead", "leads"), (change.People, "person", "people"), (change.Seats, "seat", "seats") }
        where part.Item1 > 0
        select $"{style.Number(part.Item1)} {(part.Item1 == 1 ? part.Item2 : part.Item3)}");

    public static string StatusOf(Change change) => change.Status switch
    {
        ChangeStatus.Running => "Under way",
        ChangeStatus.Undoing => "Being undone",
        ChangeStatus.Done when change.Kind == ChangeKind.Export => "",
        _ => Format.Words(change.Status),
    };
}

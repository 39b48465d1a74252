using Crm.Storage;
using Marten;
using Weasel.Postgresql.Tables;

namespace Crm.Changes;

/// <summary>Of what a stream is.</summary>
public enum StreamKind { Person, Lead, Seat }

/// <summary><see cref="Planned"/> is still to be done; <see cref="Skipped"/> was left out and <see cref="Left"/> was not taken back,
/// each with its reason.</summary>
public enum RowState { Planned, Done, Skipped, Undone, Left }

/// <summary>One person, lead or seat that a change touched.</summary>
/// <param name="Seq">Its place among the change's rows, from 1.</param>
/// <param name="Part">Rows of one part are taken back together or not at all.</param>
/// <param name="Before">The version of the stream before; 0 where the change made it.</param>
/// <param name="After">The version to which the change brought it.</param>
/// <param name="Why">The reason, in words, where it was left.</param>
public sealed record ChangeRow(
    int Seq, int Part, StreamKind Kind, Guid Stream, int Before, int After, RowState State, string? Why = null)
{
    public bool Made => State != RowState.Planned && Before == 0;
}

/// <summary>
/// The rows of all changes, in a flat table of ids and versions: 50,000 of them are cheap, and nothing in them is of anybody. What a
/// row made or changed, its stream tells.
/// </summary>
public static class ChangeRows
{
    private const string Name = $"{MartenSetup.Schema}.change_rows";

    private const string Columns = """
        jsonb_build_object('Seq', r.seq, 'Part', r.part, 'Kind', r.kind, 'Stream', r.stream_id, 'Before', r.before, 'After', r.after,
            'State', r.state, 'Why', r.why)
        """;

    internal const string Insert = $"""
        insert into {Name} (change_id, seq, part, kind, stream_id, before, after, state)
        select ?, * from unnest(?::int[], ?::int[], ?::varchar[], ?::uuid[], ?::int[], ?::int[], ?::varchar[])
        """;

    internal const string PlanAll = $"""
        insert into {Name} (change_id, seq, part, kind, stream_id, before, after, state)
        select ?, at, at, ?, id, 0, 0, 'Planned' from unnest(?::uuid[]) with ordinality planned(id, at)
        """;

    internal const string CompleteAll = $"""
        update {Name} r set kind = c.kind, stream_id = c.stream, before = c.before, after = c.after, state = c.state, why = c.why
        from unnest(?::int[], ?::varchar[], ?::uuid[], ?::int[], ?::int[], ?::varchar[], ?::varchar[])
            c(seq, kind, stream, before, after, state, why)
        where r.change_id = ? and r.seq = c.seq
        """;

    internal const string Mark = $"""
        update {Name} r set state = m.state, why = m.why
        from unnest(?::int[], ?::varchar[], ?::varchar[]) m(seq, state, why) where r.change_id = ? and r.seq = m.seq
        """;

    internal const string LeaveRest = $"""
        update {Name} set state = 'Skipped', why = ? where change_id = ? and state = 'Planned'
        """;

    // What was left before is looked at once more: what stood in the way may have been undone meanwhile.
    internal const string LookAgain = $"update {Name} set state = 'Done', why = null where change_id = ? and state = 'Left'";

    // What an undoing took back is there again when the undoing is taken back.
    internal const string DoneAgain = $"""
        update {Name} r set state = 'Done', why = null
        from {Name} u where u.change_id = ? and u.state = 'Undone' and r.change_id = ? and r.stream_id = u.stream_id and r.state = 'Undone'
        """;

    internal const string Extend = $"""
        update {Name} r set after = e.after from unnest(?::int[], ?::int[]) e(seq, after) where r.change_id = ? and r.seq = e.seq
        """;

    private const string OfStreams = $"""
        select {Columns} from {Name} r where r.change_id = ? and r.stream_id = any(?) order by r.seq
        """;

    private const string Last = $"""
        select {Columns} from {Name} r where r.change_id = ? and r.state = any(?) and r.part < ? and r.part >= (
            select min(part) from (
                select distinct part from {Name} where change_id = ? and state = any(?) and part < ? order by part desc limit ?) parts)
        order by r.part desc, r.seq desc
        """;

    // Those wanted are chosen first: else each row of the change is written as JSON before the first of them are known.
    private const string Some = $"""
        select {Columns} from (
            select * from {Name} where change_id = ? and seq > ? and state = any(?) order by seq limit ?) r
        order by r.seq
        """;

    private const string People = $"""
        select jsonb_build_object('Change', change_id, 'Stream', stream_id) from {Name}
        where change_id = any(?) and kind = 'Person' order by change_id, seq
        """;

    private const string Count = $"""
        select jsonb_build_object('State', state, 'Count', count(*)) from {Name} where change_id = ? group by state
        """;

    /// <summary>The table, which Marten keeps with its own.</summary>
    internal static Table Table()
    {
        var table = new Table(Name);
        table.AddColumn<Guid>("change_id").AsPrimaryKey();
        table.AddColumn<int>("seq").AsPrimaryKey();
        table.AddColumn<int>("part").NotNull();
        table.AddColumn("kind", "varchar").NotNull();
        table.AddColumn<Guid>("stream_id").NotNull();
        table.AddColumn<int>("before").NotNull();
        table.AddColumn<int>("after").NotNull();
        table.AddColumn("state", "varchar").NotNull();
        table.AddColumn("why", "varchar");
        table.Indexes.Add(new IndexDefinition("change_rows_idx_state") { Columns = ["change_id", "state", "part"] });
        return table;
    }

    /// <returns>The rows after a place, in their order.</returns>
    /// <param name="states">Those wanted; all where there are none.</param>
    public static Task<IReadOnlyList<ChangeRow>> AfterAsync(
        IQuerySession session, Guid change, int seq, int most, CancellationToken cancel, params RowState[] states)
    {
        var names = (states.Length == 0 ? Enum.GetValues<RowState>() : states).Select(s => s.ToString()).ToArray();
        return session.AdvancedSql.QueryAsync<ChangeRow>(Some, cancel, change, seq, names, most);
    }

    /// <param name="below">A part, of which and of those after it none are.</param>
    /// <returns>The rows of the last parts in some states, the last first.</returns>
    internal static Task<IReadOnlyList<ChangeRow>> LastAsync(
        IQuerySession session, Guid change, IEnumerable<RowState> states, int below, int parts, CancellationToken cancel)
    {
        var names = states.Select(s => s.ToString()).ToArray();
        return session.AdvancedSql.QueryAsync<ChangeRow>(Last, cancel, change, names, below, change, names, below, parts);
    }

    /// <returns>The rows of some streams in their order: of one that somebody else went on with meanwhile, a change has several.</returns>
    internal static async Task<ILookup<Guid, ChangeRow>> OfAsync(
        IQuerySession session, Guid change, Guid[] streams, CancellationToken cancel) => streams.Length == 0
            ? Enumerable.Empty<ChangeRow>().ToLookup(r => r.Stream)
            : (await session.AdvancedSql.QueryAsync<ChangeRow>(OfStreams, cancel, change, streams)).ToLookup(r => r.Stream);

    /// <returns>The persons that each of some changes touched.</returns>
    public static async Task<ILookup<Guid, Guid>> PeopleOfAsync(IQuerySession session, Guid[] changes, CancellationToken cancel) =>
        (await session.AdvancedSql.QueryAsync<Touched>(People, cancel, (object)changes)).ToLookup(t => t.Change, t => t.Stream);

    /// <returns>How many rows there are in each state.</returns>
    public static async Task<IReadOnlyDictionary<RowState, int>> CountAsync(IQuerySession session, Guid change, CancellationToken cancel) =>
        (await session.AdvancedSql.QueryAsync<Counted>(Count, cancel, change)).ToDictionary(c => c.State, c => c.Count);

    private sealed record Touched(Guid Change, Guid Stream);

    private sealed record Counted(RowState State, int Count);
}

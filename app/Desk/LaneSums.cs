using Crm.Institute;
using Crm.Leads;
using Crm.Storage;
using Marten;

namespace Crm.Desk;

/// <summary>What the leads of one stage are worth: the courses' fees while nothing is offered, then what is offered, then what was agreed
/// for the seats that are held.</summary>
/// <param name="Amount">Null where it cannot be told, as of a course that is gone.</param>
public sealed record LaneSum(Stage Stage, Money? Amount)
{
    private const string Offer = "d.data -> 'Offer' ->>";

    /// <summary>What kind of sum it is.</summary>
    public string Word => Stage switch
    {
        Stage.Offered => "offered",
        Stage.Enrolled => "agreed",
        _ => "expected",
    };

    /// <summary>The sums of all lanes, in one round trip.</summary>
    /// <param name="counsellor">Whose leads count; null for everybody's.</param>
    public static async Task<IReadOnlyDictionary<Stage, LaneSum>> ReadAsync(
        IQuerySession session, Guid? counsellor, CancellationToken cancel)
    {
        var whose = counsellor is null ? "" : "and d.counsellor_id = ?";
        var ofLeads = counsellor is null ? "" : $"join {LeadEntry.Leads} on d.id = e.lead_id";
        object[] values = counsellor is { } id ? [id, id, id] : [];
        var sql = $"""
            select jsonb_build_object('Stage', s.stage, 'Paise', s.paise) from (
                select n.stage, sum(n.many * (c.data ->> 'Fee')::bigint)::bigint as paise from (
                    select d.stage, d.course_id, count(*) as many from {LeadEntry.Leads}
                    where d.stage in ('New', 'Contacted', 'Counselled') {whose} group by 1, 2) n
                join {MartenSetup.Schema}.mt_doc_course c on c.id = n.course_id group by 1
                union all
                select 'Offered', sum(({Offer} 'Fee')::bigint - ({Offer} 'Discount')::bigint + ({Offer} 'Tax')::bigint)::bigint
                from {LeadEntry.Leads} where d.stage = 'Offered' {whose}
                union all
                select 'Enrolled', sum(e.held)::bigint from {MartenSetup.Schema}.mt_doc_enrolment e {ofLeads}
                where e.held is not null {whose}) s
            """;
        var read = await session.AdvancedSql.QueryAsync<Row>(sql, cancel, values);
        return read.ToDictionary(r => r.Stage, r => new LaneSum(r.Stage, r.Paise is { } paise ? new Money(paise) : null));
    }

    private sealed record Row(Stage Stage, long? Paise);
}

using Crm.Messaging;
using Crm.Storage;
using Marten;

namespace Crm.Desk;

/// <summary>Mail that did not reach applicants: whoever has their leads is to see it on today's page.</summary>
public sealed record UndeliveredView(IReadOnlyList<OutboxMessage> Messages)
{
    private const int Most = 20;

    private const string Which =
        $$"""
        where d.status in ('Failed', 'Unconfirmed') and (d.data ->> 'ToApplicant')::boolean and exists (
            select 1 from {{MartenSetup.Schema}}.mt_doc_lead l
            where l.id = (d.data ->> 'LeadId')::uuid and (?::uuid is null or (l.data ->> 'CounsellorId')::uuid = ?::uuid))
        """;

    public string Total => Messages.Count == Most ? $"{Most}+" : $"{Messages.Count}";

    /// <param name="counsellor">Whose leads, or null for everybody's.</param>
    public static async Task<UndeliveredView> LoadAsync(IQuerySession session, Guid? counsellor, CancellationToken cancel)
    {
        object whose = counsellor is { } id ? id : DBNull.Value;
        var messages = await session.QueryAsync<OutboxMessage>($"{Which} order by d.due_at desc limit ?", cancel, whose, whose, Most);
        return new UndeliveredView(messages);
    }
}

using System.Globalization;
using Marten;

namespace Crm.Messaging;

/// <summary>
/// Takes back messages that wait, in the transaction of what made them pointless. It is one statement: a message that is claimed meanwhile
/// is no longer queued and is left alone, and is asked about when it leaves.
/// </summary>
public static class Withdrawals
{
    // What may have arrived when it was sent before goes back to who is to decide on that.
    private const string Sql =
        $$"""
        update {{OutboxStore.Table}} set
            status = case when data ->> 'MayBeAt' is null then 'Cancelled' else 'Unconfirmed' end,
            data = data || jsonb_build_object('Status', case when data ->> 'MayBeAt' is null then 'Cancelled' else 'Unconfirmed' end,
                'WithdrawnAt', ?::text,
                'Error', ?::text || coalesce(' An earlier sending may have arrived at ' || (data ->> 'MayBeAt') || '.', ''))
        where status = 'Queued' and
        """;

    /// <param name="why">A sentence for staff.</param>
    /// <param name="which">A condition on <c>data</c>, with question marks for its values.</param>
    /// <param name="at">UTC: by which they are found again where that turns out to be a slip.</param>
    public static void Withdraw(this IDocumentSession session, DateTimeOffset at, string why, string which, params object[] values) =>
        session.QueueSqlCommand($"{Sql} {which}", [at.ToString("O", CultureInfo.InvariantCulture), why, .. values]);
}

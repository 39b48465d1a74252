using Crm.Privacy;
using Crm.Storage;
using Marten;

namespace Crm.Counselling;

/// <summary>What was ordered for many leads at once may name one of them.</summary>
public sealed class OrderHoldings : IHoldings
{
    private const string OfTheirs = $"""
        where d.id in (select r.change_id from {MartenSetup.Schema}.change_rows r where r.stream_id = any(?)) order by d.id
        """;

    public async Task<IReadOnlyList<Holding>> FindAsync(Subject subject, IQuerySession session, CancellationToken cancel) =>
        [.. (await OrdersAsync(subject, session, cancel)).Select(o => new Holding("Orders for many that they were part of", o))];

    public async Task EraseAsync(Subject subject, ErasureWork work, CancellationToken cancel)
    {
        foreach (var order in await OrdersAsync(subject, work.Session, cancel))
        {
            order.Words = subject.Traces.Clean(order.Words);
            order.Fields = order.Fields.ToDictionary(f => f.Key, f => subject.Traces.Clean(f.Value));
            work.Session.Store(order);
        }
    }

    private static Task<IReadOnlyList<BulkOrder>> OrdersAsync(Subject subject, IQuerySession session, CancellationToken cancel) =>
        session.QueryAsync<BulkOrder>(OfTheirs, cancel, (object)subject.All);
}

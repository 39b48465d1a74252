using Crm.Institute;
using Marten;

namespace Crm.Privacy;

/// <summary>That and why somebody is kept longer, and what the audit says of who looked at them.</summary>
public sealed class RetentionHoldings(CurrentInstitute institute) : IHoldings
{
    public async Task<IReadOnlyList<Holding>> FindAsync(Subject subject, IQuerySession session, CancellationToken cancel) =>
    [
        .. (await session.LoadManyAsync<KeptLonger>(cancel, subject.People)).Select(k => new Holding("Kept longer", k)),
        .. (await AuditList.AboutAsync(session, subject.People, cancel)).Select(l => new Holding("Who looked, or took a file",
            new { l.At, What = AuditWords.Of(l.Kind, institute.Profile), Of = l.What, By = l.By })),
    ];

    public async Task EraseAsync(Subject subject, ErasureWork work, CancellationToken cancel)
    {
        foreach (var kept in await work.Session.LoadManyAsync<KeptLonger>(cancel, subject.People)) work.Session.Delete(kept);
    }
}

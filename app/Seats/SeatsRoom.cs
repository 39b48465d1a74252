using Crm.Institute;
using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Aggregation;

namespace Crm.Seats;

/// <summary>Keeps the snapshot of each enrolment in the transaction of its events.</summary>
public sealed class EnrolmentProjection : SingleStreamProjection<Enrolment, Guid>
{
    public override Enrolment? Evolve(Enrolment? snapshot, Guid id, IEvent e) =>
        e.Data is EnrolmentEvent known ? (snapshot ?? new Enrolment { Id = id }).After(known) : snapshot;
}

/// <summary>The stream of each seat and its only writer: what was agreed, and what became of it.</summary>
public static class SeatsRoom
{
    public static void AddSeats(this IServiceCollection services) => services.ConfigureMarten(options =>
    {
        options.AddEventsOf<EnrolmentEvent>();
        options.Projections.Add<EnrolmentProjection>(ProjectionLifecycle.Inline);
        options.Schema.For<Enrolment>()
            .UniqueIndex(x => x.LeadId)
            .UniqueIndex(x => x.RollNumber)
            .Index(x => x.BatchId)
            .Index(x => x.PersonId);
    });
}

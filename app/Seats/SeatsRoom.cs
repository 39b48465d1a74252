using Crm.Institute;
using Crm.Storage;
using Crm.Web;
using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Aggregation;

namespace Crm.Seats;

/// <summary>Keeps the snapshot of each enrolment in the transaction of its events.</summary>
public sealed class EnrolmentProjection : SingleStreamProjection<Enrolment, Guid>
{
    public override Enrolment? Evolve(Enrolment? snapshot, Guid id, IEvent e) =>
        e.Data is EnrolmentEvent known ? Enrolment.Next(snapshot, id, known) : snapshot;
}

/// <summary>The stream of each seat and its only writer: what was agreed, and what became of it.</summary>
public static class SeatsRoom
{
    public static void AddSeats(this IServiceCollection services)
    {
        services.AddSingleton<SeatWriter>();
        services.AddSingleton<SeatActRunner>();
        services.ConfigureMarten(options =>
        {
            options.AddEvents(EnrolmentEvent.Kinds);
            options.Projections.Add<EnrolmentProjection>(ProjectionLifecycle.Inline);
            options.Schema.For<Enrolment>()
                .Duplicate(x => x.LeadId)
                .UniqueIndex(x => x.RollNumber)
                .Index(x => x.BatchId)
                .Index(x => x.PersonId)
                .Duplicate(x => x.DueOn, configure: i => i.Then("id"))
                // The board sums up what is agreed, of everybody or of some leads, out of the index alone.
                .Duplicate(x => x.Held, configure: i => i.Then("lead_id"));
        });
    }

    /// <summary>Adds one act: its panel then stands on the seat's card, and its form is taken at its address.</summary>
    public static void AddSeatAct<TAct>(this IServiceCollection services) where TAct : SeatAct => services.AddSingleton<SeatAct, TAct>();

    public static void MapSeatActs(this IEndpointRouteBuilder app)
    {
        // A seat is looked at on the page of its lead.
        app.MapGet("/enrolments/{id:guid}", async (Guid id, IQuerySession session, CancellationToken cancel) =>
            await session.LoadAsync<Enrolment>(id, cancel) is { } seat ? Results.Redirect($"/leads/{seat.LeadId}") : Results.NotFound());
        foreach (var act in app.ServiceProvider.GetServices<SeatAct>())
        {
            var route = app.MapPost($"/enrolments/{{id:guid}}/{act.Path}", (
                Guid id, HttpContext http, SeatActRunner runner, IQuerySession session, CancellationToken cancel) =>
                runner.RunAsync(act, id, http, session, cancel)).ShowsFormAgain();
            if (act.IsOfMoney) route.RequireAuthorization(Roles.MoneyPolicy);
        }
    }
}

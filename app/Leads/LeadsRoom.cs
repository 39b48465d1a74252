using Crm.Institute;
using Crm.Storage;
using Crm.Web;
using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Aggregation;

namespace Crm.Leads;

/// <summary>Keeps the snapshot of each lead in the transaction of its events.</summary>
public sealed class LeadProjection : SingleStreamProjection<Lead, Guid>
{
    public override Lead? Evolve(Lead? snapshot, Guid id, IEvent e) =>
        e.Data is LeadEvent known ? Lead.Next(snapshot, id, known) : snapshot;
}

/// <summary>Leads: the stream, its rules, its only writer, and what an act of staff on a lead is.</summary>
public static class LeadsRoom
{
    private const string Planned = "follow_up_due_at is not null", Unplanned = "unplanned_since is not null";

    /// <summary>Which leads wait for an answer: few, and an index of them alone.</summary>
    public const string Unanswered = "unanswered_since is not null";

    public static void AddLeads(this IServiceCollection services)
    {
        services.AddSingleton<LeadWriter>();
        services.AddSingleton<LeadActRunner>();
        services.AddSingleton<Courses.ICourseNames, LeadNames>();
        services.ConfigureMarten(options =>
        {
            options.AddEvents(LeadEvent.Kinds);
            options.Projections.Add<LeadProjection>(ProjectionLifecycle.Inline);
            // Each index is one that a page of the list or a queue reads, ending in the id that breaks ties between pages.
            options.Schema.For<Lead>()
                .Duplicate(x => x.Stage, pgType: "varchar", configure: i => i.Then("received_at, id"))
                // How many a counsellor has in each stage is counted without their rows.
                .Duplicate(x => x.CounsellorId, configure: i => i.Then("received_at, id").With("stage"))
                .Duplicate(x => x.CourseId, configure: i => i.Then("received_at, id"))
                .Duplicate(x => x.SourceName, configure: i => i.Then("received_at, id"))
                // A search looks at the persons of many leads of this order, which the index alone names.
                .Duplicate(x => x.ReceivedAt, configure: i => i.Then("id").With("person_id"))
                .Duplicate(x => x.LastActivityAt, configure: i => i.Then("id"))
                .Duplicate(x => x.FollowUpDueAt, configure: i => i.Then("id").Of(Planned))
                .Duplicate(x => x.UnplannedSince, configure: i => i.Then("id").Of(Unplanned))
                .Duplicate(x => x.UnansweredSince, configure: i => i.Then("id").Of(Unanswered))
                .Duplicate(x => x.AskedAt, configure: i => i.Of("asked_at is not null"))
                .Duplicate(x => x.PersonId)
                // What waits for whoever looks is counted on every page.
                .Index([x => x.CounsellorId!, x => x.FollowUpDueAt!], i => i.Of(Planned))
                .Index([x => x.CounsellorId!, x => x.LastActivityAt], i => i.Of(Unanswered))
                .Index([x => x.CounsellorId!, x => x.Stage, x => x.UnplannedSince!], i => i.Of(Unplanned));
            options.Schema.For<SourceBook>();
        });
    }

    /// <summary>Adds one act: its panel then stands on the person's page, and its form is taken at its address.</summary>
    public static void AddLeadAct<TAct>(this IServiceCollection services) where TAct : LeadAct => services.AddSingleton<LeadAct, TAct>();

    public static void MapLeadActs(this IEndpointRouteBuilder app)
    {
        foreach (var act in app.ServiceProvider.GetServices<LeadAct>())
            app.MapPost($"/leads/{{id:guid}}/{act.Path}", (Guid id, HttpContext http, LeadActRunner runner, CancellationToken cancel) =>
                runner.RunAsync(act, id, http, cancel)).ShowsFormAgain();
    }
}

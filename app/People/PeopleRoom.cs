using Crm.Institute;
using Crm.Storage;
using Crm.Web;
using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Aggregation;
using Weasel.Postgresql.Tables;

namespace Crm.People;

/// <summary>Keeps the snapshot of each person in the transaction of their events.</summary>
public sealed class PersonProjection : SingleStreamProjection<Person, Guid>
{
    public override Person? Evolve(Person? snapshot, Guid id, IEvent e) =>
        e.Data is PersonEvent known ? Person.Next(snapshot, id, known) : snapshot;
}

/// <summary>Persons: what is known of them, who an enquiry is of, merging and splitting.</summary>
public static class PeopleRoom
{
    /// <summary>In which names are sorted by their keys, whatever the database's locale.</summary>
    public const string SortCollation = "C";

    public static void AddPeople(this IServiceCollection services)
    {
        services.AddSingleton<PersonWriter>();
        services.AddSingleton<PersonActRunner>();
        services.ConfigureMarten(options =>
        {
            options.AddEvents(PersonEvent.Kinds);
            options.Projections.Add<PersonProjection>(ProjectionLifecycle.Inline);
            options.Schema.For<Person>()
                .Duplicate(x => x.SortName, configure: i => i.Collation = SortCollation)
                .Duplicate(x => x.Keys, pgType: "varchar[]", configure: i =>
                {
                    i.Method = IndexMethod.gin;
                    // A waiting list of entries would have to be read through by each enquiry's look-up.
                    i.StorageParameters["fastupdate"] = "off";
                })
                .Duplicate(x => x.SearchText, configure: i =>
                {
                    i.Method = IndexMethod.gin;
                    i.Mask = Trigrams.Mask;
                });
            options.Schema.For<PossibleDuplicate>()
                .Duplicate(x => x.Newer).Duplicate(x => x.Older).Duplicate(x => x.FoundAt)
                .Duplicate(x => x.DecidedAt)
                .Duplicate(x => x.Weight, configure: i =>
                {
                    i.Mask = "?, found_at, id";
                    i.Predicate = "decided_at is null";
                });
        });
    }

    /// <summary>Adds one act: its panel then stands on the person's page, and its form is taken at its address.</summary>
    public static void AddPersonAct<TAct>(this IServiceCollection services) where TAct : PersonAct =>
        services.AddSingleton<PersonAct, TAct>();

    public static void MapPersonActs(this IEndpointRouteBuilder app)
    {
        foreach (var act in app.ServiceProvider.GetServices<PersonAct>())
            app.MapPost($"/people/{{id:guid}}/{act.Path}", (Guid id, HttpContext http, PersonActRunner runner, CancellationToken cancel) =>
                runner.RunAsync(act, id, http, cancel)).ShowsFormAgain();
    }
}

using Crm.Storage;
using Marten;

namespace Crm.Web;

/// <summary>A form of staff that was carried out. Its id comes with the form, so that sending it again does nothing more.</summary>
public sealed class SentForm
{
    public Guid Id { get; set; }
    public DateTimeOffset At { get; set; }

    /// <summary>
    /// Decides on a form, unless that was done before, in a session that holds the lock on what the form is about: who sends it
    /// a second time waits there until the first is stored.
    /// </summary>
    /// <returns>Nothing where the form was refused or had been carried out.</returns>
    public static async Task<IReadOnlyList<T>> OnceAsync<T>(
        IDocumentSession session, Form form, DateTimeOffset now, Func<Task<IReadOnlyList<T>>> decide, CancellationToken cancel)
    {
        var id = Guid.TryParse(form["formId"], out var given) ? given : Guid.Empty;
        if (id != Guid.Empty && await session.LoadAsync<SentForm>(id, cancel) is not null) return [];
        var events = await decide();
        if (!form.Ok)
        {
            session.EjectAllPendingChanges();
            return [];
        }
        if (id != Guid.Empty) session.Insert(new SentForm { Id = id, At = now });
        return events;
    }
}

/// <summary>What forms, pages and their parts are made of.</summary>
public static class WebRoom
{
    public static void AddWeb(this IServiceCollection services)
    {
        services.AddSingleton<DatabaseTroubles>();
        services.AddSingleton<Worries>();
        services.AddExceptionHandler<DatabaseAway>();
        services.ConfigureMarten(options => options.Schema.For<SentForm>());
    }
}

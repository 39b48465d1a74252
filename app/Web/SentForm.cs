using Crm.Storage;
using Marten;

namespace Crm.Web;

/// <summary>A form of staff that was carried out. Its id comes with the form, so that sending it again does nothing more.</summary>
public sealed class SentForm
{
    /// <summary>What is said to who sends a form again with other words than those that were kept.</summary>
    public const string KeptBefore = "What you sent before was kept. What you typed since is still here: look at what there is, "
        + "then send it as well.";

    public Guid Id { get; set; }
    public DateTimeOffset At { get; set; }

    /// <summary>What was typed, from <see cref="Form.Content"/>.</summary>
    public string Content { get; set; } = "";

    /// <summary>
    /// Notes in the session, which the caller saves, that a form is carried out; who sends it at the same moment waits until then.
    /// A form that came before with other words is refused: it says so, and keeps what was typed.
    /// </summary>
    /// <returns>False where the same form was carried out before, and nothing more is to be done.</returns>
    public static async Task<bool> ClaimAsync(IDocumentSession session, Form form, DateTimeOffset now, CancellationToken cancel)
    {
        if (form.SentId is not { } id) return true;
        await session.LockNameAsync(id.ToString(), cancel);
        if (await session.LoadAsync<SentForm>(id, cancel) is not { } before)
        {
            session.Insert(new SentForm { Id = id, At = now, Content = form.Content() });
            return true;
        }
        form.WasSent = before.Content == form.Content();
        if (form.WasSent) return false;
        form.Refuse("", KeptBefore);
        form.Renew();
        return true;
    }

    /// <summary>Decides on a form, unless that was done before.</summary>
    /// <returns>Nothing where the form was refused or had been carried out.</returns>
    public static async Task<IReadOnlyList<T>> OnceAsync<T>(
        IDocumentSession session, Form form, DateTimeOffset now, Func<Task<IReadOnlyList<T>>> decide, CancellationToken cancel)
    {
        if (!await ClaimAsync(session, form, now, cancel)) return [];
        var events = await decide();
        if (form.Ok) return events;
        session.EjectAllPendingChanges();
        return [];
    }
}

/// <summary>What forms, pages and their parts are made of.</summary>
public static class WebRoom
{
    public static void AddWeb(this IServiceCollection services)
    {
        services.AddSingleton<DatabaseTroubles>();
        services.AddSingleton<Worries>();
        services.AddSingleton<ServerCertificates>();
        services.AddExceptionHandler<DatabaseAway>();
        services.AddSingleton<HeldForms>();
        services.ConfigureMarten(options => options.Schema.For<SentForm>());
    }
}

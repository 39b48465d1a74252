using Crm.Correspondence;
using Crm.Institute;
using Crm.Messaging;
using Crm.People;
using Crm.Web;
using Marten;

namespace Crm.Privacy;

/// <summary>The page behind the link in every email to an applicant. A stop holds for the address, whoever else has it.</summary>
public sealed partial class StopEmails
{
    /// <summary>The policy that limits how often one address of the network may ask.</summary>
    public const string RateLimit = "stops";

    public static void Map(IEndpointRouteBuilder app)
    {
        // A link in an email is opened by people and by mail scanners: only the button on the page stops anything.
        app.MapGet("/unsubscribe/{token}", AskAsync).AllowAnonymous().WithoutCsrf();
        app.MapPost("/unsubscribe/{token}", StopAsync).AllowAnonymous().WithoutCsrf().RequireRateLimiting(RateLimit);
    }

    private static async Task<IResult> AskAsync(
        string token, UnsubscribeLinks links, IQuerySession session, CancellationToken cancel)
    {
        if (links.Read(token) is not { } address) return NoLink();
        if (await session.LoadAsync<StoppedAddress>(StoppedAddress.IdOf(address.Text), cancel) is not { } stopped) return Create(token);
        // Somebody may have agreed again since: then there is something to stop.
        var people = await WithAsync(session, address, cancel);
        return people.Any(p => p.AgreedSince(address, stopped.At)) ? Create(token) : Stopped();
    }

    private static async Task<IResult> StopAsync(
        string token, UnsubscribeLinks links, IDocumentSession session, InstituteClock clock, CancellationToken cancel)
    {
        if (links.Read(token) is not { } address) return NoLink();
        var stamp = new Stamp(Actor.Applicant, clock.Now);
        session.Store(StoppedAddress.Of(address, stamp.At));
        foreach (var person in await WithAsync(session, address, cancel))
            await PersonWriter.ChangeAsync(session, person.Id, stamp, p => PersonRules.StopEmails(p, address), cancel);
        LeadCorrespondence.WithdrawFrom(address, stamp.At, session);
        await session.SaveChangesAsync(cancel);
        return Stopped();
    }

    private static Task<IReadOnlyList<Person>> WithAsync(IQuerySession session, EmailAddress address, CancellationToken cancel)
    {
        string[] key = [address.Text];
        return session.QueryAsync<Person>("where d.keys && ?::varchar[]", cancel, (object)key);
    }

    private static IResult Stopped() => NoticePage.Create(new Notice("You will get no more emails",
        "Only papers about a seat that you have taken would still be sent."));

    private static Page NoLink() =>
        new(NoticePage.Create(new Notice("This link does not work", "Call or write to us and we will take you off the list.")), 404);
}

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
        app.MapGet("/unsubscribe/{token}", (string token, UnsubscribeLinks links) =>
            links.Read(token) is null ? NoLink() : (IResult)Create(token)).AllowAnonymous().WithoutCsrf();
        app.MapPost("/unsubscribe/{token}", StopAsync).AllowAnonymous().WithoutCsrf().RequireRateLimiting(RateLimit);
    }

    private static async Task<IResult> StopAsync(
        string token, UnsubscribeLinks links, IDocumentSession session, InstituteClock clock, CancellationToken cancel)
    {
        if (links.Read(token) is not { } address) return NoLink();
        var stamp = new Stamp(Actor.Applicant, clock.Now);
        session.Store(new StoppedAddress { Id = address.Text, At = stamp.At });
        string[] key = [address.Text];
        foreach (var person in await session.QueryAsync<Person>("where d.keys && ?::varchar[]", cancel, (object)key))
            await PersonWriter.ChangeAsync(session, person.Id, stamp, p => PersonRules.StopEmails(p, address), cancel);
        LeadCorrespondence.WithdrawFrom(address, stamp.At, session);
        await session.SaveChangesAsync(cancel);
        return NoticePage.Create(new Notice("You will get no more emails",
            "Only papers about a seat that you have taken would still be sent."));
    }

    private static Page NoLink() =>
        new(NoticePage.Create(new Notice("This link does not work", "Call or write to us and we will take you off the list.")), 404);
}

/// <summary>What people may ask of what is held about them.</summary>
public static class PrivacyRoom
{
    public static void MapPrivacy(this IEndpointRouteBuilder app) => StopEmails.Map(app);
}

using Crm.Correspondence;
using Crm.Institute;
using Crm.Messaging;
using Crm.People;
using Crm.Web;
using Marten;

namespace Crm.Privacy;

/// <param name="Address">Whose emails they are: the link's own, as a stop is of one address.</param>
/// <param name="Emails">Whether there are emails to stop.</param>
/// <param name="Others">What else they agree to, and can withdraw here as well.</param>
public sealed record StopView(string Token, EmailAddress Address, bool Emails, IReadOnlyList<Purpose> Others)
{
    public Form Form => Form.Fresh((StopEmails.Field(Purpose.Email), "true"));
}

/// <summary>The page behind the link in every email to an applicant. A stop holds for the address, whoever else has it.</summary>
public sealed partial class StopEmails
{
    /// <summary>The policy that limits how often one address of the network may ask.</summary>
    public const string RateLimit = "stops";

    /// <summary>What the promise leaves out.</summary>
    public const string Remains = "Only papers about a seat that you have taken would still be sent. "
        + "If we write to another address of yours, the link in an email there stops those.";

    public static void Map(IEndpointRouteBuilder app)
    {
        // A link in an email is opened by people and by mail scanners: only the button on the page stops anything.
        app.MapGet("/unsubscribe/{token}", AskAsync).AllowAnonymous().WithoutCsrf();
        app.MapPost("/unsubscribe/{token}", StopAsync).AllowAnonymous().WithoutCsrf().Limited(RateLimit).WithMetadata(new TakesParts());
    }

    private static async Task<IResult> AskAsync(
        string token, UnsubscribeLinks links, IQuerySession session, CancellationToken cancel)
    {
        if (links.Read(token) is not { } address) return NoLink();
        var people = await WithAsync(session, address, cancel);
        var stopped = await session.LoadAsync<StoppedAddress>(StoppedAddress.IdOf(address.Text), cancel);
        // Somebody may have agreed again since: then there is something to stop.
        var emails = stopped is null || people.Any(p => p.AgreedSince(address, stopped.At));
        var others = Others(people, address);
        return emails || others.Count > 0 ? Create(new StopView(token, address, emails, others)) : Stopped(address);
    }

    private static async Task<IResult> StopAsync(
        string token, HttpContext http, UnsubscribeLinks links, IDocumentSession session, InstituteClock clock, CancellationToken cancel)
    {
        if (links.Read(token) is not { } address) return NoLink();
        var form = await Form.ReadAsync(http.Request, cancel);
        var people = await WithAsync(session, address, cancel);
        // A mail program's own button sends no form of ours: it stops emails.
        var emails = form["asked"] != "true" || form[Field(Purpose.Email)] == "true";
        var others = Others(people, address).Where(p => form[Field(p)] == "true").ToList();
        if (!emails && others.Count == 0) return await AskAsync(token, links, session, cancel);
        var stamp = new Stamp(Actor.Applicant, clock.Now);
        if (emails) session.Store(StoppedAddress.Of(address, stamp.At));
        foreach (var person in people)
            await PersonWriter.ChangeAsync(session, person.Id, stamp, p => Withdraw(p, address, emails, others), cancel);
        if (emails) LeadCorrespondence.WithdrawFrom(address, stamp.At, session);
        await session.SaveChangesAsync(cancel);
        return emails ? Stopped(address) : Noted();
    }

    private static IReadOnlyList<PersonEvent> Withdraw(Person person, EmailAddress address, bool emails, IEnumerable<Purpose> others) =>
    [
        .. emails ? PersonRules.StopEmails(person, address) : [],
        .. Owns(person, address) ? ConsentRules.Withdraw(person, others, "Link in an email") : [],
    ];

    /// <summary>What the form calls the box of a purpose.</summary>
    public static string Field(Purpose purpose) => $"stop{purpose}";

    // What else those agree to whose address it is.
    private static IReadOnlyList<Purpose> Others(IReadOnlyList<Person> people, EmailAddress address) =>
    [
        .. Enum.GetValues<Purpose>().Where(p => p != Purpose.Email && people.Any(who => Owns(who, address) && who.Agrees(p))),
    ];

    // An address that a stranger typed beside somebody's number is not the way to stop their calls.
    private static bool Owns(Person person, EmailAddress address) =>
        person.Emails.Any(e => e.Address == address && e.Standing != Standing.Unconfirmed);

    private static Task<IReadOnlyList<Person>> WithAsync(IQuerySession session, EmailAddress address, CancellationToken cancel)
    {
        string[] key = [address.Text];
        return session.QueryAsync<Person>("where d.keys && ?::varchar[]", cancel, (object)key);
    }

    /// <summary>What is promised: who has several addresses is still written to at the others.</summary>
    public static string Promise(EmailAddress address) => $"We send no more emails to {address.Text}";

    private static IResult Stopped(EmailAddress address) => NoticePage.Create(new Notice(Promise(address), Remains));

    private static IResult Noted() =>
        NoticePage.Create(new Notice("We have noted that", "We will reach you in no other way than you want."));

    private static Page NoLink() =>
        new(NoticePage.Create(new Notice("This link does not work", "Call or write to us and we will take you off the list.")), 404);
}

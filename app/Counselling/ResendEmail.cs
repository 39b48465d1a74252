using Crm.Correspondence;
using Crm.Institute;
using Crm.Messaging;
using Crm.People;
using Crm.Storage;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Counselling;

/// <param name="MayHaveArrived">Whether a person can say of one of them that it did.</param>
public sealed record ResendEmailView(ActView Act, IReadOnlyList<OutboxMessage> Undelivered, bool MayHaveArrived);

/// <summary>Sends again what did not reach the applicant, to a corrected address where the address was wrong.</summary>
public sealed partial class ResendEmail : PersonAct
{
    public override string Path => "messages/attempts";
    public override ActPlace Place => ActPlace.Next;
    public override int Order => 1;

    public override string Says(Form sent) =>
        sent["decision"] == "arrived" ? "Noted: the email arrived." : $"The email is on its way again, to {sent["email"].Trim()}.";

    public override async Task<RazorSlice> PanelAsync(PersonPanel panel, CancellationToken cancel)
    {
        var id = panel.Person.Id;
        var undelivered = await panel.Session.Query<OutboxMessage>()
            .Where(m => m.PersonId == id && m.ToApplicant
                && (m.Status == MessageStatus.Failed || m.Status == MessageStatus.Unconfirmed))
            .OrderByDescending(m => m.CreatedAt).ToListAsync(cancel);
        if (undelivered.Count == 0 && panel.Refused is null) return NoPanel.Create();
        var form = panel.FormShowing(Shown(panel.Person));
        if (panel.Refused is null)
            (form["message"], form["email"]) = (undelivered[0].Id.ToString(), panel.Person.Email?.Text ?? undelivered[0].To);
        var act = panel.View(form, "Mail that did not arrive") with { Kind = "undelivered" };
        return Create(new ResendEmailView(act, undelivered, undelivered.Any(m => m.Status == MessageStatus.Unconfirmed)));
    }

    public override async Task<IReadOnlyList<PersonEvent>> DecideAsync(PersonForm sent, CancellationToken cancel)
    {
        var form = sent.Form;
        form.Reconcile(Shown(sent.Person));
        var id = form.Id("message", "a message");
        var address = form.Email("email", required: true);
        if (!form.Ok) return [];
        var message = await sent.Session.LockAsync<OutboxMessage>(id!.Value, cancel);
        if (message is not { IsUndelivered: true } || message.PersonId != sent.Person.Id)
            throw new Refusal("Somebody has dealt with this message meanwhile.");
        if (form["decision"] == "arrived") return Arrived(message, sent);
        var events = Correct(message, sent, address!);
        message.SendAgain(sent.Stamp.At);
        sent.Session.Store(message);
        return events;
    }

    private static IEnumerable<Drawn> Shown(Person person) => [("email", person.Email?.Text ?? "")];

    // An address that its owner has stopped is opened by nobody here: only the papers of a seat go to it.
    private static IReadOnlyList<PersonEvent> Correct(OutboxMessage message, PersonForm sent, EmailAddress address)
    {
        if (!sent.Person.Emails.Any(e => e.Address == address && e.Standing == Standing.Stopped))
            return PersonRules.Correct(sent.Person, sent.Person.Details with { Email = address });
        return MessageKinds.Papers.Contains(message.Kind) ? [] : throw new Refusal("email", "Its owner asked for no more emails.");
    }

    private static IReadOnlyList<PersonEvent> Arrived(OutboxMessage message, PersonForm sent)
    {
        if (message.Status != MessageStatus.Unconfirmed) throw new Refusal("This message was refused: it cannot have arrived.");
        message.Arrived(sent.Stamp.At);
        sent.Session.Store(message);
        return [];
    }
}

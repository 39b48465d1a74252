using Crm.Institute;
using Crm.People;
using Crm.Web;
using RazorSlices;

namespace Crm.Privacy;

/// <param name="Given">What was agreed to, in words: when, how and with which text.</param>
public sealed record ConsentView(ActView Act, bool IsMinor, IReadOnlyList<ConsentLine> Given);

public sealed record ConsentLine(string For, string Text, string How);

/// <summary>Notes what somebody agrees to, or does not any more: each purpose by itself, with the way they said so.</summary>
public sealed partial class RecordConsent(CurrentInstitute institute, InstituteClock clock) : PersonAct
{
    public override string Path => "consents";
    public override int Order => 60;

    public override Task<RazorSlice> PanelAsync(PersonPanel panel, CancellationToken cancel)
    {
        var form = panel.FormShowing(Shown(panel.Person));
        var view = new ConsentView(panel.View(form, "Consent"), panel.Person.IsMinor, [.. panel.Person.Consents.Select(LineOf)]);
        return Task.FromResult<RazorSlice>(Create(view));
    }

    public override Task<IReadOnlyList<PersonEvent>> DecideAsync(PersonForm sent, CancellationToken cancel)
    {
        var form = sent.Form;
        form.Reconcile(Shown(sent.Person));
        ConsentWay? way = form["way"].Length == 0 ? null : form.Choice<ConsentWay>("way", "how they said so");
        var language = form.Text("language", "a language", 40) ?? Consent.Usual;
        var wanted = Enum.GetValues<Purpose>().Where(p => form[FieldOf(p)] == "true").ToList();
        return sent.Decide(() => ConsentRules.Tell(sent.Person, new ToldConsents(wanted, way, language, form["minor"] == "true",
            form["byGuardian"] == "true", p => ConsentWords.Of(p, institute.Profile))));
    }

    public static string FieldOf(Purpose purpose) => $"agrees{purpose}";

    private static IEnumerable<Drawn> Shown(Person person) =>
    [
        .. Enum.GetValues<Purpose>().Select(p => new Drawn(FieldOf(p), person.Agrees(p) ? "true" : "", person.Agrees(p) ? "yes" : "no")),
        new("minor", person.IsMinor ? "true" : "", person.IsMinor ? "under 18" : "18 or older"),
    ];

    private ConsentLine LineOf(Consent consent) => new(string.Join(", ", consent.Purposes.Select(p => Format.Words(p))), consent.Text,
        $"{(consent.ByGuardian ? "The guardian, " : "")}{consent.Way}, {Format.Date(clock.DayOf(consent.At))}, in {consent.Language}");
}

/// <summary>What is read out to somebody for each purpose, and what they agree to with it.</summary>
public static class ConsentWords
{
    public static string Of(Purpose purpose, InstituteProfile institute) => purpose switch
    {
        Purpose.Call => $"{institute.Name} may call me about its {institute.CourseWord.Many}. I can ask to stop at any time.",
        Purpose.WhatsApp =>
            $"{institute.Name} may message me by WhatsApp about its {institute.CourseWord.Many}. I can ask to stop at any time.",
        Purpose.Email => $"{institute.Name} may email me about its {institute.CourseWord.Many}. I can ask to stop at any time.",
        _ => $"{institute.Name} may pass my details on to employers and partners. I can ask to stop at any time.",
    };

    public static string LabelOf(Purpose purpose) => purpose switch
    {
        Purpose.Call => "Calls",
        Purpose.WhatsApp => "WhatsApp",
        Purpose.Email => "Emails",
        _ => "Being passed on to employers and partners",
    };
}

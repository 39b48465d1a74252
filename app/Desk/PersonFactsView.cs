using Crm.Institute;
using Crm.Leads;
using Crm.People;

namespace Crm.Desk;

/// <summary>The facts of a person and the lead that is shown which are plain words.</summary>
public static class PersonFactsView
{
    public static IEnumerable<(string Label, string Value)> Of(
        Person person, Lead? lead, SourceBook book, CurrentInstitute institute, InstituteClock clock)
    {
        if (person.CertificateName is { } paper) yield return ("On certificates", paper.Text);
        if (person.Language.Length > 0) yield return ("Language", person.Language);
        if (person.Guardian is { } guardian) yield return ("Guardian", guardian.ToString());
        if (person.IsMinor) yield return ("Age", "Under 18");
        if (!person.IsErased) yield return ("Agrees to", AgreedOf(person));
        if (person.Tags.Count > 0) yield return ("Tags", string.Join(", ", person.Tags));
        if (lead is null) yield break;
        yield return ("Best time", lead.PreferredTime == PreferredTime.Anytime ? "Any time" : Format.Words(lead.PreferredTime));
        yield return ("Source", book.NameOf(lead.Source.Name) + (lead.Source.Campaign is { } campaign ? $" · {campaign}" : ""));
        if (lead.LaterSources.Count > 0)
            yield return ("Later", string.Join(", ", lead.LaterSources.Select(s => book.NameOf(s.Name)).Distinct()));
        yield return ("Received", Format.DateAndTime(clock.Local(lead.ReceivedAt)));
        if (lead.Offer is { } offer)
            yield return (offer.IsOpenOn(clock.Today) ? "Offer" : "Offer, ran out",
                $"{offer.BatchCode} at {institute.Show(offer.Net)}, until {Format.Date(offer.ValidUntil)}");
        foreach (var (label, text) in lead.Kept) yield return (label, text);
    }

    private static string AgreedOf(Person person)
    {
        var agreed = Enum.GetValues<Purpose>().Where(p => person.Agrees(p)).Select(p => Format.Words(p)).ToList();
        return agreed.Count == 0 ? "nothing" : string.Join(", ", agreed);
    }
}

/// <summary>What is known of an address, in words behind it.</summary>
public static class EmailWords
{
    public static string Of(Standing standing) => standing switch
    {
        Standing.Unconfirmed => " · given, not confirmed",
        Standing.Bounced => " · no such address",
        Standing.Stopped => " · wants no more emails",
        _ => "",
    };
}

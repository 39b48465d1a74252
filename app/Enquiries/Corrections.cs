using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Marten;

namespace Crm.Enquiries;

/// <summary>
/// A form that was sent again with other content puts its own enquiry right. What was known before that enquiry, and what staff
/// have changed since, it can only tell about.
/// </summary>
internal sealed class Corrections(Arrivals arrivals)
{
    /// <param name="earlier">The enquiry as it came before, which is changed.</param>
    /// <returns>False where a record was merged, or a lead lost, since it was found: then all is to be asked again.</returns>
    public async Task<bool> CorrectAsync(Arriving arriving, Enquiry earlier, CancellationToken cancel)
    {
        var was = earlier.Text!;
        (earlier.Text, earlier.CorrectedAt) = (arriving.Enquiry.Text, arriving.Stamp.At);
        var lead = await arriving.Session.LoadAsync<Lead>(earlier.LeadId, cancel)
            ?? throw new InvalidOperationException($"The enquiry {earlier.Reference} has no lead.");
        if (await PutRightAsync(arriving, earlier, was, lead.PersonId, cancel) is not { MergedInto: null } person) return false;
        if (earlier.BeganLead && lead.IsStillAbout(was.Course.Id)) return await TellAsync(arriving, lead.Id, person, true, cancel);
        var theirs = await Arrivals.LeadsOfAsync(arriving.Session, person.Id, cancel);
        return Arrivals.LeadFor(theirs, arriving.Enquiry)?.Id == lead.Id
            ? await TellAsync(arriving, lead.Id, person, false, cancel)
            : await arrivals.ContinueAsync(arriving, earlier, person, cancel);
    }

    private static async Task<Person?> PutRightAsync(
        Arriving arriving, Enquiry earlier, EnquiryText was, Guid personId, CancellationToken cancel)
    {
        var enquiry = arriving.Enquiry;
        var own = earlier.BeganPerson && earlier.PersonId == personId;
        var person = await PersonWriter.ChangeAsync(arriving.Session, personId, arriving.Stamp, p =>
        {
            if (p.MergedInto is not null) return [];
            return own
                ? [.. PersonRules.PutRight(p, was.Who, enquiry.Text.Who, arriving.StandingFor(personId)),
                    .. ConsentRules.HearOfGuardian(p, enquiry.Guardian, enquiry.Consent, enquiry.Way)]
                : PersonRules.HearAgain(p, enquiry.Phones, enquiry.Email, enquiry.TypedByStaff);
        }, cancel);
        if (own && !was.Who.SaysTheSameAs(enquiry.Text.Who)) await ListOthersAsync(arriving, personId, cancel);
        return person;
    }

    // Who was somebody of their own until now may turn out to have a number that is known.
    private static Task ListOthersAsync(Arriving arriving, Guid personId, CancellationToken cancel)
    {
        var enquiry = arriving.Enquiry;
        var others = arriving.Found.Where(p => p.Id != personId).ToList();
        var identity = Matching.WhoIs(enquiry.Name, enquiry.Phones, enquiry.Email, others);
        IReadOnlyList<(Person, string)> maybe = identity.Known is { } known ? [(known, "the same name and phone")] : identity.Maybe;
        return arriving.ListAsync(personId, maybe, cancel);
    }

    private Task<bool> TellAsync(Arriving arriving, Guid leadId, Person person, bool own, CancellationToken cancel)
    {
        var enquiry = arriving.Enquiry;
        var corrected = new EnquiryCorrected(
            enquiry.Name.Text, enquiry.Email?.Text, enquiry.About, enquiry.PreferredTime, enquiry.Message, own);
        return arrivals.TellAsync(arriving, leadId, person, l => LeadRules.PutRight(l, corrected, arriving.Stamp.At), cancel);
    }
}

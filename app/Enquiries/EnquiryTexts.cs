using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Marten;

namespace Crm.Enquiries;

/// <summary>
/// What forms said. Of an enquiry that began a person and a lead the first event of each tells it, and it is stored nowhere else; all
/// others, and those that were corrected, hold it themselves.
/// </summary>
internal static class EnquiryTexts
{
    /// <summary>Whether a new enquiry's words stand in what it begins. What is told of a guardian is several events, and stays with it.
    /// </summary>
    public static bool StandIn(Enquiry begun, NewEnquiry enquiry) =>
        begun is { BeganPerson: true, BeganLead: true } && enquiry.Guardian is null;

    /// <summary>Gives those their text that have it in what they began. Of who was erased nothing is found.</summary>
    public static async Task ReadAsync(IReadOnlyList<Enquiry> enquiries, IQuerySession session, CancellationToken cancel)
    {
        foreach (var enquiry in enquiries.Where(e => e is { Text: null, BeganPerson: true, BeganLead: true }))
            enquiry.Text = await ReadAsync(enquiry, session, cancel);
    }

    private static async Task<EnquiryText?> ReadAsync(Enquiry enquiry, IQuerySession session, CancellationToken cancel)
    {
        var person = await session.Events.FetchStreamAsync(enquiry.PersonId, version: 1, token: cancel);
        var lead = await session.Events.FetchStreamAsync(enquiry.LeadId, version: 1, token: cancel);
        return (person.FirstOrDefault()?.Data, lead.FirstOrDefault()?.Data) is (PersonRegistered who, LeadReceived what)
            && who.Name.Text != StoredEvent.Erased
                ? new EnquiryText(new GivenDetails(who.Name, who.Phones, who.Email), what.Course, what.PreferredTime, what.Message)
                : null;
    }
}

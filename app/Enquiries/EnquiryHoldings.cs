using Crm.Privacy;
using Marten;

namespace Crm.Enquiries;

/// <summary>What a person typed into forms. That a form was received stays: the same line of an old file does not bring them back.
/// </summary>
public sealed class EnquiryHoldings : IHoldings
{
    // A reference is short, and may be somebody else's as well.
    private const string Theirs = """
        where d.data ->> 'Reference' = any(?) and ((d.data ->> 'PersonId')::uuid = any(?) or (d.data ->> 'LeadId')::uuid = any(?))
        order by d.id
        """;

    public async Task<IReadOnlyList<Holding>> FindAsync(Subject subject, IQuerySession session, CancellationToken cancel)
    {
        var received = await ReceivedAsync(subject, session, cancel);
        await EnquiryTexts.ReadAsync(received, session, cancel);
        return
        [
            .. received.Select(e => new Holding("Forms that were sent", e)),
            .. (await SuspectedAsync(subject, session, cancel)).Select(s => new Holding("Forms that were kept aside", s)),
        ];
    }

    public async Task EraseAsync(Subject subject, ErasureWork work, CancellationToken cancel)
    {
        foreach (var enquiry in await ReceivedAsync(subject, work.Session, cancel))
        {
            (enquiry.Text, enquiry.IsErased) = (null, true);
            work.Session.Store(enquiry);
            work.Count("forms");
        }
        foreach (var kept in await SuspectedAsync(subject, work.Session, cancel))
        {
            work.Session.Delete(kept);
            work.Count("forms");
        }
    }

    private static Task<IReadOnlyList<Enquiry>> ReceivedAsync(Subject subject, IQuerySession session, CancellationToken cancel) =>
        session.QueryAsync<Enquiry>(Theirs, cancel, subject.References, subject.People, subject.LeadStreams);

    // Few are kept aside, and most say nothing of anybody known: each is looked at.
    private static async Task<IReadOnlyList<SuspectedEnquiry>> SuspectedAsync(
        Subject subject, IQuerySession session, CancellationToken cancel) =>
    [
        .. (await session.Query<SuspectedEnquiry>().ToListAsync(cancel)).Where(s =>
            s.LeadId is { } lead && subject.LeadStreams.Contains(lead) || subject.Traces.Tell(TextOf(s.Text))),
    ];

    private static string TextOf(EnquiryText text) =>
        $"{text.Who.Name.Text} {string.Join(' ', text.Who.Phones.Select(p => p.E164))} {text.Who.Email?.Text}";
}

using Crm.Institute;
using Crm.Messaging;
using Crm.Operations;
using Crm.Storage;
using Marten;

namespace Crm.Privacy;

/// <summary>Emails to and about a person, with the files in which they are kept.</summary>
public sealed class MessageHoldings(BackupOptions places) : IHoldings
{
    // Of persons and leads by their ids; of nobody's, by the address that it goes to. Each is found by its index.
    private const string Theirs = $"""
        where d.id in (
            select id from {Outbox} where (data ->> 'PersonId')::uuid = any(?)
            union all select id from {Outbox} where (data ->> 'LeadId')::uuid = any(?)
            union all select id from {Outbox} where {MessagingRoom.IsNobodys} and {MessagingRoom.Address} = any(?))
        order by d.id
        """;

    private const string Outbox = $"{MartenSetup.Schema}.mt_doc_outboxmessage";

    public async Task<IReadOnlyList<Holding>> FindAsync(Subject subject, IQuerySession session, CancellationToken cancel) =>
        [.. (await AllAsync(subject, session, Theirs, cancel)).Select(m => new Holding("Emails", WithoutPlace(m)))];

    public async Task EraseAsync(Subject subject, ErasureWork work, CancellationToken cancel)
    {
        foreach (var message in await AllAsync(subject, work.Session, $"{Theirs} for update", cancel))
        {
            // What is being handed over would be written again by who does that.
            if (message.Status == MessageStatus.Sending)
                throw new Refusal("An email to this person is leaving at this moment. Try again in a minute.");
            work.Files.AddRange(FilesOf(message).Where(File.Exists));
            message.Erase(work.Stamp.At);
            work.Session.Store(message);
            work.Count("emails");
        }
    }

    // Where the server keeps it is nothing of theirs. It was read to be shown, and is not stored again.
    private static OutboxMessage WithoutPlace(OutboxMessage message)
    {
        message.File = null;
        return message;
    }

    // Brought from another machine, a message still names the folder that it was kept in there.
    private IEnumerable<string> FilesOf(OutboxMessage message)
    {
        if (message.File is { } file) yield return file;
        var kept = Path.Combine(places.DataFolder, "outbox", $"{message.Id:N}.eml");
        yield return kept;
        yield return kept + ".part";
    }

    private static Task<IReadOnlyList<OutboxMessage>> AllAsync(
        Subject subject, IQuerySession session, string sql, CancellationToken cancel)
    {
        var addresses = subject.Traces.Keys.Where(k => k.Contains('@')).Select(k => k.ToLowerInvariant()).ToArray();
        return session.QueryAsync<OutboxMessage>(sql, cancel, subject.People, subject.LeadStreams, addresses);
    }
}

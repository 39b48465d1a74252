using System.Collections.Concurrent;

namespace Crm.Web;

/// <summary>Until when the certificates are good that the program has met: each is noted by whoever meets it.</summary>
public sealed class ServerCertificates
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _ends = new();

    /// <summary>Whose they are, in words such as "the mail server", and when they end, the first first.</summary>
    public IReadOnlyList<(string Whose, DateTimeOffset Ends)> All => [.. _ends.Select(e => (e.Key, e.Value)).OrderBy(e => e.Value)];

    public void Note(string whose, DateTimeOffset ends) => _ends[whose] = ends;
}

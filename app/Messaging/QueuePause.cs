namespace Crm.Messaging;

/// <summary>
/// The whole queue waits, because mail cannot leave whichever message it is. One document, which is there only while it waits.
/// </summary>
public sealed class QueuePause
{
    /// <summary>The one pause's id.</summary>
    public static readonly Guid TheOne = new("00000000-0000-0000-0000-000000000001");

    /// <summary>After this long what waits has failed: what is sent later still is seldom true.</summary>
    public static readonly TimeSpan GivesUpAfter = TimeSpan.FromDays(3);

    private const double LongestPause = 15; // minutes

    public Guid Id { get; set; } = TheOne;
    public DateTimeOffset Since { get; set; }

    /// <summary>A sentence for managers.</summary>
    public string Reason { get; set; } = "";
    public int Tries { get; set; }
    public DateTimeOffset NextTryAt { get; set; }

    /// <summary>Messages that nobody took since it began. Others are tried before them: where one of those is taken, it lay in these.
    /// </summary>
    public List<Guid> Suspects { get; set; } = [];

    /// <summary>Whether it ends with a manager's word alone, because the queue was restored from a backup.</summary>
    public bool AwaitsWord { get; set; }

    public bool HoldsAt(DateTimeOffset now) => AwaitsWord || now < NextTryAt;

    public bool HasGivenUpAt(DateTimeOffset now) => now - Since >= GivesUpAfter;

    /// <returns>The pause after one more try that failed: 1, 2, 4, 8 and then 15 minutes.</returns>
    public static QueuePause After(QueuePause? before, string reason, IEnumerable<Guid> suspects, DateTimeOffset now)
    {
        var tries = (before?.Tries ?? 0) + 1;
        var minutes = Math.Min(LongestPause, Math.Pow(2, tries - 1));
        return new QueuePause
        {
            Since = before?.Since ?? now,
            Reason = Sentence(reason),
            Tries = tries,
            NextTryAt = now.AddMinutes(minutes),
            Suspects = [.. suspects],
        };
    }

    public static QueuePause AfterRestoration(string reason, DateTimeOffset now) =>
        new() { Since = now, Reason = Sentence(reason), NextTryAt = now, AwaitsWord = true };

    private static string Sentence(string reason) => reason.EndsWith('.') ? reason : reason + ".";
}

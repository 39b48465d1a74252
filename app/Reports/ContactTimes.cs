using System.Numerics;

namespace Crm.Reports;

/// <summary>
/// How long first contacts took, counted in buckets, of which a median can be told without their single times: each bucket is 3 % wide,
/// and a minute of it more. A median is exact where its bucket holds one time, and else lies in the same bucket as the exact one.
/// </summary>
public sealed class ContactTimes
{
    /// <summary>The bucket of a wait in milliseconds, in SQL.</summary>
    internal const string Bucket =
        "(case when wait > 0 then floor(ln(1 + wait::float8 / 60000) / ln(1.03::float8)) when wait = 0 then 0 else -1 end)::smallint";

    private const double Wide = 1.03, Minute = 60_000;

    // The first is of those who were spoken with before they had enquired, as files may tell.
    private long[] _counts = [], _waits = [];

    /// <summary>The most by which a median is wrong: a share of it, and a time beside.</summary>
    public static (double Share, TimeSpan Beside) MostWrong { get; } = (Wide - 1, TimeSpan.FromMilliseconds(Minute * (Wide - 1)));

    /// <param name="bucket">From −1 on.</param>
    /// <param name="count">How many times; less than zero takes some away.</param>
    /// <param name="wait">Milliseconds, all together.</param>
    public void Add(int bucket, long count, long wait)
    {
        var at = bucket + 1;
        if (at >= _counts.Length)
        {
            var length = (int)BitOperations.RoundUpToPowerOf2((uint)at + 1);
            Array.Resize(ref _counts, length);
            Array.Resize(ref _waits, length);
        }
        _counts[at] += count;
        _waits[at] += wait;
    }

    public void Add(ContactTimes others)
    {
        for (var at = 0; at < others._counts.Length; at++) Add(at - 1, others._counts[at], others._waits[at]);
    }

    /// <returns>Null where there was no contact.</returns>
    public TimeSpan? Median()
    {
        var all = _counts.Sum();
        return all <= 0 ? null : TimeSpan.FromMilliseconds(Math.Round((At((all - 1) / 2) + At(all / 2)) / 2));
    }

    // Times in one bucket are taken to be spread evenly around what is known of them, their mean.
    private double At(long rank)
    {
        var at = 0;
        for (; rank >= _counts[at]; at++) rank -= _counts[at];
        var (count, mean) = (_counts[at], (double)_waits[at] / _counts[at]);
        if (count == 1 || at == 0) return mean;
        var (low, high) = (LowerOf(at - 1), LowerOf(at));
        var reach = Math.Max(0, Math.Min(mean - low, high - mean));
        return mean + reach * (2 * (rank + 0.5) / count - 1);
    }

    private static double LowerOf(int bucket) => Minute * (Math.Pow(Wide, bucket) - 1);
}

using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Crm.Reports;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>
/// Makes many leads out of some: their persons, events, mail, seats and payments are written again and again, each time with other ids,
/// numbers and addresses, and some days earlier: the last of them as long ago as the given years. To tell a million leads through the
/// rules takes most of an hour.
/// </summary>
internal static partial class Multiplying
{
    private const string Events = "enrolment.mt_events";
    private const int DaysOfYear = 365;

    // What grows with the leads, in an order in which each stands behind what it refers to.
    private static readonly string[] Tables =
    [
        "enrolment.mt_streams", Events, .. new[]
        {
            "person", "lead", "enquiry", "outboxmessage", "enrolment", "ledgerentry", "receipt", "possibleduplicate",
        }.Select(name => "enrolment.mt_doc_" + name),
    ];

    private static readonly string IndexesSql = $"""
        select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i
        where i.indrelid in ({string.Join(", ", Tables.Select(t => $"'{t}'::regclass"))})
            and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid)
        """;

    /// <param name="times">How many times as many there are in the end.</param>
    /// <param name="years">Over how many years they are spread.</param>
    public static async Task RunAsync(IServiceProvider services, string connection, int times, int years, string folder)
    {
        var clock = Stopwatch.StartNew();
        await using var to = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connection) { CommandTimeout = 0 }.ConnectionString);
        await to.OpenAsync();
        var indexes = await RowsAsync(to, IndexesSql, r => (Name: r.GetString(0), Made: r.GetString(1)));
        var kept = await KeptAsync(to);
        foreach (var (name, _) in indexes) await DoAsync(to, $"drop index {name}");
        await DoAsync(to, $"alter table {Events} drop constraint fkey_mt_events_stream_id");
        foreach (var table in Tables) await CopyAsync(to, table, times, years, kept, folder);
        foreach (var (_, made) in indexes) await DoAsync(to, made);
        await DoAsync(to, $"""
            alter table {Events} add constraint fkey_mt_events_stream_id
                foreign key (stream_id) references enrolment.mt_streams (id) on delete cascade;
            select setval('enrolment.mt_events_sequence', (select max(seq_id) from {Events}));
            update enrolment.receipt_numbers set last = last + {times} * {Copied.Apart};
            """);
        await services.GetRequiredService<FunnelBooks>().RebuildAsync(default);
        await services.GetRequiredService<FeeBooks>().RebuildAsync(default);
        await DoAsync(to, "vacuum analyze");
        Console.Error.WriteLine($"Multiplied by {times} in {clock.Elapsed.TotalSeconds:0} s");
    }

    // Users, courses and batches stay who they are, and what is nobody's stays nobody's.
    private static async Task<HashSet<string>> KeptAsync(NpgsqlConnection connection)
    {
        var kept = new HashSet<string> { Guid.Empty.ToString("N") };
        foreach (var table in await RowsAsync(connection, """
            select table_schema || '.' || table_name from information_schema.columns
            where table_schema = 'enrolment' and table_name like 'mt_doc_%' and column_name = 'id' and data_type = 'uuid'
            """, r => r.GetString(0)))
            if (!Tables.Contains(table))
                kept.UnionWith(await RowsAsync(connection, $"select id from {table}", r => r.GetGuid(0).ToString("N")));
        return kept;
    }

    private static async Task CopyAsync(
        NpgsqlConnection to, string table, int times, int years, HashSet<string> kept, string folder)
    {
        var path = Path.Combine(folder, table);
        using (var from = await to.BeginTextExportAsync($"copy {table} to stdout"))
        await using (var file = File.CreateText(path))
            while (await from.ReadLineAsync() is { } line) await file.WriteLineAsync(line);
        var last = table == Events ? (await RowsAsync(to, $"select max(seq_id) from {Events}", r => r.GetInt64(0)))[0] : 0;
        await DoAsync(to, $"alter table {table} disable trigger user");
        await using (var rows = await to.BeginTextImportAsync($"copy {table} from stdin"))
            for (var copy = 1; copy < times; copy++)
            {
                var copied = new Copied(copy, copy * (years - 1) * DaysOfYear / times, kept);
                foreach (var line in File.ReadLines(path))
                    await rows.WriteLineAsync(copied.Line(last == 0 ? line : Moved(line, last * copy)));
            }
        await DoAsync(to, $"alter table {table} enable trigger user");
        File.Delete(path);
    }

    private static async Task<IReadOnlyList<T>> RowsAsync<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }

    private static async Task DoAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static string Moved(string line, long by)
    {
        var tab = line.IndexOf('\t');
        return string.Create(CultureInfo.InvariantCulture, $"{long.Parse(line.AsSpan(0, tab)) + by}{line.AsSpan(tab)}");
    }

    /// <summary>Somebody else's row, like this one.</summary>
    private sealed partial class Copied(int copy, int daysBefore, HashSet<string> kept)
    {
        /// <summary>More receipts than these are not multiplied, nor more seats of a batch.</summary>
        public const int Apart = 100_000;

        private const int IdTail = 12, NumberTail = 5, Step = 7_919;
        private const long MillisecondsOfDay = 86_400_000;
        private static readonly long[] Masks =
            [.. Enumerable.Range(0, 1_000).Select(n => (long)((uint)n * 0x9E37_79B9_7F4A_7C15 & 0xFFFF_FFFF_FFFF))];

        public string Line(string line) => Parts().Replace(line, Part);

        private string Part(Match match)
        {
            if (match.Groups["id"].Success) return Id(match.Value);
            if (match.Groups["phone"].Success) return Phone(match.Value);
            if (match.Groups["day"].Success) return Day(match.ValueSpan);
            if (match.Groups["mail"].Success) return $"{match.Value}{copy}";
            if (match.Groups["reference"].Success) return string.Concat(match.Value.AsSpan(0, 2), Letters(match.ValueSpan[2..]));
            return $"{match.Groups["series"].Value}{int.Parse(match.Groups["number"].ValueSpan) + copy * Apart}";
        }

        private string Id(string id)
        {
            if (kept.Contains(id.Replace("-", "", StringComparison.Ordinal))) return id;
            var tail = long.Parse(id.AsSpan(id.Length - IdTail), NumberStyles.HexNumber) ^ Masks[copy];
            return string.Concat(Earlier(id.AsSpan(0, id.Length - IdTail)), tail.ToString("x12"));
        }

        // An id of version 7 begins with the milliseconds of its time: who came together lies together, in tables and in indexes.
        private string Earlier(ReadOnlySpan<char> head)
        {
            const int high = 8;
            var hyphen = head[high] == '-' ? 1 : 0;
            if (head[high + hyphen + 4 + hyphen] != '7') return head.ToString();
            var time = long.Parse($"{head[..high]}{head.Slice(high + hyphen, 4)}", NumberStyles.HexNumber) - daysBefore * MillisecondsOfDay;
            var earlier = time.ToString("x12");
            return string.Concat(earlier.AsSpan(0, high), head.Slice(high, hyphen), earlier.AsSpan(high), head[(high + hyphen + 4)..]);
        }

        private string Day(ReadOnlySpan<char> day) => DateOnly.TryParseExact(day, "yyyy-MM-dd", out var date)
            ? date.AddDays(-daysBefore).ToString("yyyy-MM-dd")
            : day.ToString();

        private string Phone(string phone)
        {
            var tail = (int.Parse(phone.AsSpan(phone.Length - NumberTail)) + copy * Step) % Apart;
            return string.Concat(phone.AsSpan(0, phone.Length - NumberTail), tail.ToString("00000"));
        }

        // As LeadRules makes it of the lead's id.
        private string Letters(ReadOnlySpan<char> reference)
        {
            const string alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
            var (bits, turned) = (BinaryPrimitives.ReverseEndianness((uint)(Masks[copy] >> 16)), new char[reference.Length]);
            for (var i = 0; i < turned.Length; i++, bits >>= 5)
                turned[i] = alphabet[alphabet.IndexOf(reference[i]) ^ (int)(bits & 31)];
            return new string(turned);
        }

        [GeneratedRegex("(?<id>[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})"
            + @"|\b(?<day>20[0-9]{2}-[01][0-9]-[0-3][0-9])|(?<=\b91)(?<phone>[6-9][0-9]{9})\b"
            + @"|(?<mail>[0-9]{2})(?=[@ ]mail[. ]example)|\b(?<reference>L-[0-9A-Z]{6})\b"
            + @"|\b(?<series>[A-Z]{1,5}-[0-9]{4}-)(?<number>[0-9]{2,6})\b", RegexOptions.ExplicitCapture)]
        private static partial Regex Parts();
    }
}

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using Crm.Institute;
using Crm.Storage;
using Marten;
using Marten.Services;

namespace Crm.Privacy;

/// <summary>One thing that is held, as it is read: its facts with their labels.</summary>
public sealed record HeldThing(IReadOnlyList<HeldFact> Facts);

public sealed record HeldFact(string Label, string Value);

/// <param name="Things">Of one sort, in the order in which they were found.</param>
public sealed record HeldSort(string Title, IReadOnlyList<HeldThing> Things);

/// <summary>Everything that is held of a person, to be given to them.</summary>
public sealed record HeldView(string Name, string Institute, string MadeOn, IReadOnlyList<HeldSort> Sorts)
{
    public int Count => Sorts.Sum(s => s.Things.Count);
}

/// <summary>Finds everything that is held of a person, in all rooms, and writes it as a page and as JSON.</summary>
public sealed class HeldFile(IEnumerable<IHoldings> holdings, CurrentInstitute institute, InstituteClock clock)
{
    // What only the program reads: ids and versions. They are in the JSON.
    private static readonly HashSet<string> Inner = ["Id", "Version", "PlainReference", "By.UserId", "By.Kind", "Claim"];

    // Letters and signs of money as they are: "\u20B942,000" would be read by nobody.
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    // As it is stored but for sums, in both files: who reads that a fee is 4200000 takes paise for rupees.
    private readonly SystemTextJsonSerializer _written = MartenSetup.Serializer(json => json.Converters.Add(new ShownMoney(institute)));

    public async Task<IReadOnlyList<Holding>> FindAsync(Subject subject, IQuerySession session, CancellationToken cancel)
    {
        var found = new List<Holding>();
        foreach (var room in holdings) found.AddRange(await room.FindAsync(subject, session, cancel));
        return found;
    }

    public HeldView View(Subject subject, IEnumerable<Holding> found) => new(subject.Name, institute.Profile.Name,
        Format.DateAndTime(clock.Local(clock.Now)),
        [.. found.GroupBy(h => h.Title).Select(s => new HeldSort(s.Key, [.. s.Select(h => new HeldThing(FactsOf(Stored(h))))]))]);

    public byte[] Json(Subject subject, IEnumerable<Holding> found) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        Institute = institute.Profile.Name,
        Person = subject.Name,
        MadeAt = clock.Now,
        Held = found.GroupBy(h => h.Title).ToDictionary(s => s.Key, s => s.Select(Stored)),
    }, Indented);

    private JsonElement Stored(Holding holding) =>
        JsonSerializer.Deserialize<JsonElement>(_written.ToJson(holding.Document));

    private List<HeldFact> FactsOf(JsonElement told)
    {
        var facts = new List<HeldFact>();
        Take(told, "", facts);
        return facts;
    }

    private void Take(JsonElement told, string path, List<HeldFact> facts)
    {
        switch (told.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in told.EnumerateObject())
                    Take(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}", facts);
                break;
            case JsonValueKind.Array:
                var at = 0;
                foreach (var item in told.EnumerateArray()) Take(item, $"{path} {++at}", facts);
                break;
            case JsonValueKind.Null or JsonValueKind.Undefined: break;
            default:
                if (!Inner.Contains(path) && Written(told) is { Length: > 0 } value) facts.Add(new HeldFact(LabelOf(path), value));
                break;
        }
    }

    private string Written(JsonElement told)
    {
        if (told.ValueKind is JsonValueKind.True or JsonValueKind.False) return told.GetBoolean() ? "yes" : "no";
        if (told.ValueKind != JsonValueKind.String) return told.ToString();
        if (told.TryGetGuid(out _)) return "";
        return told.TryGetDateTimeOffset(out var at) && told.GetString()!.Contains('T')
            ? Format.DateAndTime(clock.Local(at))
            : told.GetString()!;
    }

    // "Told.PreferredTime" reads "Told, preferred time".
    private static string LabelOf(string path) => Format.Capital(string.Join(", ", path.Split('.').Select(part =>
        string.Concat(part.Select((c, i) => char.IsUpper(c) && i > 0 ? $" {char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}")))));

    /// <summary>Writes sums as the institute does, such as "₹42,000".</summary>
    private sealed class ShownMoney(CurrentInstitute institute) : JsonConverter<Money>
    {
        public override Money Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("What is written for people is not read again.");

        public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options) =>
            writer.WriteStringValue(institute.Show(value));
    }
}

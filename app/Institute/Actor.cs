using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crm.Institute;

public enum ActorKind { System, Applicant, Staff }

/// <summary>Who did something, as it is kept on every event: a member of staff with id and name, others by the one word that tells all of
/// it.</summary>
/// <param name="UserId">The member of staff, by which audit and erasure find what they did; null for others.</param>
/// <param name="Name">What they were called at the time.</param>
[JsonConverter(typeof(ActorConverter))]
public sealed record Actor(ActorKind Kind, Guid? UserId, string Name)
{
    public static readonly Actor Applicant = new(ActorKind.Applicant, null, "Applicant");
    public static readonly Actor System = new(ActorKind.System, null, "System");

    public static Actor Staff(Guid id, string name) => new(ActorKind.Staff, id, name);

    private sealed class ActorConverter : JsonConverter<Actor>
    {
        public override Actor Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String)
                return reader.GetString() switch
                {
                    nameof(Applicant) => Applicant,
                    nameof(System) => System,
                    var other => throw new JsonException($"Nobody is called {other}."),
                };
            var parts = JsonSerializer.Deserialize<Parts>(ref reader, options) ?? throw new JsonException("Somebody did it.");
            return new Actor(parts.Kind, parts.UserId, parts.Name);
        }

        public override void Write(Utf8JsonWriter writer, Actor value, JsonSerializerOptions options)
        {
            if (value == Applicant) writer.WriteStringValue(nameof(Applicant));
            else if (value == System) writer.WriteStringValue(nameof(System));
            else JsonSerializer.Serialize(writer, new Parts(value.Kind, value.UserId, value.Name), options);
        }

        private sealed record Parts(ActorKind Kind, Guid? UserId, string Name);
    }
}

/// <summary>Who does something, and when (UTC): the writer puts it on each event of one change.</summary>
public sealed record Stamp(Actor By, DateTimeOffset At)
{
    /// <summary>When it came to be known here (UTC): later than it happened for what is taken over from elsewhere.</summary>
    public DateTimeOffset KnownAt { get; init; } = At;

    /// <summary>Whether nobody is written to or reminded because of it.</summary>
    public bool IsQuiet { get; init; }
}

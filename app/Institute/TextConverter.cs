using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crm.Institute;

/// <summary>Writes a value as the plain string that it is, as a value and as a key, and reads it back. Text that is no such value is a
/// <see cref="JsonException"/>.</summary>
internal abstract class TextConverter<T> : JsonConverter<T> where T : class
{
    public sealed override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Parse(reader.GetString());

    public sealed override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(TextOf(value));

    public sealed override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Parse(reader.GetString());

    public sealed override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WritePropertyName(TextOf(value));

    /// <exception cref="FormatException">The text is no stored value of this kind.</exception>
    protected abstract T FromText(string text);

    protected abstract string TextOf(T value);

    private T Parse(string? text)
    {
        try
        {
            return FromText(text ?? "");
        }
        catch (FormatException e)
        {
            throw new JsonException(e.Message, e);
        }
    }
}

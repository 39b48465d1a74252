using System.Text.Json.Serialization;

namespace Crm.Institute;

/// <summary>
/// What an institute calls one of its things and several of them, in lower case, such as "programme" and "programmes".
/// Both are typed by managers: no rule makes plurals in every language.
/// </summary>
public sealed record Noun(string One, string Many)
{
    /// <summary>One of them as a label begins: "Programme".</summary>
    [JsonIgnore]
    public string Label => Format.Capital(One);

    /// <summary>Several of them as a heading begins: "Programmes".</summary>
    [JsonIgnore]
    public string Heading => Format.Capital(Many);
}

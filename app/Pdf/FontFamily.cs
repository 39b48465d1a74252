using System.Text;
using HarfBuzzSharp;

namespace Crm.Pdf;

/// <summary>Fonts of one design beside the program, by weight. Each is opened when it is first needed.</summary>
internal sealed class FontFamily
{
    /// <summary>The order in which a font is looked for: Inter where it can be, emoji and then Chinese, the largest, last.</summary>
    private static readonly IReadOnlyList<FontFamily> All =
    [
        // Contextual alternates put glyphs without a character into "ICD-10": not every reader of PDFs finds it then.
        new("Inter", ["400Regular", "600SemiBold", "700Bold"], [Script.Latin, Script.Greek, Script.Cyrillic], "-calt"),
        Noto("Malayalam", Script.Malayalam),
        Noto("Devanagari", Script.Devanagari),
        Noto("Tamil", Script.Tamil),
        Noto("Telugu", Script.Telugu),
        Noto("Kannada", Script.Kannada),
        Noto("Bengali", Script.Bengali),
        Noto("Gujarati", Script.Gujarati),
        Noto("Gurmukhi", Script.Gurmukhi),
        Noto("Oriya", Script.Oriya),
        Noto("Arabic", Script.Arabic),
        new("NotoEmoji", OneWeight, []),
        new("NotoSansSC", OneWeight, [Script.Han, Script.Hiragana, Script.Katakana, Script.Bopomofo]),
    ];

    private static readonly FontFamily Emoji = All[^2];

    private readonly Script[] _scripts;
    private readonly Lazy<FontFile>[] _byWeight;

    /// <param name="cuts">How the names of the files end, by weight.</param>
    /// <param name="scripts">Those that this family is the first choice for.</param>
    private FontFamily(string name, string[] cuts, Script[] scripts, params string[] features)
    {
        var files = cuts.Distinct().ToDictionary(c => c, c => new Lazy<FontFile>(() => new FontFile($"{name}_{c}", features)));
        (_scripts, _byWeight) = (scripts, [.. cuts.Select(c => files[c])]);
    }

    public static FontFamily Latin => All[0];

    private static string[] OneWeight => ["400Regular", "400Regular", "400Regular"];

    public FontFile File(Weight weight) => _byWeight[(int)weight].Value;

    /// <returns>The family to draw these characters with, or null where none has all of them.</returns>
    public static FontFamily? For(string characters, Script script)
    {
        // U+FE0F asks for the picture where there is a letter as well.
        if (characters.Contains('\uFE0F') && Emoji.Has(characters)) return Emoji;
        return All.FirstOrDefault(f => f._scripts.Contains(script) && f.Has(characters)) ?? All.FirstOrDefault(f => f.Has(characters));
    }

    private static FontFamily Noto(string name, Script script) => new("NotoSans" + name, ["400Regular", "700Bold", "700Bold"], [script]);

    // A letter and its accent may be one glyph or two: what HarfBuzz composes or takes apart is there.
    private bool Has(string characters)
    {
        var file = File(Weight.Regular);
        return file.Has(characters) || file.Has(Unicode.Normalized(characters, NormalizationForm.FormC))
            || file.Has(Unicode.Normalized(characters, NormalizationForm.FormD));
    }
}

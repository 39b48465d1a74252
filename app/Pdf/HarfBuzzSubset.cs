using System.Runtime.InteropServices;
using HarfBuzzSharp;
using SkiaSharp;

namespace Crm.Pdf;

/// <summary>Cuts fonts to a few glyphs. HarfBuzzSharp carries HarfBuzz's subsetting but has no managed names for it.</summary>
internal static class HarfBuzzSubset
{
    private const string Library = "libHarfBuzzSharp";
    private const int GlyphSet = 0, DropTableSet = 3;
    private const uint NoHinting = 1, RetainGlyphIds = 2, NoLayoutClosure = 0x200;

    // Text is shaped before; what shaping needs is not drawn.
    private static readonly uint[] Dropped = [Tag.Parse("GSUB"), Tag.Parse("GPOS"), Tag.Parse("GDEF")];

    /// <returns>A font in which these glyphs keep their numbers, or null where HarfBuzz cannot cut it.</returns>
    public static SKTypeface? Of(Face face, IEnumerable<ushort> glyphs)
    {
        var input = hb_subset_input_create_or_fail();
        try
        {
            var kept = hb_subset_input_set(input, GlyphSet);
            foreach (var glyph in glyphs) hb_set_add(kept, glyph);
            var dropped = hb_subset_input_set(input, DropTableSet);
            foreach (var table in Dropped) hb_set_add(dropped, table);
            hb_subset_input_set_flags(input, NoHinting | RetainGlyphIds | NoLayoutClosure);
            var cut = hb_subset_or_fail(face.Handle, input);
            return cut == 0 ? null : TypefaceOf(cut);
        }
        finally
        {
            hb_subset_input_destroy(input);
        }
    }

    private static SKTypeface TypefaceOf(nint face)
    {
        var blob = hb_face_reference_blob(face);
        hb_face_destroy(face);
        try
        {
            using var data = SKData.CreateCopy(hb_blob_get_data(blob, out var length), length);
            return SKTypeface.FromData(data);
        }
        finally
        {
            hb_blob_destroy(blob);
        }
    }

    [DllImport(Library)] private static extern nint hb_subset_input_create_or_fail();
    [DllImport(Library)] private static extern nint hb_subset_input_set(nint input, int kind);
    [DllImport(Library)] private static extern void hb_subset_input_set_flags(nint input, uint flags);
    [DllImport(Library)] private static extern void hb_subset_input_destroy(nint input);
    [DllImport(Library)] private static extern nint hb_subset_or_fail(nint face, nint input);
    [DllImport(Library)] private static extern void hb_set_add(nint set, uint value);
    [DllImport(Library)] private static extern nint hb_face_reference_blob(nint face);
    [DllImport(Library)] private static extern void hb_face_destroy(nint face);
    [DllImport(Library)] private static extern nint hb_blob_get_data(nint blob, out uint length);
    [DllImport(Library)] private static extern void hb_blob_destroy(nint blob);
}

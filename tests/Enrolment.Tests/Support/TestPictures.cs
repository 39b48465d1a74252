using SkiaSharp;

namespace Crm.Tests;

internal static class TestPictures
{
    /// <returns>A PNG of one colour; its sides are in pixels.</returns>
    public static byte[] Png(int width, int height)
    {
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(SKColors.Teal);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}

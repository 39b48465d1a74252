using Crm.Institute;
using Microsoft.Extensions.Options;
using SkiaSharp;

namespace Crm.Pdf;

/// <summary>What is set for documents is looked at when the program starts: else each paper would fail, one by one.</summary>
public static class PdfRoom
{
    public static void AddPdf(this IServiceCollection services) =>
        services.AddSingleton<IValidateOptions<InstituteOptions>, LogoCheck>();

    private sealed class LogoCheck : IValidateOptions<InstituteOptions>
    {
        // A picture takes four bytes a point in memory, each time that a paper is made.
        private const int MostPoints = 5000;

        public ValidateOptionsResult Validate(string? name, InstituteOptions options) =>
            options.Logo is { Length: > 0 } file && File.Exists(file) && WhyNot(file) is { } problem
                ? ValidateOptionsResult.Fail($"Institute:Logo {problem}. It is {file}")
                : ValidateOptionsResult.Success;

        /// <returns>What is wrong with the file; null where documents can show it.</returns>
        private static string? WhyNot(string file)
        {
            using var codec = SKCodec.Create(file);
            if (codec is not { EncodedFormat: SKEncodedImageFormat.Png or SKEncodedImageFormat.Jpeg })
                return "must be a PNG or JPEG picture that can be read";
            if (Math.Max(codec.Info.Width, codec.Info.Height) > MostPoints)
                return $"must be a picture of at most {MostPoints} points each way";
            return codec.GetPixels(out _) == SKCodecResult.Success ? null : "is a damaged picture";
        }
    }
}

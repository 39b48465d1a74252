using SkiaSharp;

namespace Crm.Pdf;

// QuestPDF's vocabulary, as far as our documents speak it: replacing this folder's engine by QuestPDF leaves them as they are,
// but for KeepWithNext, which that has no word for.

/// <summary>A place for one element.</summary>
public interface IContainer;

/// <summary>What viewers say of a PDF.</summary>
public sealed class DocumentMetadata
{
    public string Title { get; init; } = "";
    public string Author { get; init; } = "";
    public string Subject { get; init; } = "";
    public DateTimeOffset CreationDate { get; init; } = DateTimeOffset.UnixEpoch;
}

/// <summary>Pages of one size with a head, a foot, and content that flows over as many as it needs.</summary>
public sealed class Document
{
    private const int PointsToAnInch = 72;

    private readonly PageDescriptor _page = new();
    private DocumentMetadata _metadata = new();

    public static Document Create(Action<Document> build)
    {
        var document = new Document();
        build(document);
        return document;
    }

    public void Page(Action<PageDescriptor> build) => build(_page);

    public Document WithMetadata(DocumentMetadata metadata)
    {
        _metadata = metadata;
        return this;
    }

    /// <exception cref="DocumentLayoutException">An element fits on no page.</exception>
    /// <exception cref="MissingGlyphException">A text has characters that no font can draw.</exception>
    public byte[] GeneratePdf()
    {
        var fonts = new DocumentFonts();
        var pages = Pagination.Of(_page, fonts);
        using var stream = new MemoryStream();
        using (var pdf = SKDocument.CreatePdf(stream, Metadata()))
        {
            foreach (var page in pages)
            {
                page.Draw(pdf.BeginPage(_page.PageWidth, _page.PageHeight));
                pdf.EndPage();
            }
            pdf.Close();
        }
        return InEnglish(stream.ToArray());
    }

    // Skia does not say in which language a document is, which who has it read aloud needs. It is said in place of a type that this entry
    // has none of, so that nothing moves.
    private static byte[] InEnglish(byte[] pdf)
    {
        var spare = "<</Type /ViewerPreferences\n/DisplayDocTitle true>>"u8;
        var said = "<</DisplayDocTitle true>>\n/Lang (en)"u8;
        var at = pdf.AsSpan().IndexOf(spare);
        if (at < 0) return pdf;
        pdf.AsSpan(at, spare.Length).Fill((byte)' ');
        said.CopyTo(pdf.AsSpan(at));
        return pdf;
    }

    /// <returns>The pages as PNGs.</returns>
    /// <exception cref="DocumentLayoutException">An element fits on no page.</exception>
    /// <exception cref="MissingGlyphException">A text has characters that no font can draw.</exception>
    public IReadOnlyList<byte[]> GenerateImages(int dotsPerInch = 144)
    {
        var fonts = new DocumentFonts();
        return [.. Pagination.Of(_page, fonts).Select(p => Picture(p, (float)dotsPerInch / PointsToAnInch))];
    }

    private byte[] Picture(PageDrawing page, float scale)
    {
        using var bitmap = new SKBitmap((int)Math.Round(_page.PageWidth * scale), (int)Math.Round(_page.PageHeight * scale));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        canvas.Scale(scale);
        page.Draw(canvas);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private SKDocumentPdfMetadata Metadata()
    {
        var created = _metadata.CreationDate.UtcDateTime;
        return new SKDocumentPdfMetadata
        {
            Title = _metadata.Title,
            Author = _metadata.Author,
            Subject = _metadata.Subject,
            Creator = "Enrolment",
            Creation = created,
            Modified = created,
        };
    }
}

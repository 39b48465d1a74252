using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using RazorSlices;

namespace Crm.Web;

/// <summary>Rows of a list, of which none takes another with it where it cannot be shown.</summary>
public static class Guarded
{
    /// <param name="row">Rendered by itself, one after the other.</param>
    /// <param name="instead">What is shown in the place of one that throws.</param>
    public static async Task<IHtmlContent> ShowEachAsync<T>(
        this HttpContext? http, IEnumerable<T> items, Func<T, RazorSlice> row, Func<T, RazorSlice> instead)
    {
        // One for all rows: a page has fifty.
        var html = new StringWriter();
        foreach (var item in items)
        {
            var before = html.GetStringBuilder().Length;
            try
            {
                await RenderAsync(row(item), http, html);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                http?.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Crm.Web.Guarded")
                    .LogError(e, "A row of {Path} cannot be shown", http.Request.Path);
                html.GetStringBuilder().Length = before;
                await RenderAsync(instead(item), http, html);
            }
        }
        return new Rendered(html);
    }

    private static async Task RenderAsync(RazorSlice slice, HttpContext? http, StringWriter html)
    {
        slice.HttpContext = http;
        await slice.RenderAsync(html, Html.Encoder);
    }

    // Encoded when it was rendered.
    private sealed class Rendered(StringWriter html) : IHtmlContent
    {
        public void WriteTo(TextWriter writer, HtmlEncoder encoder)
        {
            foreach (var chunk in html.GetStringBuilder().GetChunks()) writer.Write(chunk.Span);
        }
    }
}

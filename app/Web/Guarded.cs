using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using RazorSlices;

namespace Crm.Web;

/// <summary>A row of a list that takes no other row with it where it cannot be shown.</summary>
public static class Guarded
{
    /// <param name="row">Rendered by itself.</param>
    /// <param name="instead">What is shown in its place where that throws.</param>
    public static async Task<IHtmlContent> ShowAsync(this HttpContext? http, Func<RazorSlice> row, Func<RazorSlice> instead)
    {
        try
        {
            return await RenderAsync(row(), http);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            http?.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Crm.Web.Guarded")
                .LogError(e, "A row of {Path} cannot be shown", http.Request.Path);
            return await RenderAsync(instead(), http);
        }
    }

    private static async Task<IHtmlContent> RenderAsync(RazorSlice slice, HttpContext? http)
    {
        slice.HttpContext = http;
        await using var html = new StringWriter();
        await slice.RenderAsync(html, Html.Encoder);
        return new Rendered(html.ToString());
    }

    // Encoded when it was rendered.
    private sealed class Rendered(string html) : IHtmlContent
    {
        public void WriteTo(TextWriter writer, HtmlEncoder encoder) => writer.Write(html);
    }
}

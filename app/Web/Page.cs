using System.IO.Pipelines;
using RazorSlices;

namespace Crm.Web;

/// <summary>A page, or a part of one, that is sent only when all of it is there: a view that throws is answered with 500.</summary>
/// <param name="status">Such as a refused form's 422.</param>
public sealed class Page(RazorSlice body, int status = StatusCodes.Status200OK) : IResult
{
    public async Task ExecuteAsync(HttpContext http)
    {
        body.HttpContext = http;
        using var html = new MemoryStream();
        await RenderAsync(html, http.RequestAborted);
        http.Response.StatusCode = status;
        http.Response.ContentType = body.ContentType;
        http.Response.ContentLength = html.Length;
        html.Position = 0;
        await html.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    private async Task RenderAsync(Stream html, CancellationToken cancel)
    {
        var writer = PipeWriter.Create(html, new StreamPipeWriterOptions(leaveOpen: true));
        try
        {
            await body.RenderAsync(writer, Html.Encoder, cancel);
        }
        finally
        {
            await writer.CompleteAsync();
        }
    }
}

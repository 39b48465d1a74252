using Microsoft.AspNetCore.Mvc;

namespace Crm.Web;

/// <summary>Marks a route to which files are sent, and says how large its form may be.</summary>
public sealed class TakesFiles;

/// <summary>Marks a route whose form may come in parts as files do, though it has none: so mail programs send what stops emails (RFC 8058).
/// </summary>
public sealed class TakesParts;

/// <summary>Forms are read where one is expected, in time, and no more of them than is allowed.</summary>
public static class SentForms
{
    /// <summary>Of any form; a route to which files are sent, or that has long texts, says otherwise.</summary>
    public const int MostBytes = 64 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TBuilder TakesFilesOf<TBuilder>(this TBuilder builder, int bytes) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new TakesFiles(), new RequestSizeLimitAttribute(bytes));

    /// <summary>Marks a route whose texts may be longer than other forms.</summary>
    public static TBuilder TakesLongTexts<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new RequestSizeLimitAttribute(16 * MostBytes));

    /// <summary>
    /// Answers 400 to a form that cannot be read, such as one with a NUL in it or with too many fields: that is its sender's fault. One
    /// that trickles in is broken off.
    /// </summary>
    public static void UseReadableForms(this WebApplication app) => app.Use(async (http, next) =>
    {
        if (!http.Request.HasFormContentType || !TakesForms(http))
        {
            await next(http);
            return;
        }
        if (IsMultipart(http.Request) && !TakesMultipart(http.GetEndpoint()))
        {
            await http.RefuseAsync(StatusCodes.Status415UnsupportedMediaType, "This form cannot be read", "No file is taken here.");
            return;
        }
        if (await WhyUnreadableAsync(http) is not { } status) await next(http);
        else if (status == StatusCodes.Status408RequestTimeout) http.Abort();
        else await RefuseAsync(http, status);
    });

    // A GET never has one, whatever it says of itself.
    private static bool TakesForms(HttpContext http) => !HttpMethods.IsGet(http.Request.Method) && http.GetEndpoint() is { } route
        && route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains(http.Request.Method) == true;

    private static bool TakesMultipart(Endpoint? route) =>
        route?.Metadata.GetMetadata<TakesFiles>() is not null || route?.Metadata.GetMetadata<TakesParts>() is not null;

    private static bool IsMultipart(HttpRequest request) =>
        request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true;

    private static async Task<int?> WhyUnreadableAsync(HttpContext http)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        if (http.GetEndpoint()?.Metadata.GetMetadata<TakesFiles>() is null) limit.CancelAfter(Patience);
        try
        {
            var form = await http.Request.ReadFormAsync(limit.Token);
            return form.Any(f => f.Value.ToString().Contains('\0')) ? StatusCodes.Status400BadRequest : null;
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            return StatusCodes.Status408RequestTimeout;
        }
        // What says that it is in UTF-7 is not supported, for good reasons.
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or IOException or NotSupportedException)
        {
            return e is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status400BadRequest;
        }
    }

    private static Task RefuseAsync(HttpContext http, int status)
    {
        var (title, text) = status == StatusCodes.Status413PayloadTooLarge
            ? ("That is too much at once", "A file to import may have 20 MB, any other form far less. Send less, or a smaller file.")
            : ("This form cannot be read", "Check what you pasted and send it again.");
        return http.RefuseAsync(status, title, text);
    }
}

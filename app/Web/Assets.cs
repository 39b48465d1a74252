using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.FileProviders;

namespace Crm.Web;

/// <summary>Addresses of the files in wwwroot that change with their content, so that browsers may keep them for ever.</summary>
public sealed class Assets(EndpointDataSource endpoints)
{
    private static readonly string Folder = AppContext.BaseDirectory;

    private readonly Dictionary<string, string> _addresses = Read(endpoints);

    /// <param name="path">As in wwwroot, such as <c>css/app.css</c>.</param>
    /// <exception cref="KeyNotFoundException">There is no such file.</exception>
    public string Url(string path) => _addresses[path];

    /// <summary>Files are served from beside the program, from wherever it is started.</summary>
    public static void Add(WebApplicationBuilder builder)
    {
        builder.Environment.WebRootFileProvider = new PhysicalFileProvider(Path.Combine(Folder, "wwwroot"));
        // A build would otherwise watch the files and answer for every name with an ending.
        builder.Configuration["ReloadStaticAssetsAtRuntime"] = "false";
        builder.Services.AddSingleton<Assets>();
    }

    /// <summary>
    /// Serves each file under its own name, asked for anew when it may have changed, and under one with a fingerprint, kept for ever.
    /// </summary>
    public static void Map(WebApplication app) =>
        app.MapStaticAssets(Path.Combine(Folder, "Enrolment.staticwebassets.endpoints.json")).AllowAnonymous().ShortCircuit();

    private static Dictionary<string, string> Read(EndpointDataSource endpoints)
    {
        var addresses = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in endpoints.Endpoints.Select(e => e.Metadata.GetMetadata<StaticAssetDescriptor>()))
            if (file?.Properties.FirstOrDefault(p => p.Name == "label") is { } named) addresses[named.Value] = "/" + file.Route;
        return addresses;
    }
}

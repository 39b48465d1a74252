using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Crm.Web;

/// <summary>Addresses of files in wwwroot that change with their content, so that browsers may keep them for ever.</summary>
public static class Assets
{
    public static readonly string Root = Path.Combine(AppContext.BaseDirectory, "wwwroot");
    private static readonly ConcurrentDictionary<string, string> Addresses = new();

    public static string Url(string path) => Addresses.GetOrAdd(path, static p =>
    {
        var hash = SHA256.HashData(File.ReadAllBytes(Path.Combine(Root, p)));
        return $"/{p}?v={Convert.ToHexStringLower(hash.AsSpan(0, 6))}";
    });
}

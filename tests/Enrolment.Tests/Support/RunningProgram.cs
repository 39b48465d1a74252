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

    private RunningProgram(string folder, int port, string[] arguments)
    {
        _port = port;
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet",
                [Path.Combine(AppContext.BaseDirectory, "Enrolment.dll"), "--Data:Folder=" + folder, "--urls", $"http://127.0.0.1:{port}",
                .. arguments])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = folder, // not where the program lies: it must find by itself what lies beside it
            },
        };
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output => string.Join('\n', _output);

    /// <returns>When it answers <c>/health</c>.</returns>
    public static async Task<RunningProgram> StartAsync(string folder, params string[] arguments)
    {
        var program = new RunningProgram(folder, FreePort(), arguments);
        using var client = new HttpClient(program.Handler()) { BaseAddress = new Uri("http://localhost") };
        await Poll.UntilAsync(async () =>
        {
            if (program._process.HasExited) throw new InvalidOperationException("The program ended:\n" + program.Output);
            try { return await client.GetStringAsync("/health") == "healthy"; }
            catch (HttpRequestException) { return false; }
        }, "the program to be healthy", TimeSpan.FromSeconds(120));
        return program;
    }

    /// <returns>The exit code of a start that ends by itself, and what it printed.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string folder, params string[] arguments)
    {
        await using var program = new RunningProgram(folder, FreePort(), arguments);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await program._process.WaitForExitAsync(patience.Token);
        return (program._process.ExitCode, program.Output);
    }

    public Browser Browse() => new(Handler());

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

internal static class Poll
{
    /// <summary>Waits for something in the background; fails where it does not come about in time.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds, string what, TimeSpan? patience = null)
    {
        var deadline = DateTime.UtcNow + (patience ?? TimeSpan.FromSeconds(60));
        while (!await holds())
        {
            Assert.True(DateTime.UtcNow < deadline, $"Waited in vain for {what}.");
            await Task.Delay(50);
        }
    }
}

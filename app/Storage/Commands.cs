using System.ComponentModel;
using System.Diagnostics;

namespace Crm.Storage;

/// <summary>Runs programs of the machine to their end.</summary>
internal static class Commands
{
    /// <exception cref="CannotStartException">There is no such program, or it may not be run.</exception>
    public static (int ExitCode, string Output) Run(ProcessStartInfo start, string? input = null) =>
        RunAsync(start, input, CancellationToken.None).GetAwaiter().GetResult();

    /// <inheritdoc cref="Run"/>
    public static async Task<(int ExitCode, string Output)> RunAsync(ProcessStartInfo start, string? input, CancellationToken cancel)
    {
        start.UseShellExecute = false;
        // On Windows a server inherits the pipes, which would then never end.
        start.RedirectStandardOutput = start.RedirectStandardError = !OperatingSystem.IsWindows();
        start.RedirectStandardInput = true;
        try
        {
            using var process = Process.Start(start)!;
            await GiveAsync(process.StandardInput, input);
            var (output, errors) = OperatingSystem.IsWindows()
                ? (Task.FromResult(""), Task.FromResult(""))
                : (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
            await process.WaitForExitAsync(cancel);
            return (process.ExitCode, $"{await output}\n{await errors}".Trim());
        }
        catch (Win32Exception e)
        {
            throw new CannotStartException($"{start.FileName} could not be run: {e.Message}", e);
        }
    }

    private static async Task GiveAsync(StreamWriter to, string? input)
    {
        try
        {
            await to.WriteAsync(input);
            to.Close();
        }
        catch (IOException)
        {
            // It ended without reading: its exit code and its words tell why.
        }
    }
}

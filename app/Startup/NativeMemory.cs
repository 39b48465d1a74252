using System.Runtime.InteropServices;

namespace Crm.Startup;

/// <summary>
/// Has the C library give back to the system what the compiler, Skia and HarfBuzz are done with, twice a minute. See
/// <c>Decisions/memory.md</c>.
/// </summary>
/// <remarks>On a system with another C library it does nothing.</remarks>
internal sealed class NativeMemory : BackgroundService
{
    private const string Library = "libc.so.6";
    private const int Kept = 128 * 1024; // bytes

    // As <malloc.h> numbers them.
    private const int MmapThreshold = -3, ArenaMax = -8;

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(30);

    private static readonly bool IsThere =
        NativeLibrary.TryLoad(Library, out var library) && NativeLibrary.TryGetExport(library, nameof(malloc_trim), out _);

    /// <summary>To be called before there are many threads.</summary>
    public static void KeepLittle()
    {
        if (!IsThere) return;
        // By itself the library has eight arenas for each processor; and once a large block was given back, it takes the next of that
        // size from an arena, where what is free lies between what is not.
        _ = mallopt(ArenaMax, 1);
        _ = mallopt(MmapThreshold, Kept);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (IsThere && !stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Between, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _ = malloc_trim(0);
        }
    }

    [DllImport(Library)] private static extern int mallopt(int setting, int value);
    [DllImport(Library)] private static extern int malloc_trim(nint kept);
}

namespace Crm.Startup;

/// <summary>What the program is asked to do, and the settings that are given with it.</summary>
/// <param name="Command">Null where it is to serve.</param>
/// <param name="Operand">Such as a file or a name; null where none was given.</param>
/// <param name="Over">Whether a restoration may replace what is there.</param>
/// <param name="Encrypt">Whether a backup is to be encrypted with a passphrase that is asked for.</param>
/// <param name="Settings">Everything else.</param>
public sealed record CommandLine(string? Command, string? Operand, bool Over, bool Encrypt, string[] Settings)
{
    /// <summary>All that was given with the command, of which the first is the operand.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    private const string OverFlag = "--over", EncryptFlag = "--encrypt";
    private static readonly string[] Known = ["backup", "restore", "migrate", "migration", "rebuild-reports", "users", "reset-password",
        "cluster"];

    public static CommandLine Read(string[] args)
    {
        // A flag stands alone: the settings' reader would take what follows for its value.
        var rest = args.Where(a => a is not (OverFlag or EncryptFlag)).ToArray();
        var (over, encrypt) = (args.Contains(OverFlag), args.Contains(EncryptFlag));
        var at = Math.Max(0, Array.FindIndex(rest, Known.Contains));
        if (at >= rest.Length || rest[at].StartsWith('-') || rest[at].Contains('=')) return new(null, null, over, encrypt, rest);
        string[] words = [.. rest[(at + 1)..].TakeWhile(word => !word.StartsWith('-')).Take(rest[at] == "users" ? rest.Length : 1)];
        return new(rest[at], words.FirstOrDefault(), over, encrypt, [.. rest[..at], .. rest[(at + 1 + words.Length)..]]) { Words = words };
    }
}

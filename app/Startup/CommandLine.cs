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

    /// <summary>What asks for the commands.</summary>
    public const string Help = "help";

    /// <summary>What there is.</summary>
    public const string Usage = """
        Enrolment                        serves until it is stopped; the log says at which address
        Enrolment --seed demo            fills an empty institute with people who are made up, then serves
        Enrolment backup FILE [--encrypt]
        Enrolment restore FILE [--over]
        Enrolment users                  who there is
        Enrolment users add EMAIL NAME [ROLE]
        Enrolment users unlock EMAIL
        Enrolment users forget-factor EMAIL
        Enrolment reset-password EMAIL   prints a link with which a password is chosen
        Enrolment migrate                brings the database to this version
        Enrolment migration NAME         writes the next script of the schema
        Enrolment rebuild-reports        makes the tables of the reports anew
        Enrolment cluster FILE           packs a new database for a published copy

        Settings go with each of them, such as --Data:Folder=/srv/enrolment and --Urls=http://localhost:5000.
        """;

    private const string OverFlag = "--over", EncryptFlag = "--encrypt";
    private static readonly string[] Known = ["backup", "restore", "migrate", "migration", "rebuild-reports", "users", "reset-password",
        "cluster", Help];

    private static readonly string[] HelpFlags = ["--help", "-h", "-?", "/?"];

    /// <summary>Whether there is such a command, or none was given.</summary>
    public bool IsKnown => Command is null || Known.Contains(Command);

    public static CommandLine Read(string[] args)
    {
        if (args.Any(HelpFlags.Contains)) return new(Help, null, Over: false, Encrypt: false, []);
        // A flag stands alone: the settings' reader would take what follows for its value.
        var rest = args.Where(a => a is not (OverFlag or EncryptFlag)).ToArray();
        var (over, encrypt) = (args.Contains(OverFlag), args.Contains(EncryptFlag));
        var at = Enumerable.Range(0, rest.Length).FirstOrDefault(i => IsWord(rest, i), -1);
        if (at < 0) return new(null, null, over, encrypt, rest);
        string[] words = [.. rest[(at + 1)..].TakeWhile(word => !word.StartsWith('-')).Take(rest[at] == "users" ? rest.Length : 1)];
        return new(rest[at], words.FirstOrDefault(), over, encrypt, [.. rest[..at], .. rest[(at + 1 + words.Length)..]]) { Words = words };
    }

    // A setting may be one word with its value, or two.
    private static bool IsWord(string[] args, int at) =>
        !IsSetting(args[at]) && !args[at].Contains('=') && (at == 0 || !IsSetting(args[at - 1]) || args[at - 1].Contains('='));

    private static bool IsSetting(string arg) => arg.StartsWith('-');
}

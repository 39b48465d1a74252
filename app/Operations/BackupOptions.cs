namespace Crm.Operations;

/// <summary>Where backups lie and how they are kept, from the settings under <c>Backup</c>.</summary>
public sealed class BackupOptions
{
    // Whose names are told in a backup; others are the machine's.
    private static readonly string[] Sections =
        ["ConnectionStrings", "Data", "Backup", "Institute", "Smtp", "RateLimits", "Jobs", "Migrate", "Log", "Urls"];

    /// <summary>A shorter one is found by trying, however slow that is made.</summary>
    public const int ShortestPassphrase = 12;

    public required string Folder { get; init; }
    public required string DataFolder { get; init; }

    /// <summary>In a sentence, why no backup can be written there at this moment; null where one can.</summary>
    public string? Trouble => BackupFolder.TroubleIn(Folder);

    /// <summary>Null where backups are not encrypted.</summary>
    public string? Passphrase { get; init; }

    /// <summary>When the nightly one is made, on the institute's clock.</summary>
    public TimeOnly At { get; init; } = new(1, 30);

    /// <summary>What is set, by name alone.</summary>
    public IReadOnlyList<string> SettingNames { get; init; } = [];

    /// <exception cref="Storage.CannotStartException">One of the settings cannot be read.</exception>
    public static BackupOptions From(IConfiguration configuration, string dataFolder) => new()
    {
        Folder = configuration["Backup:Folder"] is { Length: > 0 } folder
            ? Path.GetFullPath(folder, dataFolder)
            : Path.Combine(dataFolder, "backups"),
        DataFolder = dataFolder,
        Passphrase = configuration["Backup:Passphrase"] is not { Length: > 0 } passphrase ? null
            : passphrase.Length >= ShortestPassphrase ? passphrase
            : throw new Storage.CannotStartException($"Backup:Passphrase must have at least {ShortestPassphrase} characters."),
        At = configuration["Backup:At"] is not { Length: > 0 } at ? new TimeOnly(1, 30)
            : TimeOnly.TryParseExact(at, "HH:mm", out var time) ? time
            : throw new Storage.CannotStartException("Backup:At must be a time of day such as 01:30."),
        SettingNames = [.. Sections.SelectMany(s => configuration.GetSection(s).AsEnumerable()).Where(s => s.Value is { Length: > 0 })
            .Select(s => s.Key).Order()],
    };
}

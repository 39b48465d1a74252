using Crm.Institute;
using Crm.Operations;
using Crm.Storage;
using Npgsql;

namespace Crm.Startup;

/// <summary>Backing up and restoring on the command line.</summary>
public static class Chores
{
    /// <summary>Whether the command is carried out in a database that another process may be at work in.</summary>
    public static bool WorksBeside(CommandLine asked) => asked.Command is "backup" or "rebuild-reports" or "users" or "reset-password";

    /// <summary>Looks at what is asked before anything is begun.</summary>
    /// <returns>The exit code where it cannot be carried out.</returns>
    public static int? Refuse(CommandLine asked, StartUp start)
    {
        var folder = StartUp.DataFolder(start.Builder);
        if (!asked.IsKnown) start.Logger.LogError("There is no command {Command}: --help tells which there are", asked.Command);
        else if (asked is { Command: "backup" or "restore" or "cluster", Operand: null })
            start.Logger.LogError("Say which file: {Command} FILE", asked.Command);
        else if (asked is { Command: "migration", Operand: null })
            start.Logger.LogError("Say what it is for: migration NAME");
        else if (asked.Command == "cluster" && start.GivenDatabase is not null)
            start.Logger.LogError("Only a database of Enrolment's own can be packed, and ConnectionStrings:Enrolment names another");
        else if (asked.Command == "cluster" && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            start.Logger.LogError("Only a new database is packed, and {Folder} holds something: give a new one with Data:Folder", folder);
        else return null;
        return 2;
    }

    /// <summary>Carries out <c>backup FILE</c> or <c>restore FILE</c>.</summary>
    /// <returns>The exit code; null where something else was asked for.</returns>
    public static async Task<int?> CarryOutAsync(CommandLine asked, IServiceProvider services, ILogger logger)
    {
        if (asked is not { Command: "backup" or "restore", Operand: { } file }) return null;
        var path = Path.GetFullPath(file);
        if (asked.Command == "backup") await BackUpAsync(path, asked, services, logger);
        else await RestoreAsync(path, asked, services, logger);
        return 0;
    }

    /// <summary>Carries out <c>cluster FILE</c>, which finishes a published copy: its new data folders are made from that file.</summary>
    /// <returns>The exit code; null where something else was asked for.</returns>
    public static async Task<int?> PackAsync(CommandLine asked, ReachedDatabase server)
    {
        if (asked is not { Command: "cluster", Operand: { } file } || server.Ours is null) return null;
        await server.Ours.PackAsync(Path.GetFullPath(file));
        return 0;
    }

    private static async Task BackUpAsync(string path, CommandLine asked, IServiceProvider services, ILogger logger)
    {
        var (options, database) = (services.GetRequiredService<BackupOptions>(), services.GetRequiredService<OwnDatabase>());
        var passphrase = options.Passphrase ?? (asked.Encrypt ? Passphrases.Choose() : null);
        var order = new BackupOrder(database.Connection, options.DataFolder, path, passphrase);
        var written = await services.GetRequiredService<BackupWriter>().WriteAsync(order, new Logged(logger), default);
        await Audit.WriteAsync(services.GetRequiredService<NpgsqlDataSource>(),
            AuditEntry.Of(AuditKind.BackupTaken, new Stamp(Actor.System, services.GetRequiredService<InstituteClock>().Now)) with
            { What = "on the command line" }, default);
        logger.LogInformation("{Path} holds everything: {Rows} rows in {Tables} tables and {Files}, {Size}{Encrypted}", path,
            written.Contents.Rows, written.Contents.Tables.Count, Named(written.Contents.Files.Count), written.Size.AsSize(),
            passphrase is null ? "" : ", encrypted");
    }

    private static async Task RestoreAsync(string path, CommandLine asked, IServiceProvider services, ILogger logger)
    {
        var (options, database) = (services.GetRequiredService<BackupOptions>(), services.GetRequiredService<OwnDatabase>());
        var passphrase = BackupFile.IsEncrypted(path) ? options.Passphrase ?? Passphrases.Ask() : null;
        if (asked.Over && await services.GetRequiredService<BackupShelf>().KeepBeforeRestorationAsync(default) is { } kept)
            logger.LogInformation("What is there now was backed up to {Path}", kept);
        var order = new RestoreOrder(database.Connection, options.DataFolder, path, passphrase, asked.Over);
        var contents = await services.GetRequiredService<BackupReader>().RestoreAsync(order, new Logged(logger), default);
        logger.LogInformation("Restored what there was on {MadeAt:yyyy-MM-dd HH:mm} UTC: {Rows} rows and {Files}", contents.MadeAt,
            contents.Rows, Named(contents.Files.Count));
        if (contents.Settings.Except(options.SettingNames).ToList() is { Count: > 0 } settings)
            logger.LogWarning("These were set there and are not here; a backup holds no settings: {Settings}", string.Join(", ", settings));
    }

    private static string Named(int files) => files == 1 ? "1 file" : $"{files} files";

    private sealed class Logged(ILogger logger) : IProgress<BackupProgress>
    {
        public void Report(BackupProgress value) =>
            logger.LogInformation("{What}: {Rows} rows, {Size} so far", value.What, value.Rows, value.Bytes.AsSize());
    }
}

/// <summary>
/// Asks for passphrases where they are typed, or reads them where they are piped in: on the command line others would see them.
/// </summary>
internal static class Passphrases
{
    private const int Shortest = BackupOptions.ShortestPassphrase;

    public static string Choose()
    {
        var first = Read($"Passphrase, at least {Shortest} characters: ");
        if (first.Length < Shortest) throw new BackupException($"The passphrase must have at least {Shortest} characters.");
        return Console.IsInputRedirected || Read("Once more: ") == first
            ? first
            : throw new BackupException("The two passphrases are not the same. Nothing was done.");
    }

    public static string Ask() => Read("Passphrase of the backup: ");

    private static string Read(string prompt)
    {
        if (Console.IsInputRedirected) return Console.In.ReadLine() ?? "";
        Console.Error.Write(prompt);
        var typed = new System.Text.StringBuilder();
        for (var key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key != ConsoleKey.Backspace) typed.Append(key.KeyChar);
            else if (typed.Length > 0) typed.Length--;
        }
        Console.Error.WriteLine();
        return typed.ToString();
    }
}

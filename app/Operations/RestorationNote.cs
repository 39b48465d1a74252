using Crm.Storage;
using Npgsql;

namespace Crm.Operations;

/// <summary>
/// A line in the data folder while a restoration is at work, so that the next start can say what became of one that was killed. Whether
/// it came to its end is told by the database alone: the restored schema carries the same mark, kept in the moment in which the rows are.
/// </summary>
public static class RestorationNote
{
    /// <summary>The file's name in the data folder; it is in no backup.</summary>
    internal const string Name = "restoration.unfinished";

    private const int Parts = 2;

    /// <returns>The mark that the schema is to carry.</returns>
    internal static string Begin(string dataFolder, string archive)
    {
        var mark = $"restored {Guid.NewGuid():N}";
        PrivateFolder.Create(dataFolder);
        PrivateFolder.Write(Path.Combine(dataFolder, Name), $"{mark}\n{archive}");
        return mark;
    }

    /// <summary>Has the restored schema carry the mark, within the restoration's transaction.</summary>
    internal static Task MarkAsync(NpgsqlConnection connection, string mark, CancellationToken cancel) =>
        connection.DoAsync($"comment on schema {MartenSetup.Schema} is '{mark}'", cancel);

    internal static void End(string dataFolder) => File.Delete(Path.Combine(dataFolder, Name));

    /// <summary>Says once, where a restoration was killed, whether what it brought is there.</summary>
    public static async Task TellAsync(string dataFolder, string connectionString, ILogger logger, CancellationToken cancel)
    {
        var path = Path.Combine(dataFolder, Name);
        if (!File.Exists(path)) return;
        var lines = await File.ReadAllLinesAsync(path, cancel);
        if (lines.Length == Parts) await TellAsync(lines[0], lines[1], connectionString, logger, cancel);
        End(dataFolder); // killed while it was written, it was killed before anything else was done
    }

    private static async Task TellAsync(
        string mark, string archive, string connectionString, ILogger logger, CancellationToken cancel)
    {
        await using var connection = await BackupWriter.ConnectAsync(connectionString, cancel);
        const string carried = $"select coalesce(obj_description(to_regnamespace('{MartenSetup.Schema}')), '')";
        if ((await connection.RowsAsync(carried, r => r.GetString(0), cancel))[0] == mark)
            logger.LogWarning("The restoration of {Archive} was broken off after its end: all of it is here", archive);
        else
            logger.LogWarning("The restoration of {Archive} was broken off: nothing of it was kept, and what was there before is as it "
                + "was. To have it, stop Enrolment and restore it again", archive);
    }
}

namespace Crm.Operations;

/// <summary>How backups are spoken of.</summary>
public static class BackupWords
{
    private const long Thousand = 1000;

    public static string Words(this BackupReason reason) => reason switch
    {
        BackupReason.Night => "every night",
        BackupReason.Asked => "asked for",
        BackupReason.Found => "found in the folder",
        _ => "before an upgrade",
    };

    /// <summary>What went wrong, as a sentence that others can follow: what a server or a system says ends as it likes.</summary>
    public static string AsSentence(this Exception problem) => problem.Message.TrimEnd('.', ' ') + ".";

    /// <summary>Bytes as people say them: "12 KB", "3.4 MB".</summary>
    public static string AsSize(this long bytes) => bytes switch
    {
        < Thousand * Thousand => $"{Math.Max(1, bytes / Thousand)} KB",
        < Thousand * Thousand * Thousand => $"{bytes / (double)(Thousand * Thousand):0.0} MB",
        _ => $"{bytes / (double)(Thousand * Thousand * Thousand):0.0} GB",
    };
}

using Crm.Institute;

namespace Crm.Operations;

public enum BackupReason
{
    Night, Asked, BeforeUpgrade,

    /// <summary>Its file lay in the folder, and no record told of it.</summary>
    Found,
}

public enum BackupState
{
    Waiting,
    Making,

    /// <summary>It was restored for a trial, and everything was there.</summary>
    Proven,

    /// <summary>The file is there, but the trial failed.</summary>
    NotProven,

    /// <summary>There is no file.</summary>
    Failed,
}

/// <summary>One backup on the shelf, or one that was to be.</summary>
public sealed class BackupRecord
{
    public Guid Id { get; set; }
    public DateTimeOffset MadeAt { get; set; }
    public BackupReason Reason { get; set; }
    public BackupState State { get; set; }

    /// <summary>Its name in the folder of backups; empty where there is no file, or none any more.</summary>
    public string File { get; set; } = "";

    /// <summary>The machine on which the file lies.</summary>
    public string Machine { get; set; } = "";
    public bool Encrypted { get; set; }

    /// <summary>Of the file, in bytes.</summary>
    public long Size { get; set; }
    public long Rows { get; set; }
    public double Seconds { get; set; }

    /// <summary>Where the trial took place, in words; empty without one.</summary>
    public string ProvenWhere { get; set; } = "";

    /// <summary>Why it failed, or is not proven; null where all is well.</summary>
    public string? Problem { get; set; }

    /// <summary>Whether it failed for want of room.</summary>
    public bool NoRoom { get; set; }

    /// <summary>Who took a copy, and when: whoever has one has everything.</summary>
    public List<BackupCopy> Copies { get; set; } = [];

    public bool HasFile => File.Length > 0;

    /// <summary>Whether somebody may be at it: after hours, whoever was is gone.</summary>
    public bool IsAtWorkAt(DateTimeOffset now) =>
        State is BackupState.Waiting or BackupState.Making && now - MadeAt < TimeSpan.FromHours(3);
}

public sealed record BackupCopy(DateTimeOffset At, Actor By);

/// <summary>Since when backups are due: from the first start on.</summary>
public sealed class BackupWatch
{
    public static readonly Guid TheOne = new("8f1c8a52-6c0f-4c1e-9a53-3f1b3f0a7d10");

    public Guid Id { get; set; } = TheOne;
    public DateTimeOffset Since { get; set; }
}

using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Crm.Institute;
using Crm.Web;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Crm.Operations;

/// <summary>One thing that is watched, as it stands at this moment.</summary>
/// <param name="Name">Such as "Mail".</param>
/// <param name="Says">In a sentence or two.</param>
/// <param name="Advice">What a manager can do; empty where all is well.</param>
/// <param name="Link">Where more is told; null where nowhere is.</param>
public sealed record UpkeepLine(string Name, HealthStatus Status, string Says, string Advice, (string Path, string Text)? Link)
{
    /// <summary>How it stands, in a word or two.</summary>
    public string State => Status switch
    {
        HealthStatus.Healthy => "well",
        HealthStatus.Degraded => "look at it",
        _ => "wrong",
    };
}

/// <param name="Facts">What is installed where, for whoever is asked for help.</param>
public sealed record UpkeepView(IReadOnlyList<UpkeepLine> Lines, IReadOnlyList<(string Name, string Value)> Facts)
{
    public bool AllIsWell => Lines.All(l => l.Status == HealthStatus.Healthy);
}

/// <summary>The managers' page of everything that an administrator would keep an eye on.</summary>
public static partial class UpkeepPage
{
    private static readonly Dictionary<string, (string Advice, (string, string)? Link)> Told = new()
    {
        ["database"] = ("The program starts its own database again by itself. Where somebody else runs it, tell them.", null),
        ["disk"] = ("Make room on that disk: a full one stops everything.", null),
        ["backup"] = ("See why, and make one now.", ("/backups", "Backups")),
        ["mail"] = ("See which messages wait, and why.", ("/outbox", "Outbox")),
        ["certificate"] = ("Have whoever set it up renew it: after that day, browsers show a warning, or no mail leaves.", null),
    };

    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/upkeep", ShowAsync).RequireAuthorization(Roles.ManagerPolicy);

    private static async Task<IResult> ShowAsync(HealthCheckService checks, NpgsqlDataSource source, OwnDatabase database,
        BackupOptions options, IOptions<InstituteOptions> institute, IConfiguration configuration, InstituteClock clock,
        CancellationToken cancel)
    {
        var report = await checks.CheckHealthAsync(cancel);
        var smtp = configuration["Smtp:Host"];
        await using var connection = await source.OpenConnectionAsync(cancel);
        using var process = Process.GetCurrentProcess();
        return Upkeep.Create(new UpkeepView([.. report.Entries.Select(e => LineOf(e.Key, e.Value, clock))],
        [
            ("Program", VersionOf()),
            ("Runs since", Format.DateAndTime(clock.Local(new DateTimeOffset(process.StartTime)))),
            ("Machine", BackupShelf.ThisMachine),
            ("Address", institute.Value.PublicUrl),
            ("Database", $"PostgreSQL {connection.PostgreSqlVersion}, {(database.IsOurs ? "run by the program itself" : "given to it")}"),
            ("Data folder", options.DataFolder),
            ("Backups in", options.Folder),
            ("Mail", string.IsNullOrEmpty(smtp) ? "kept as files in the data folder: no mail server is set" : $"leaves by {smtp}"),
        ]));
    }

    private static UpkeepLine LineOf(string check, HealthReportEntry entry, InstituteClock clock)
    {
        var (advice, link) = Told.GetValueOrDefault(check, ("", null));
        var told = entry.Description ?? "There was no answer in time.";
        var says = Moment().Replace(told, m => clock.Brief(MomentOf(m.Groups["moment"].Value)));
        return new UpkeepLine(Format.Capital(check), entry.Status, says, entry.Status == HealthStatus.Healthy ? "" : advice, link);
    }

    // Monitors are told moments as "2026-11-28 01:30 UTC"; people, by their own clock.
    [GeneratedRegex(@"(?<moment>\d{4}-\d\d-\d\d \d\d:\d\d) UTC", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Moment();

    private static DateTimeOffset MomentOf(string told) =>
        DateTimeOffset.Parse(told, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    // As "1.0.0+2d1a190…": of the commit, the first letters tell it.
    private static string VersionOf()
    {
        const int ofCommit = 8;
        var told = Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>();
        var version = told?.InformationalVersion ?? "";
        return version.Split('+') is [var number, { Length: > ofCommit } commit] ? $"{number} ({commit[..ofCommit]})" : version;
    }
}

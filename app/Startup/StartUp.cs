using Crm.Accounts;
using Crm.Demo;
using Crm.Institute;
using Crm.Messaging;
using Crm.Operations;
using Crm.Reports;
using Crm.Storage;
using Marten;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Crm.Startup;

/// <param name="Ours">The server that this process runs, and stops; null where somebody else does.</param>
public sealed record ReachedDatabase(string Connection, PrivatePostgres? Ours) : IAsyncDisposable
{
    /// <summary>Over when the server is there.</summary>
    /// <exception cref="CannotStartException">It does not start, and why.</exception>
    public Task ReadyAsync() => Ours?.ReadyAsync() ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => Ours?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>What the command line asks for, and the errors of a start as sentences.</summary>
public sealed class StartUp
{
    // Who log, with a stack trace, what the program says in a sentence.
    private static readonly string[] Hosts = ["Microsoft.Extensions.Hosting.Internal.Host", "Microsoft.AspNetCore.Hosting.Diagnostics"];

    private bool _serves;

    private StartUp(WebApplicationBuilder builder, ILogger logger)
    {
        (Builder, Logger) = (builder, logger);
        GivenDatabase = builder.Configuration.GetConnectionString("Enrolment") is { Length: > 0 } given ? Checked(given) : null;
        StartProblems.CheckUrls(builder.Configuration["Urls"]);
        JsonLog.AddWhereSet(builder.Logging, builder.Configuration);
        foreach (var host in Hosts) builder.Logging.AddFilter(host, level => _serves && level >= LogLevel.Warning);
    }

    public WebApplicationBuilder Builder { get; }
    public ILogger Logger { get; }

    /// <summary>The database to use, as a connection string; null where the program brings its own.</summary>
    public string? GivenDatabase { get; }

    /// <summary>Runs a start, and says in one sentence why it cannot go on.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> SayWhyNotAsync(string[] args, Func<StartUp, Task<int>> serve)
    {
        WebApplicationBuilder? builder = null;
        StartUp? start = null;
        try
        {
            // A published app may be started from any folder: its settings, and by default its data, are beside it.
            var root = File.Exists("appsettings.json") ? null : AppContext.BaseDirectory;
            builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = root });
            using var log = LogOf(builder);
            start = new StartUp(builder, log.CreateLogger("Enrolment"));
            return await serve(start);
        }
        catch (Exception e) when (start?._serves != true)
        {
            using var log = LogOf(builder);
            var logger = log.CreateLogger("Enrolment");
            logger.LogCritical("{Problem}", StartProblems.Sentence(e, builder?.Configuration));
            logger.LogDebug(e, "Where it happened");
            return 1;
        }
    }

    /// <summary>Begins to start the private server, or takes the one that is given.</summary>
    /// <param name="beside">Whether a server will do that another process runs.</param>
    public async Task<ReachedDatabase> ReachDatabaseAsync(bool beside)
    {
        var folder = DataFolder(Builder);
        if (GivenDatabase is { } given)
        {
            // Mail that no server takes is kept there: better to say now that it cannot be.
            if (MessagingRoom.KeepsFiles(Builder.Configuration)) PrivateFolder.Open(folder);
            return new ReachedDatabase((await GivenServer.MeetAsync(given, Logger)).Connection, null);
        }
        if (beside && PrivatePostgres.ServedFrom(folder) is { } served) return new ReachedDatabase(served, null);
        var ours = PrivatePostgres.Begin(new PrivatePostgresOptions(folder), Logger);
        return new ReachedDatabase(ours.ConnectionString, ours);
    }

    /// <summary>Brings the database to this version; where somebody else is to do that, checks that it was done.</summary>
    public async Task MigrateAsync(string connection, CommandLine asked, IServiceProvider services)
    {
        var guard = services.GetRequiredService<UpgradeGuard>();
        if (asked.Command == "migrate" || Builder.Configuration.GetValue("Migrate:OnStart", true))
            await Migrations.ApplyAsync(connection, Logger, guard);
        else await Migrations.AssertAppliedAsync(connection);
        await guard.NoteAsync(default);
    }

    /// <summary>Carries out <c>migration NAME</c> or <c>--seed demo</c>, and ends a <c>migrate</c>.</summary>
    /// <returns>The exit code where the program is to end, or null where it is to serve.</returns>
    public async Task<int?> CarryOutAsync(CommandLine asked, IServiceProvider services)
    {
        if (asked is { Command: "migration", Operand: { } name })
        {
            var folder = Path.Combine(Builder.Environment.ContentRootPath, "../migrations");
            var path = await Migrations.WriteNextAsync(services.GetRequiredService<IDocumentStore>(), folder, name);
            Logger.LogInformation("{Result}", path is null ? "The migrations already produce what Marten expects." : $"Wrote {path}");
            return 0;
        }
        if (asked.Command == "migrate") return 0;
        if (asked.Command == "rebuild-reports") return await RebuildReportsAsync(services);
        if (await UserChores.CarryOutAsync(asked, services, Console.Out) is { } done) return done;
        if (Builder.Configuration["seed"] is not { } seed) return null;
        if (seed != "demo")
        {
            Logger.LogError("There is no seed {Seed}; the one there is, is called demo", seed);
            return 2;
        }
        await DemoSeed.RunAsync(services, Logger, leadCount: Builder.Configuration.GetValue("Demo:Leads", DemoSeed.LeadCount));
        return null;
    }

    private async Task<int> RebuildReportsAsync(IServiceProvider services)
    {
        await services.GetRequiredService<FunnelBooks>().RebuildAsync(default);
        await services.GetRequiredService<FeeBooks>().RebuildAsync(default);
        Logger.LogInformation("The tables of the reports are made anew from the leads, the seats and the books");
        return 0;
    }

    /// <summary>Says what a new installation needs first.</summary>
    public async Task GreetAsync(IServiceProvider services)
    {
        await services.GetRequiredService<CurrentInstitute>().RefreshAsync(default, now: true);
        var backups = services.GetRequiredService<BackupOptions>();
        if (backups.Trouble is { } trouble) Logger.LogError("{Trouble} It is {Folder}", trouble, backups.Folder);
        var address = services.GetRequiredService<IOptions<InstituteOptions>>().Value.PublicUrl;
        await using var session = services.GetRequiredService<IDocumentStore>().QuerySession();
        if (!await session.Query<User>().AnyAsync())
            Logger.LogInformation("First start: make the first manager at {Url}/setup?code={Code}", address,
                services.GetRequiredService<SetupCode>().Value);
        else if (!services.GetRequiredService<CurrentInstitute>().Profile.IsComplete())
            Logger.LogWarning("Nobody is written to yet: a manager must describe the institute at {Url}/institute", address);
    }

    /// <summary>Serves until stopped. What happens once it listens is no error of the start.</summary>
    public async Task ServeAsync(WebApplication app)
    {
        await app.StartAsync();
        _serves = true;
        await app.WaitForShutdownAsync();
    }

    /// <summary>Where the private server's data and kept mail lie.</summary>
    public static string DataFolder(WebApplicationBuilder builder) =>
        Path.GetFullPath(builder.Configuration["Data:Folder"] is { Length: > 0 } folder ? folder : "data",
            builder.Environment.ContentRootPath);

    private static ILoggerFactory LogOf(WebApplicationBuilder? builder) => LoggerFactory.Create(log =>
    {
        if (builder is not null) log.AddConfiguration(builder.Configuration.GetSection("Logging"));
        if (builder is null || !JsonLog.AddWhereSet(log, builder.Configuration)) log.AddSimpleConsole(o => o.SingleLine = true);
    });

    private static string Checked(string given)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(given).Host is { Length: > 0 }
                ? given
                : throw new CannotStartException("ConnectionStrings:Enrolment names no Host.");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new CannotStartException(
                $"ConnectionStrings:Enrolment is not written like Host=db;Database=enrolment;Username=app;Password=…: {e.Message}", e);
        }
    }
}

using Crm.Accounts;
using Crm.Demo;
using Crm.Institute;
using Crm.Storage;
using Marten;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Crm.Startup;

/// <summary>What the command line asks for, and the errors of a start as sentences.</summary>
public sealed class StartUp(WebApplicationBuilder builder, ILogger logger)
{
    /// <summary>Runs a start, and says in one sentence why it cannot go on.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> SayWhyNotAsync(Func<Task<int>> start)
    {
        var given = builder.Configuration.GetConnectionString("Enrolment");
        try
        {
            return await start();
        }
        catch (Exception e) when (e is PrivatePostgresException or OptionsValidationException)
        {
            logger.LogCritical("{Problem}", e.Message);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            logger.LogCritical("{Problem} Stop what uses it, or give another address with Urls.", e.Message);
        }
        catch (NpgsqlException e) when (!string.IsNullOrEmpty(given) && IsOfConnecting(e))
        {
            logger.LogCritical("The database of ConnectionStrings:Enrolment cannot be used: {Problem}",
                e.InnerException is null ? e.Message : $"{e.Message} {e.InnerException.Message}");
        }
        return 1;
    }

    /// <summary>Carries out <c>migration NAME</c> or <c>--seed demo</c>.</summary>
    /// <returns>The exit code where the program is to end, or null where it is to serve.</returns>
    public async Task<int?> CarryOutAsync(string[] args, IServiceProvider services)
    {
        if (args is ["migration", var name, ..])
        {
            var folder = Path.Combine(builder.Environment.ContentRootPath, "../migrations");
            var path = await Migrations.WriteNextAsync(services.GetRequiredService<IDocumentStore>(), folder, name);
            logger.LogInformation("{Result}", path is null ? "The migrations already produce what Marten expects." : $"Wrote {path}");
            return 0;
        }
        if (builder.Configuration["seed"] is not { } seed) return null;
        if (seed != "demo")
        {
            logger.LogError("There is no seed {Seed}; the one there is, is called demo", seed);
            return 2;
        }
        await DemoSeed.RunAsync(services, logger);
        return null;
    }

    /// <summary>Says what a new installation needs first.</summary>
    public async Task GreetAsync(IServiceProvider services)
    {
        await services.GetRequiredService<CurrentInstitute>().RefreshAsync(default, now: true);
        var address = services.GetRequiredService<IOptions<InstituteOptions>>().Value.PublicUrl;
        await using var session = services.GetRequiredService<IDocumentStore>().QuerySession();
        if (!await session.Query<User>().AnyAsync())
            logger.LogInformation("First start: make the first manager at {Url}/setup?code={Code}", address,
                services.GetRequiredService<SetupCode>().Value);
        else if (!services.GetRequiredService<CurrentInstitute>().Profile.IsComplete())
            logger.LogWarning("Nobody is written to yet: a manager must describe the institute at {Url}/institute", address);
    }

    // What a server says of a statement is no matter of the connection, and keeps its stack trace.
    private static bool IsOfConnecting(NpgsqlException e) => e is not PostgresException postgres
        || postgres.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidCatalogName;

    /// <summary>Where the private server's data, keys and kept mail lie.</summary>
    public static string DataFolder(WebApplicationBuilder builder) =>
        Path.GetFullPath(builder.Configuration["Data:Folder"] is { Length: > 0 } folder ? folder : "data",
            builder.Environment.ContentRootPath);
}

using Crm.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>A private PostgreSQL with the settings that the app gives it, in a folder that is deleted at the end or kept for the next
/// run.</summary>
internal sealed class Server : IAsyncDisposable
{
    private readonly PrivatePostgres _postgres;
    private readonly DirectoryInfo _folder;

    private readonly bool _kept;

    private Server(PrivatePostgres postgres, DirectoryInfo folder, bool kept) => (_postgres, _folder, _kept) = (postgres, folder, kept);

    public string Folder => _folder.FullName;
    public string Version { get; private set; } = "";
    public string Fsync { get; private set; } = "";
    public string SynchronousCommit { get; private set; } = "";

    /// <param name="kept">A folder that stays; null for one that goes.</param>
    public static async Task<Server> StartAsync(string? kept = null)
    {
        var folder = kept is null ? Directory.CreateTempSubdirectory("enrolment-benchmarks-") : new DirectoryInfo(kept);
        var postgres = await PrivatePostgres.StartAsync(new PrivatePostgresOptions(folder.FullName), NullLogger.Instance);
        var server = new Server(postgres, folder, kept is not null);
        await using var source = NpgsqlDataSource.Create(server._postgres.ConnectionString);
        async Task<string> Show(string setting)
        {
            await using var command = source.CreateCommand("show " + setting);
            return (string)(await command.ExecuteScalarAsync())!;
        }
        server.Version = await Show("server_version");
        server.Fsync = await Show("fsync");
        server.SynchronousCommit = await Show("synchronous_commit");
        return server;
    }

    /// <returns>The connection string of a new database with the app's schema.</returns>
    public async Task<string> CreateDatabaseAsync(string name)
    {
        await DoAsync("create database " + name);
        await Migrations.ApplyAsync(ConnectionTo(name), NullLogger.Instance);
        return ConnectionTo(name);
    }

    /// <returns>The connection string of a new database with all that is in another, which nobody may use meanwhile.</returns>
    public async Task<string> CopyDatabaseAsync(string from, string name)
    {
        await DoAsync($"select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = '{from}' and usename = current_user");
        await DoAsync($"create database {name} template {from}");
        return ConnectionTo(name);
    }

    public async Task<bool> HasDatabaseAsync(string name) =>
        await DoAsync($"select 1 from pg_database where datname = '{name}'") is not null;

    public string ConnectionTo(string name) => _postgres.ConnectionStringFor(name);

    private async Task<object?> DoAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_postgres.ConnectionString);
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 3_600;
        return await command.ExecuteScalarAsync();
    }

    /// <summary>The app as it is served, on Kestrel at a free port.</summary>
    /// <param name="settings">Over those of all benchmarks.</param>
    public async Task<WebApplication> ServeAsync(string connection, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var options = new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, EnvironmentName = "Production" };
        var builder = WebApplication.CreateBuilder(options);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Folder"] = Path.Combine(_folder.FullName, "app"),
            ["Jobs:Enabled"] = "false",
            ["Urls"] = "http://127.0.0.1:0",
            ["RateLimits:EnquiriesAtOnce"] = "1000000000",
            ["RateLimits:EnquiriesPerPhone"] = "1000000000",
            ["RateLimits:EnquiriesPerCourse"] = "1000000000",
            ["RateLimits:EnquiriesPerHour"] = "1000000000",
            ["RateLimits:MailsPerAddress"] = "1000000000",
            ["Logging:LogLevel:Default"] = "Warning",
            ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",
        });
        if (settings is not null) builder.Configuration.AddInMemoryCollection(settings);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        EnrolmentApp.AddServices(builder, connection);
        var app = builder.Build();
        EnrolmentApp.Configure(app);
        await app.StartAsync();
        return app;
    }

    public static HttpClient Connect(WebApplication app, int connections) =>
        new(new SocketsHttpHandler { MaxConnectionsPerServer = connections, AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(app.Urls.Single()),
        };

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        if (!_kept) _folder.Delete(recursive: true);
    }
}

using Crm.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>A private PostgreSQL with the settings that the app gives it, in a folder that is deleted at the end.</summary>
internal sealed class Server : IAsyncDisposable
{
    private readonly PrivatePostgres _postgres;
    private readonly DirectoryInfo _folder;

    private Server(PrivatePostgres postgres, DirectoryInfo folder) => (_postgres, _folder) = (postgres, folder);

    public string Folder => _folder.FullName;
    public string Version { get; private set; } = "";
    public string Fsync { get; private set; } = "";
    public string SynchronousCommit { get; private set; } = "";

    public static async Task<Server> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("enrolment-benchmarks-");
        var server = new Server(await PrivatePostgres.StartAsync(new PrivatePostgresOptions(folder.FullName), NullLogger.Instance), folder);
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
        await using (var source = NpgsqlDataSource.Create(_postgres.ConnectionString))
        await using (var create = source.CreateCommand("create database " + name))
            await create.ExecuteNonQueryAsync();
        var connection = _postgres.ConnectionStringFor(name);
        await Migrations.ApplyAsync(connection, NullLogger.Instance);
        return connection;
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
        _folder.Delete(recursive: true);
    }
}

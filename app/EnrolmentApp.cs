using System.Globalization;
using System.Threading.RateLimiting;
using Crm.Accounts;
using Crm.Counselling;
using Crm.Courses;
using Crm.Demo;
using Crm.Enquiries;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messages;
using Crm.Pdf;
using Crm.Reports;
using Crm.Storage;
using Crm.Web;
using Hangfire;
using Hangfire.PostgreSql;
using Marten;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Crm;

/// <summary>Puts the app together and runs it.</summary>
public static class EnrolmentApp
{
    /// <summary>
    /// Serves until stopped; or, with <c>--seed demo</c>, fills an empty database with a demo institute first; or, with
    /// <c>migration NAME</c>, has Marten write the next script of <c>migrations/</c> and ends.
    /// </summary>
    public static async Task<int> RunAsync(string[] args)
    {
        // What is written into forms is read from them in the same way, whatever the machine's language.
        CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        // A published app may be started from any folder: its settings, and by default its data, are beside it.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = File.Exists("appsettings.json") ? null : AppContext.BaseDirectory });
        using var startLog = LoggerFactory.Create(l => l.AddConfiguration(builder.Configuration.GetSection("Logging")).AddSimpleConsole(o => o.SingleLine = true));
        var logger = startLog.CreateLogger("Enrolment");
        var given = builder.Configuration.GetConnectionString("Enrolment");
        try
        {
            await using var postgres = string.IsNullOrEmpty(given) ? await PrivatePostgres.StartAsync(new PrivatePostgresOptions(DataFolder(builder)), logger) : null;
            var connection = postgres?.ConnectionString ?? given!;
            await Migrations.ApplyAsync(connection, logger);
            AddServices(builder, connection);
            await using var app = builder.Build();
            Configure(app);

            if (args is ["migration", var name, ..])
            {
                var path = await Migrations.WriteNextAsync(app.Services.GetRequiredService<IDocumentStore>(), Path.Combine(builder.Environment.ContentRootPath, "../migrations"), name);
                logger.LogInformation("{Result}", path is null ? "The migrations already produce what Marten expects." : $"Wrote {path}");
                return 0;
            }
            if (builder.Configuration["seed"] is { } seed)
            {
                if (seed != "demo")
                {
                    logger.LogError("There is no seed {Seed}; the one there is, is called demo", seed);
                    return 2;
                }
                await DemoSeed.RunAsync(app.Services, logger);
            }
            await using (var session = app.Services.GetRequiredService<IDocumentStore>().QuerySession())
            {
                if (!await session.Query<User>().AnyAsync())
                    logger.LogInformation("First start: make the first manager at {Url}/setup?code={Code}", app.Services.GetRequiredService<IOptions<InstituteOptions>>().Value.PublicUrl, app.Services.GetRequiredService<SetupCode>().Value);
            }
            await app.RunAsync();
            return 0;
        }
        catch (Exception e) when (e is PrivatePostgresException or OptionsValidationException)
        {
            logger.LogCritical("{Problem}", e.Message);
            return 1;
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            logger.LogCritical("{Problem} Stop what uses it, or give another address with Urls.", e.Message);
            return 1;
        }
        catch (NpgsqlException e) when (!string.IsNullOrEmpty(given) && e is not PostgresException { SqlState: not (PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidCatalogName) })
        {
            logger.LogCritical("The database of ConnectionStrings:Enrolment cannot be used: {Problem}", e.InnerException is null ? e.Message : $"{e.Message} {e.InnerException.Message}");
            return 1;
        }
    }

    /// <param name="connection">Of a database that is migrated before the app starts.</param>
    public static void AddServices(WebApplicationBuilder builder, string connection)
    {
        var services = builder.Services;
        Assets.Add(builder);
        builder.WebHost.ConfigureKestrel(k => k.AddServerHeader = false);
        services.AddOptions<InstituteOptions>().Bind(builder.Configuration.GetSection("Institute"))
            .Validate(o => string.IsNullOrEmpty(o.Logo) || File.Exists(o.Logo), "There is no file at Institute:Logo.")
            .Validate(o => TimeZoneInfo.TryFindSystemTimeZoneById(o.TimeZone, out _), "Institute:TimeZone is no time zone that this machine knows; write it like Asia/Kolkata.")
            .Validate(o => Uri.TryCreate(o.PublicUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && !o.PublicUrl.EndsWith('/'), "Institute:PublicUrl must be an address like https://crm.example.org, without a slash at its end.")
            .ValidateOnStart();
        var smtp = builder.Configuration.GetSection("Smtp");
        try
        {
            _ = smtp.Get<SmtpOptions>();
        }
        catch (InvalidOperationException e)
        {
            throw new OptionsValidationException("Smtp", typeof(SmtpOptions), [e.Message]);
        }
        services.Configure<SmtpOptions>(smtp);
        services.AddSingleton(sp => sp.GetRequiredService<IOptions<InstituteOptions>>().Value);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<InstituteClock>();

        var source = MartenSetup.Connect(connection);
        services.AddSingleton(source);
        services.AddMarten(options => MartenSetup.Configure(options, source)).UseLightweightSessions();

        services.AddSingleton<LeadChanges>();
        services.AddSingleton<CounsellorRota>();
        services.AddSingleton<EnquiryIntake>();
        services.AddSingleton<FollowUps>();
        services.AddSingleton<Enrolling>();
        services.AddSingleton<Letters>();
        services.AddSingleton<UnsubscribeLinks>();
        services.AddSingleton<PersonalDocuments>();
        services.AddSingleton<EmailComposer>();
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<OutboxDelivery>();
        var dataFolder = DataFolder(builder);
        services.AddSingleton<IMailTransport>(sp => sp.GetRequiredService<IOptions<SmtpOptions>>().Value.Host is { Length: > 0 }
            ? ActivatorUtilities.CreateInstance<SmtpTransport>(sp)
            : new FileTransport(Path.Combine(dataFolder, "outbox")));

        services.AddDataProtection().SetApplicationName("Enrolment").PersistKeysToFileSystem(PrivateFolder.Create(Path.Combine(dataFolder, "keys")));
        services.AddAccounts();
        services.AddAntiforgery(o => o.Cookie.Name = "enrolment.form");
        AddRateLimits(services, builder.Configuration);

        services.AddHangfire(h => h.UsePostgreSqlStorage(
            o => o.UseNpgsqlConnection(connection),
            new PostgreSqlStorageOptions { SchemaName = "hangfire", PrepareSchemaIfNecessary = false, QueuePollInterval = TimeSpan.FromSeconds(2), EnableLongPolling = true }));
        if (builder.Configuration.GetValue("Jobs:Enabled", true))
        {
            services.AddHangfireServer(o => (o.WorkerCount, o.SchedulePollingInterval) = (2, TimeSpan.FromSeconds(5)));
            services.AddHostedService<OutboxTrigger>();
        }
    }

    /// <summary>The order in which requests are handled, and every route.</summary>
    public static void Configure(WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseErrorPages();
        app.UseHead();
        app.UseRouting();
        app.UseUnknownAddresses();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseRateLimiter();
        app.UseReadableForms();
        app.UseCsrf();

        Assets.Map(app);
        var pages = app.MapPages();
        pages.MapGet("/health", async (IQuerySession session, CancellationToken cancel) =>
        {
            await session.QueryAsync<int>("select 1", cancel);
            return Results.Text("healthy");
        }).AllowAnonymous().WithoutCsrf();
        pages.MapAccounts();
        pages.MapEnquiries();
        pages.MapLeads();
        pages.MapCounselling();
        pages.MapCourses();
        pages.MapMessages();
        pages.MapReports();

        if (app.Configuration.GetValue("Jobs:Enabled", true))
            app.Services.GetRequiredService<IRecurringJobManager>().AddOrUpdate<OutboxDelivery>("outbox", d => d.DeliverDueAsync(CancellationToken.None), Cron.Minutely());
    }

    private static string DataFolder(WebApplicationBuilder builder) =>
        Path.GetFullPath(builder.Configuration["Data:Folder"] is { Length: > 0 } folder ? folder : "data", builder.Environment.ContentRootPath);

    private static void AddRateLimits(IServiceCollection services, IConfiguration configuration) => services.AddRateLimiter(limits =>
    {
        limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limits.OnRejected = async (context, cancel) => await context.HttpContext.RefuseAsync(429, "Too many at once", "Please wait a minute, then send it again.");
        void PerAddress(string policy, int perMinute) => limits.AddPolicy(policy, http => RateLimitPartition.GetSlidingWindowLimiter(
            http.Connection.RemoteIpAddress?.ToString() ?? "", _ => new SlidingWindowRateLimiterOptions { PermitLimit = perMinute, Window = TimeSpan.FromMinutes(1), SegmentsPerWindow = 6 }));
        PerAddress(EnquiryEndpoints.RateLimit, configuration.GetValue("RateLimits:EnquiriesPerMinute", 10));
        PerAddress("signin", configuration.GetValue("RateLimits:SignInsPerMinute", 20));
    });
}

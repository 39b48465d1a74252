using System.Globalization;
using Crm.Accounts;
using Crm.Assignment;
using Crm.Changes;
using Crm.Correspondence;
using Crm.Counselling;
using Crm.Courses;
using Crm.Desk;
using Crm.Enquiries;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Imports;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.Operations;
using Crm.Pdf;
using Crm.People;
using Crm.Privacy;
using Crm.Reports;
using Crm.Seats;
using Crm.Startup;
using Crm.Storage;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace Crm;

/// <summary>Puts the app together out of its rooms and runs it.</summary>
public static class EnrolmentApp
{
    /// <summary>
    /// Serves until stopped; or, with <c>--seed demo</c>, fills an empty database with a demo institute first. With
    /// <c>backup FILE</c>, <c>restore FILE</c>, <c>migrate</c>, <c>migration NAME</c>, <c>rebuild-reports</c>, <c>users</c>,
    /// <c>reset-password EMAIL</c> or <c>cluster FILE</c> it does that and ends.
    /// </summary>
    public static async Task<int> RunAsync(string[] args)
    {
        // What is written into forms is read from them in the same way, whatever the machine's language.
        CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        NativeMemory.KeepLittle();
        var asked = CommandLine.Read(args);
        if (asked.Command == CommandLine.Help)
        {
            await Console.Out.WriteLineAsync(CommandLine.Usage);
            return 0;
        }
        return await StartUp.SayWhyNotAsync(asked.Settings, start => ServeAsync(start, asked));
    }

    /// <param name="connection">Of a database that is migrated before the app starts.</param>
    public static void AddServices(WebApplicationBuilder builder, string connection)
    {
        var (services, configuration, data) = (builder.Services, builder.Configuration, StartUp.DataFolder(builder));
        Assets.Add(builder);
        builder.AddBounds();
        var source = MartenSetup.Connect(connection);
        services.AddSingleton(source);
        services.AddKeyedSingleton(Newcomers.Connections, (_, _) => MartenSetup.ConnectAtHand(connection));
        services.AddMarten(options => MartenSetup.Configure(options, source)).UseLightweightSessions();
        services.AddDataProtection().SetApplicationName("Enrolment");
        services.Configure<KeyManagementOptions>(o => o.XmlRepository = new StoredKeys(source));
        services.AddAntiforgery(o => o.Cookie.Name = "enrolment.form");
        services.AddProxies(configuration);
        services.AddLimits(configuration);
        services.AddJobs(configuration, connection);
        services.AddHealth(configuration, data);
        services.AddTelemetry(configuration);
        services.AddHostedService<NativeMemory>();
        var isOurs = configuration.GetConnectionString("Enrolment") is not { Length: > 0 };
        services.AddOperations(configuration, data, new OwnDatabase(connection, isOurs));
        AddRooms(services, configuration, data);
    }

    private static void AddRooms(IServiceCollection services, IConfiguration configuration, string data)
    {
        services.AddInstitute(configuration);
        services.AddPdf();
        services.AddCompression();
        services.AddWeb();
        services.AddMessaging(configuration, Path.Combine(data, "outbox"));
        services.AddAccounts(configuration);
        services.AddCourses();
        services.AddPeople();
        services.AddSeats();
        services.AddLeads();
        services.AddChanges();
        services.AddAssignment();
        services.AddFees();
        services.AddCorrespondence();
        services.AddPrivacy();
        services.AddEnquiries();
        services.AddImports();
        services.AddCounselling();
        services.AddEnrolments();
        services.AddDesk();
        services.AddReports();
    }

    /// <summary>The order in which requests are handled, and every route.</summary>
    public static void Configure(WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseResponseCompression();
        app.UseOneAddress();
        app.UseSecurityHeaders();
        app.UseErrorPages();
        app.UseHead();
        app.UseRouting();
        app.UseCurrentInstitute();
        app.UseAuthentication();
        app.UseUnknownAddresses();
        app.UseFormAddresses();
        app.UseAuthorization();
        app.UseObjectGate();
        app.UseLimits();
        app.UseReadableForms();
        app.UseHeldForms();
        app.UseCsrf();
        app.UseConfirmation();
        Assets.Map(app);
        MapRooms(app.MapPages());
    }

    private static void MapRooms(RouteGroupBuilder app)
    {
        app.MapHealth();
        app.MapJobs();
        app.MapAccounts();
        app.MapCourses();
        app.MapMessaging();
        app.MapOperations();
        app.MapPersonActs();
        app.MapLeadActs();
        app.MapSeatActs();
        app.MapFees();
        app.MapCorrespondence();
        app.MapPrivacy();
        app.MapEnquiries();
        app.MapImports();
        app.MapEnrolments();
        app.MapDesk();
        app.MapReports();
    }

    private static async Task<int> ServeAsync(StartUp start, CommandLine asked)
    {
        var (builder, logger) = (start.Builder, start.Logger);
        if (Chores.Refuse(asked, start) is { } refused) return refused;
        await using var server = await start.ReachDatabaseAsync(Chores.WorksBeside(asked));
        AddServices(builder, server.Connection);
        builder.Services.AddHealthWatch();
        if (server.Ours is { } ours)
            builder.Services.AddHostedService(sp => ActivatorUtilities.CreateInstance<PrivatePostgresKeeper>(sp, ours));
        await using var app = builder.Build();
        Configure(app);
        _ = app.Services.GetRequiredService<IDocumentStore>(); // what can be made without the server is made while that starts
        await server.ReadyAsync();
        if (await Chores.CarryOutAsync(asked, app.Services, logger) is { } done) return done;
        await RestorationNote.TellAsync(StartUp.DataFolder(builder), server.Connection, logger, default);
        await start.MigrateAsync(server.Connection, asked, app.Services);
        if (await Chores.PackAsync(asked, server) is { } packed) return packed;
        if (await start.CarryOutAsync(asked, app.Services) is { } code) return code;
        await app.Services.GetRequiredService<Eraser>().ReconcileAsync(default);
        await app.Services.GetRequiredService<NightClock>().BeginAsync(default);
        await StoredKeys.MakeFirstAsync(app.Services, server.Connection, logger);
        await start.GreetAsync(app.Services);
        await start.ServeAsync(app);
        return 0;
    }
}

using System.Globalization;
using Crm.Accounts;
using Crm.Assignment;
using Crm.Correspondence;
using Crm.Counselling;
using Crm.Courses;
using Crm.Desk;
using Crm.Enquiries;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
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
    /// Serves until stopped; or, with <c>--seed demo</c>, fills an empty database with a demo institute first; or, with
    /// <c>migration NAME</c>, has Marten write the next script of <c>migrations/</c> and ends.
    /// </summary>
    public static async Task<int> RunAsync(string[] args)
    {
        // What is written into forms is read from them in the same way, whatever the machine's language.
        CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        return await StartUp.SayWhyNotAsync(args, start => ServeAsync(start, args));
    }

    /// <param name="connection">Of a database that is migrated before the app starts.</param>
    public static void AddServices(WebApplicationBuilder builder, string connection)
    {
        var (services, configuration, data) = (builder.Services, builder.Configuration, StartUp.DataFolder(builder));
        Assets.Add(builder);
        builder.WebHost.ConfigureKestrel(k => k.AddServerHeader = false);
        var source = MartenSetup.Connect(connection);
        services.AddSingleton(source);
        services.AddMarten(options => MartenSetup.Configure(options, source)).UseLightweightSessions();
        services.AddDataProtection().SetApplicationName("Enrolment");
        services.Configure<KeyManagementOptions>(o => o.XmlRepository = new StoredKeys(source));
        services.AddAntiforgery(o => o.Cookie.Name = "enrolment.form");
        services.AddLimits(configuration);
        services.AddJobs(configuration, connection);
        services.AddHealth(configuration, data);
        services.AddInstitute(configuration);
        services.AddWeb();
        services.AddMessaging(configuration, Path.Combine(data, "outbox"));
        services.AddAccounts();
        services.AddCourses();
        services.AddPeople();
        services.AddSeats();
        services.AddLeads();
        services.AddAssignment();
        services.AddFees();
        services.AddCorrespondence();
        services.AddEnquiries();
        services.AddCounselling();
        services.AddEnrolments();
        services.AddDesk();
    }

    /// <summary>The order in which requests are handled, and every route.</summary>
    public static void Configure(WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseErrorPages();
        app.UseHead();
        app.UseRouting();
        app.UseUnknownAddresses();
        app.UseCurrentInstitute();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseRateLimiter();
        app.UseReadableForms();
        app.UseHeldForms();
        app.UseCsrf();
        Assets.Map(app);
        MapRooms(app.MapPages());
    }

    private static void MapRooms(RouteGroupBuilder app)
    {
        app.MapHealth();
        app.MapAccounts();
        app.MapCourses();
        app.MapMessaging();
        app.MapPersonActs();
        app.MapLeadActs();
        app.MapSeatActs();
        app.MapFees();
        app.MapCorrespondence();
        app.MapPrivacy();
        app.MapEnquiries();
        app.MapEnrolments();
        app.MapDesk();
        app.MapReports();
    }

    private static async Task<int> ServeAsync(StartUp start, string[] args)
    {
        var (builder, logger) = (start.Builder, start.Logger);
        await using var postgres = start.GivenDatabase is null
            ? await PrivatePostgres.StartAsync(new PrivatePostgresOptions(StartUp.DataFolder(builder)), logger)
            : null;
        // Mail that no server takes is kept there: better to say now that it cannot be.
        if (postgres is null && MessagingRoom.KeepsFiles(builder.Configuration)) PrivateFolder.Open(StartUp.DataFolder(builder));
        var connection = postgres?.ConnectionString ?? start.GivenDatabase!;
        await Migrations.ApplyAsync(connection, logger);
        AddServices(builder, connection);
        builder.Services.AddHealthWatch();
        if (postgres is not null)
            builder.Services.AddHostedService(sp => ActivatorUtilities.CreateInstance<PrivatePostgresKeeper>(sp, postgres));
        await using var app = builder.Build();
        Configure(app);
        if (await start.CarryOutAsync(args, app.Services) is { } code) return code;
        await StoredKeys.MakeFirstAsync(app.Services, connection, logger);
        await start.GreetAsync(app.Services);
        await start.ServeAsync(app);
        return 0;
    }
}

using Alba;
using Crm.Accounts;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using Crm.Messages;
using Crm.Web;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Crm.Tests;

/// <summary>The whole app on a database of its own, with a clock that stands still until a test moves it.</summary>
public sealed class TestApp : IAsyncDisposable
{
    public const string Password = "a password of tests";

    // A Monday, 10:00 in Kerala.
    public static readonly DateTimeOffset Start = new(2026, 11, 23, 4, 30, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("enrolment-data-");
    private int _phones;

    private TestApp() { }

    public IAlbaHost Host { get; private set; } = null!;
    public string ConnectionString { get; private set; } = "";
    public FakeTimeProvider Time { get; } = new(Start);
    public string DataFolder => _data.FullName;
    public IDocumentStore Store => Get<IDocumentStore>();
    public InstituteClock Clock => Get<InstituteClock>();

    /// <param name="settings">Configuration over the defaults of tests: no jobs, wide rate limits, mail kept as files.</param>
    /// <param name="services">Replaces services after the app has added its own.</param>
    /// <param name="routes">Routes of the test, mapped as the app maps its own.</param>
    public static async Task<TestApp> StartAsync(TestPostgres postgres, IReadOnlyDictionary<string, string?>? settings = null,
        Action<IServiceCollection>? services = null, Action<IEndpointRouteBuilder>? routes = null)
    {
        var app = new TestApp { ConnectionString = await postgres.CreateDatabaseAsync() };
        await app.BootAsync(settings, services, routes);
        return app;
    }

    /// <summary>A second process on the same database, as after a crash.</summary>
    public async Task<TestApp> StartAnotherAsync(IReadOnlyDictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null)
    {
        var app = new TestApp { ConnectionString = ConnectionString };
        app.Time.SetUtcNow(Time.GetUtcNow());
        await app.BootAsync(settings, services);
        return app;
    }

    public T Get<T>() where T : notnull => Host.Services.GetRequiredService<T>();

    public async Task<User> AddUserAsync(string name, string role = Roles.Counsellor)
    {
        using var scope = Host.Services.CreateScope();
        var user = new User { Name = name, Role = role, Email = $"{name.Split(' ')[0].ToLowerInvariant()}@institute.example" };
        var result = await scope.ServiceProvider.GetRequiredService<UserManager<User>>().CreateAsync(user, Password);
        Assert.True(result.Succeeded, result.ToString());
        return user;
    }

    public async Task<Course> AddCourseAsync(string code = "CPC", decimal fee = 42_000)
    {
        var course = new Course
        {
            Id = Guid.CreateVersion7(),
            Code = code,
            Name = $"{code} Preparation",
            Summary = "Coding, taught from real charts.",
            Audience = "Graduates in life sciences.",
            Certification = "CPC",
            Weeks = 20,
            Fee = fee,
            Modules = [new CourseModule("Medical terminology", 24), new CourseModule("ICD-10-CM in depth", 48)],
        };
        await StoreAsync(course);
        return course;
    }

    public async Task<Batch> AddBatchAsync(Course course, int seats = 10, string? code = null)
    {
        var batch = new Batch { Id = Guid.CreateVersion7(), CourseId = course.Id, Code = code ?? course.Code + "-2701", StartsOn = Clock.Today.AddDays(30), Schedule = "Mon–Fri, 10:00–12:30", Seats = seats };
        await StoreAsync(batch);
        return batch;
    }

    /// <summary>A lead received through the same door as the public form's.</summary>
    public async Task<Lead> AddLeadAsync(Course course, string name = "Anjali Nair", string? email = "anjali@mail.example", string? phone = null, LeadSource? source = null)
    {
        phone ??= $"+9198470{Interlocked.Increment(ref _phones):00000}";
        var enquiry = await Get<EnquiryIntake>().ReceiveAsync(new NewEnquiry(Guid.CreateVersion7(), name, phone, email, course, PreferredTime.Anytime, source ?? LeadSource.Direct, "Agreed", null), default);
        return await LoadAsync<Lead>(enquiry.LeadId);
    }

    public async Task StoreAsync<T>(T document) where T : notnull
    {
        await using var session = Store.LightweightSession();
        session.Store(document);
        await session.SaveChangesAsync();
    }

    public async Task<T> LoadAsync<T>(Guid id) where T : notnull
    {
        await using var session = Store.QuerySession();
        return Assert.IsType<T>(await session.LoadAsync<T>(id));
    }

    public async Task<IReadOnlyList<T>> AllAsync<T>() where T : notnull
    {
        await using var session = Store.QuerySession();
        return await session.Query<T>().ToListAsync();
    }

    public async Task<IReadOnlyList<object>> EventsAsync(Guid lead)
    {
        await using var session = Store.QuerySession();
        return [.. (await session.Events.FetchStreamAsync(lead)).Select(e => e.Data)];
    }

    public Task DeliverAsync() => Get<OutboxDelivery>().DeliverDueAsync(default);

    public Browser Browse() => new(Host.Server.CreateHandler());

    /// <summary>A browser whose person has signed in through the sign-in page.</summary>
    public async Task<Browser> SignInAsync(User user)
    {
        var browser = Browse();
        await browser.GetAsync("/signin");
        var page = await browser.SubmitAsync("form[action='/signin']", new() { ["email"] = user.Email, ["password"] = Password });
        Assert.Equal("/today", page.Path);
        return browser;
    }

    public async Task<Browser> SignInAsync(string role) => await SignInAsync(await AddUserAsync(role == Roles.Manager ? "Beena Thomas" : "Divya Menon", role));

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _data.Delete(recursive: true);
    }

    private async Task BootAsync(IReadOnlyDictionary<string, string?>? settings, Action<IServiceCollection>? services, Action<IEndpointRouteBuilder>? routes = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Folder"] = DataFolder,
            ["Jobs:Enabled"] = "false",
            ["RateLimits:EnquiriesPerMinute"] = "100000",
            ["RateLimits:SignInsPerMinute"] = "100000",
            ["Institute:PublicUrl"] = "http://localhost",
        });
        if (settings is not null) builder.Configuration.AddInMemoryCollection(settings);
        EnrolmentApp.AddServices(builder, ConnectionString);
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.Configure<PasswordHasherOptions>(o => o.IterationCount = 1); // tests sign in often, and guard nothing
        services?.Invoke(builder.Services);
        Host = await AlbaHost.For(builder, app =>
        {
            EnrolmentApp.Configure(app);
            routes?.Invoke(app.MapPages());
        });
    }
}

using System.Globalization;
using Alba;
using Crm.Accounts;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Crm.Startup;
using Crm.Storage;
using Crm.Web;
using Hangfire;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
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
    private Action? _over;

    private TestApp() { }

    public IAlbaHost Host { get; private set; } = null!;
    public string ConnectionString { get; private set; } = "";
    public FakeTimeProvider Time { get; } = new(Start);
    public string DataFolder => _data.FullName;
    public IDocumentStore Store => Get<IDocumentStore>();
    public InstituteClock Clock => Get<InstituteClock>();

    /// <summary>How long a claim on a message holds.</summary>
    public TimeSpan Lease => Get<IOptions<SmtpOptions>>().Value.Lease;

    /// <param name="settings">Configuration over the defaults of tests: no jobs, wide rate limits, mail kept as files.</param>
    /// <param name="services">Replaces services after the app has added its own.</param>
    /// <param name="routes">Routes of the test, mapped as the app maps its own.</param>
    /// <param name="described">Whether a manager has described the institute.</param>
    public static async Task<TestApp> StartAsync(TestPostgres postgres, IReadOnlyDictionary<string, string?>? settings = null,
        Action<IServiceCollection>? services = null, Action<IEndpointRouteBuilder>? routes = null, bool described = true)
    {
        var app = await StartOnAsync(await postgres.CreateDatabaseAsync(), settings, services, routes, described);
        app._over = () => postgres.GiveBack(app.ConnectionString);
        return app;
    }

    /// <summary>On a database that the test has prepared.</summary>
    public static async Task<TestApp> StartOnAsync(string database, IReadOnlyDictionary<string, string?>? settings = null,
        Action<IServiceCollection>? services = null, Action<IEndpointRouteBuilder>? routes = null, bool described = true)
    {
        var app = new TestApp { ConnectionString = database };
        await app.BootAsync(settings, services, routes);
        if (described) await app.DescribeAsync();
        return app;
    }

    /// <summary>On a database with nothing in it, which it migrates first.</summary>
    public static async Task<TestApp> StartOnEmptyAsync(string connection)
    {
        await Migrations.ApplyAsync(connection, NullLogger.Instance);
        var app = new TestApp { ConnectionString = connection };
        await app.BootAsync(null, null);
        await app.DescribeAsync();
        return app;
    }

    /// <summary>A second process on the same database, as after a crash.</summary>
    public async Task<TestApp> StartAnotherAsync(
        IReadOnlyDictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null)
    {
        _over = null; // it may live longer than this one
        var app = new TestApp { ConnectionString = ConnectionString };
        app.Time.SetUtcNow(Time.GetUtcNow());
        await app.BootAsync(settings, services);
        await app.Get<CurrentInstitute>().RefreshAsync(default, now: true);
        return app;
    }

    public ILogger<T> Logger<T>() => Get<ILogger<T>>();

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
            Fee = Money.FromRupees(fee),
            Modules = [new CourseModule("Medical terminology", 24), new CourseModule("ICD-10-CM in depth", 48)],
        };
        await StoreAsync(course);
        return course;
    }

    public async Task<Batch> AddBatchAsync(Course course, int seats = 10, string? code = null)
    {
        var batch = new Batch
        {
            Id = Guid.CreateVersion7(),
            CourseId = course.Id,
            Code = code ?? course.Code + "-2701",
            StartsOn = Clock.Today.AddDays(30),
            Schedule = "Mon–Fri, 10:00–12:30",
            Seats = seats,
        };
        await StoreAsync(batch);
        return batch;
    }

    /// <summary>A lead received through the same door as the public form's.</summary>
    /// <param name="phone">As typed; a number of its own where null.</param>
    public async Task<Lead> AddLeadAsync(
        Course course, string name = "Anjali Nair", string? email = "anjali@mail.example", string? phone = null, LeadSource? source = null,
        Actor? by = null)
    {
        phone ??= $"+9198470{Interlocked.Increment(ref _phones):00000}";
        var number = PhoneNumber.Read(phone, "IN").Number ?? throw new ArgumentException($"{phone} is no phone number.", nameof(phone));
        var given = email is null ? null : EmailAddress.FromStored(email);
        var enquiry = await Get<Intake>().ReceiveAsync(new NewEnquiry(Guid.CreateVersion7(), PersonName.Read(name).Name!, [number],
            given, course, PreferredTime.Anytime, source ?? LeadSource.Direct, "Agreed", null, by ?? Actor.Applicant), default);
        return await LoadAsync<Lead>(enquiry.LeadId);
    }

    /// <summary>
    /// A lead told by its events alone, with a person of its own. Events
    /// that bring no time of their own happen when it was received.
    /// </summary>
    public async Task<Lead> TellAsync(
        string name, DateTimeOffset at, User? counsellor = null, string source = "Direct", Guid? course = null,
        string phone = "+919847012345", string? email = null, string reference = "L-AAAAAA", params LeadEvent[] then)
    {
        await using var session = Store.LightweightSession();
        var person = PersonWriter.Register(session, new PersonRegistered(PersonName.FromStored(name), [PhoneNumber.FromE164(phone)],
            email is null
                ? null
                : EmailAddress.FromStored(email), Standing.Given, "Agreed", "Public form"), new Stamp(Actor.Applicant, at));
        var received = new LeadReceived(reference, person.Id, new CourseRef(course ?? Guid.NewGuid(), "CPC", "CPC"), PreferredTime.Anytime,
            new LeadSource(source), null);
        List<LeadEvent> events = [received,
            .. counsellor is null ? [] : new LeadEvent[] { new LeadAssigned(counsellor.Id, counsellor.Name) }, .. then];
        var id = Guid.NewGuid();
        session.Events.StartStream<Lead>(id, events.Select(e => e.At == default ? e with { At = at } : e));
        session.Store(new Enquiry { Id = Guid.NewGuid(), LeadId = id, Reference = reference, ReceivedAt = at });
        await session.SaveChangesAsync();
        return await LoadAsync<Lead>(id);
    }

    /// <summary>Appends to a lead what a rule decides, as the program itself.</summary>
    public Task<Lead?> ChangeAsync(Lead lead, Func<Lead, IReadOnlyList<LeadEvent>> rule, Actor? by = null) =>
        Get<LeadWriter>().ChangeAsync(lead.Id, Now(by), rule, default);

    /// <summary>Whoever acts now.</summary>
    public Stamp Now(Actor? by = null) => new(by ?? Actor.System, Clock.Now);

    /// <summary>Sends an act's form, as signed-in staff would from the lead's page, without the page.</summary>
    public async Task<Lead?> ActAsync<TAct>(Guid lead, User user, params (string Field, string Value)[] typed) where TAct : LeadAct
    {
        var form = new Form();
        foreach (var (field, value) in typed) form[field] = value;
        var act = Host.Services.GetServices<LeadAct>().OfType<TAct>().Single();
        var after = await Get<LeadWriter>().ChangeAsync(lead, Now(Actor.Staff(user.Id, user.Name)),
            work => act.DecideAsync(new LeadForm(work.Lead, work.Stamp, form, work.Session, Clock), default), default);
        if (!form.Ok) throw new Refusal(form.FirstError());
        return after;
    }

    /// <summary>Carries out an act on a seat as its page would.</summary>
    /// <exception cref="Refusal">It was refused.</exception>
    public async Task OnSeatAsync<TAct>(Guid seat, User user, params (string Field, string Value)[] typed) where TAct : SeatAct
    {
        var form = new Form();
        foreach (var (field, value) in typed) form[field] = value;
        var act = Host.Services.GetServices<SeatAct>().OfType<TAct>().Single();
        var shown = await LoadAsync<Enrolment>(seat);
        await Get<SeatWriter>().ChangeAsync(seat, Now(Actor.Staff(user.Id, user.Name)),
            work => act.DecideAsync(new SeatForm(work.Seat, work.Stamp, form, work.Session, Clock), default), default,
            session => act.LockAsync(shown, session, default));
        if (!form.Ok) throw new Refusal(form.FirstError());
    }

    /// <summary>Has a lead take a seat, paid in equal parts from a day on; from today where none is given.</summary>
    public async Task<Enrolment> EnrolAsync(
        Lead lead, User user, Batch batch, int instalments = 1, decimal discount = 0, string? from = null)
    {
        await ActAsync<Enrol>(lead.Id, user, ("batchId", batch.Id.ToString()), ("instalments", $"{instalments}"),
            ("discount", discount.ToString(CultureInfo.InvariantCulture)), ("firstDueOn", from ?? $"{Clock.Today:yyyy-MM-dd}"));
        return Assert.Single(await AllAsync<Enrolment>(), e => e.LeadId == lead.Id && e.IsCurrent);
    }

    /// <summary>Has the institute be another than it was, such as one that is registered for tax.</summary>
    public async Task DescribeAsync(Action<InstituteProfile> change)
    {
        var profile = await LoadAsync<InstituteProfile>(InstituteProfile.TheOne);
        change(profile);
        await StoreAsync(profile);
        await Get<CurrentInstitute>().RefreshAsync(default, now: true);
    }

    public Task<Person> PersonOfAsync(Lead lead) => LoadAsync<Person>(lead.PersonId);

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

    public Browser Browse() => new(Host.Server.CreateHandler(), address: Get<IOptions<InstituteOptions>>().Value.PublicUrl);

    /// <summary>Somebody's browser, with what it keeps, whose requests this process now answers.</summary>
    public Browser Browse(Browser whose) => new(Host.Server.CreateHandler(), whose);

    /// <summary>A browser whose person has signed in through the sign-in page.</summary>
    public async Task<Browser> SignInAsync(User user)
    {
        var browser = Browse();
        await browser.GetAsync("/signin");
        var page = await browser.SubmitAsync("form[action='/signin']", new() { ["email"] = user.Email, ["password"] = Password });
        Assert.Contains(page.Path, new[] { "/today", "/dues", "/leads" });
        return browser;
    }

    public async Task<Browser> SignInAsync(string role) =>
        await SignInAsync(await AddUserAsync(role == Roles.Manager ? "Beena Thomas" : "Divya Menon", role));

    /// <summary>Has somebody choose a new password with a link that was sent to them.</summary>
    public async Task ChoosePasswordAsync(User user, string password)
    {
        using var browser = Browse();
        var link = await Get<AccessLinks>().MakeAsync(user.Id, AccessLinks.ResetLasts, default);
        await browser.GetAsync(new Uri(link).PathAndQuery);
        await browser.SubmitAsync("form[method=post]", new() { ["password"] = password });
        Assert.Equal("Your password is set", browser.Page.One("h1").TextContent);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _data.Delete(recursive: true);
        _over?.Invoke();
    }

    private async Task BootAsync(
        IReadOnlyDictionary<string, string?>? settings, Action<IServiceCollection>? services, Action<IEndpointRouteBuilder>? routes = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Folder"] = DataFolder,
            ["Jobs:Enabled"] = "false",
            ["RateLimits:EnquiriesAtOnce"] = "100000",
            ["RateLimits:EnquiriesPerPhone"] = "100000",
            ["RateLimits:EnquiriesPerCourse"] = "100000",
            ["RateLimits:EnquiriesPerHour"] = "100000",
            ["RateLimits:MailsPerAddress"] = "100000",
            ["RateLimits:SignInsPerMinute"] = "100000",
            ["Institute:PublicUrl"] = "http://localhost",
        });
        if (settings is not null) builder.Configuration.AddInMemoryCollection(settings);
        EnrolmentApp.AddServices(builder, ConnectionString);
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.Configure<PasswordHasherOptions>(o => o.IterationCount = 1); // tests sign in often, and guard nothing
        if (!Jobs.Enabled(builder.Configuration)) builder.Services.AddSingleton<IBackgroundJobClient, JobsOfNobody>();
        services?.Invoke(builder.Services);
        Host = await AlbaHost.For(builder, app =>
        {
            EnrolmentApp.Configure(app);
            routes?.Invoke(app.MapPages());
        });
    }

    /// <summary>Has a manager describe the institute, without which nobody is written to.</summary>
    private async Task DescribeAsync()
    {
        await StoreAsync(new InstituteProfile
        {
            Name = "Periyar School of Medical Coding",
            Tagline = "Careers in medical coding, taught by working coders",
            Address = "2nd Floor, Chittoor Road, Ernakulam, Kerala 682011",
            Phone = "+91 484 290 0100",
            Email = "admissions@periyar.example",
            Website = "https://periyar.example",
            LetterText = "Please keep this letter.",
            BrochureSteps = "Talk to your counsellor.\nSit in on a class.\nAccept the offer.",
            CommonQuestions = "class timings",
        });
        await Get<CurrentInstitute>().RefreshAsync(default, now: true);
    }
}

using Crm.Accounts;
using Crm.Correspondence;
using Crm.Courses;
using Crm.Institute;
using Crm.Seats;
using Marten;
using Microsoft.AspNetCore.Identity;

namespace Crm.Demo;

/// <summary>
/// Fills an empty database with a believable institute: courses, batches, staff, and a year of leads told by the app's own rules.
/// </summary>
public static class DemoSeed
{
    public const int LeadCount = 2000;
    private const int LeadsPerTransaction = 100;

    /// <param name="password">For all of the demo's staff; a random one, written to the log, where null.</param>
    public static async Task RunAsync(IServiceProvider services, ILogger logger, string? password = null, int leadCount = LeadCount)
    {
        var store = services.GetRequiredService<IDocumentStore>();
        if (await HoldsAnInstituteAsync(store))
        {
            logger.LogWarning("The database already holds an institute; nothing was seeded");
            return;
        }
        var clock = services.GetRequiredService<InstituteClock>();
        var random = new Random(68220); // any constant: the same day gives the same demo
        var courses = DemoCourses.Make();
        var batches = MakeBatches(courses, clock.Today, random);
        password ??= "demo-" + Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4));
        var staff = await MakeStaffAsync(services, password);
        var counsellors = staff.Where(u => u.Role == Roles.Counsellor).ToList();
        await StoreAsync(store, [DemoInstitute.Make(), .. courses]);
        await services.GetRequiredService<CurrentInstitute>().RefreshAsync(default, now: true);
        var teller = new LeadTeller(courses, batches, counsellors, services.GetRequiredService<Letters>(), clock, random);
        await TellAsync(store, teller, leadCount);
        await StoreAsync(store, batches);
        var payments = new DemoPayments(services.GetRequiredService<SeatWriter>(), services.GetRequiredService<CurrentInstitute>(), clock,
            [.. staff.Take(2).Select(u => Actor.Staff(u.Id, u.Name))], random);
        await payments.TellAsync(store, default);
        await new DemoBatches(services, clock, Actor.Staff(staff[0].Id, staff[0].Name), random).TellAsync(default);
        logger.LogInformation("Seeded {Courses} courses, {Batches} batches and {Leads} leads; all people and numbers are made up",
            courses.Count, batches.Count, leadCount);
        foreach (var user in staff.Take(2))
            logger.LogInformation("Sign in as {Role} {Email} with the password {Password}", user.Role, user.Email, password);
    }

    private static async Task<bool> HoldsAnInstituteAsync(IDocumentStore store)
    {
        await using var query = store.QuerySession();
        return await query.Query<Course>().AnyAsync();
    }

    private static async Task StoreAsync(IDocumentStore store, IEnumerable<object> documents)
    {
        await using var session = store.LightweightSession();
        session.StoreObjects(documents);
        await session.SaveChangesAsync();
    }

    private static async Task TellAsync(IDocumentStore store, LeadTeller teller, int leadCount)
    {
        var received = Enumerable.Range(0, leadCount).Select(_ => teller.EnquiryTime()).Order().ToList();
        foreach (var part in received.Chunk(LeadsPerTransaction))
        {
            await using var session = store.LightweightSession();
            foreach (var at in part) teller.Tell(at).StoreIn(session);
            await session.SaveChangesAsync();
        }
    }

    private static async Task<IReadOnlyList<User>> MakeStaffAsync(IServiceProvider services, string password)
    {
        using var scope = services.CreateScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        var made = new List<User>();
        foreach (var (name, role, phone) in new[]
        {
            ("Beena Thomas", Roles.Manager, "+914842900101"),
            ("Divya Menon", Roles.Counsellor, "+914842900102"),
            ("Ashik Rahman", Roles.Counsellor, "+914842900103"),
            ("Rosemary Kurian", Roles.Counsellor, "+914842900104"),
            ("Sandeep Nair", Roles.Counsellor, "+914842900105"),
        })
        {
            var email = name.Split(' ')[0].ToLowerInvariant() + "@periyar.example";
            var user = new User { Name = name, Role = role, Phone = PhoneNumber.FromE164(phone), Email = email };
            var result = await users.CreateAsync(user, password);
            if (!result.Succeeded) throw new InvalidOperationException($"{user.Email} could not be made: {result}");
            made.Add(user);
        }
        return made;
    }

    // A batch of each course every ten weeks, from a year ago to five months ahead.
    private static List<Batch> MakeBatches(IReadOnlyList<Course> courses, DateOnly today, Random random)
    {
        (string Text, TeachingMode Mode)[] schedules =
        [
            ("Mon–Fri, 10 AM–12:30 PM", TeachingMode.Classroom),
            ("Mon–Fri, 6:30–8:30 PM", TeachingMode.Online),
            ("Sat and Sun, 9:30 AM–1:30 PM", TeachingMode.Classroom),
            ("Mon–Thu, 2–4:30 PM", TeachingMode.Hybrid),
        ];
        var batches = new List<Batch>();
        foreach (var (course, i) in courses.Select((c, i) => (c, i)))
        {
            var start = today.AddDays(-360 + 9 * i);
            for (var run = 0; start < today.AddDays(150); run++, start = start.AddDays(70))
            {
                var monday = start.AddDays((8 - (int)start.DayOfWeek) % 7);
                var (text, mode) = schedules[(i + run) % schedules.Length];
                batches.Add(new Batch
                {
                    Id = Guid.CreateVersion7(),
                    CourseId = course.Id,
                    Code = $"{course.Code}-{monday:yyMM}",
                    StartsOn = monday,
                    EndsOn = monday.AddDays(course.Weeks * 7 - 3),
                    Schedule = text,
                    Mode = mode,
                    Seats = course.Code == "CPC" ? 24 : random.Next(10, 19),
                });
            }
        }
        return batches;
    }
}

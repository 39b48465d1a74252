using System.Net;
using Crm.Accounts;
using Crm.Correspondence;
using Crm.Courses;
using Crm.Demo;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Marten;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Tests.Demo;

/// <summary>The demo institute: believable, and never in a state that the app itself could not reach.</summary>
public sealed class SeedTests(TestPostgres postgres, SharedApps apps) : IClassFixture<SharedApps>
{
    [Fact]
    public async Task The_demo_is_an_institute_with_a_year_behind_it()
    {
        var app = await SharedAsync();
        var leads = await app.AllAsync<Lead>();
        var now = app.Clock.Now;

        Assert.Equal(6, (await app.AllAsync<Course>()).Count);
        Assert.Equal((1, 4),
            ((await app.AllAsync<User>()).Count(u => u.Role == Roles.Manager),
            (await app.AllAsync<User>()).Count(u => u.Role == Roles.Counsellor)));
        Assert.Equal(2000, leads.Count);
        Assert.InRange(leads.Min(l => l.ReceivedAt), now.AddDays(-366), now.AddDays(-330));
        Assert.InRange(leads.Max(l => l.ReceivedAt), now.AddDays(-2), now);
        Assert.Equal(Enum.GetValues<Stage>(), leads.Select(l => l.Stage).Distinct().Order());
        var due = leads.Where(l => l.FollowUpDueAt is not null).Select(l => l.FollowUpDueAt!.Value).ToList();
        Assert.Contains(due, d => d < app.Clock.StartOf(app.Clock.Today));
        Assert.Contains(due, d => d >= now && d < app.Clock.StartOf(app.Clock.Today.AddDays(1)));
        Assert.Contains(due, d => d >= app.Clock.StartOf(app.Clock.Today.AddDays(1)));
    }

    [Fact]
    public async Task No_batch_of_the_demo_is_overbooked_and_each_seat_taken_has_its_enrolment()
    {
        var app = await SharedAsync();
        var (batches, enrolments, leads) = (await app.AllAsync<Batch>(), await app.AllAsync<Enrolment>(), await app.AllAsync<Lead>());
        var taken = enrolments.Where(e => e.IsCurrent).CountBy(e => e.BatchId).ToDictionary();

        Assert.Contains(batches, b => b.StartsOn > app.Clock.Today && b.HasSeatAt(app.Clock.Now));
        Assert.Contains(batches, b => b.SeatsTaken > 0);
        Assert.All(batches, b =>
        {
            Assert.InRange(b.SeatsTaken, 0, b.Seats);
            Assert.Equal(taken.GetValueOrDefault(b.Id), b.SeatsTaken);
        });
        Assert.Equal(leads.Where(l => l.Stage == Stage.Enrolled).Select(l => l.EnrolmentId!.Value).Order(),
            enrolments.Where(e => e.IsCurrent).Select(e => e.Id).Order());
        Assert.Contains(enrolments, e => e.Left is { IsWithdrawal: true });
        Assert.Contains(enrolments, e => e.Left is { IsWithdrawal: false });
        Assert.Contains(batches, b => b.Waiting > 0);
        Assert.Contains(await app.AllAsync<AttendanceDay>(), d => d.Marks.Count > 0);
        Assert.All(enrolments, e => Assert.Equal(e.Net, e.Instalments.Aggregate(Money.Zero, (sum, i) => sum + i.Amount)));
    }

    [Fact]
    public async Task Its_books_agree_with_its_seats_and_its_receipts_run_with_the_days()
    {
        var app = await SharedAsync();
        var (seats, lines, receipts) = (await app.AllAsync<Enrolment>(), await app.AllAsync<LedgerEntry>(), await app.AllAsync<Receipt>());
        var bySeat = lines.ToLookup(l => l.EnrolmentId);

        Assert.All(seats, s => Assert.Equal(s.Net - s.Balance, bySeat[s.Id].Aggregate(Money.Zero, (sum, l) => sum + l.Amount)));
        Assert.Contains(seats, s => s.Balance == Money.Zero);
        Assert.Contains(seats, s => s.DueBy(app.Clock.Today) > Money.Zero);
        Assert.Contains(lines, l => l.Kind == EntryKind.Bounce);
        foreach (var year in receipts.GroupBy(r => r.Number[..^4]))
        {
            var numbered = year.OrderBy(r => r.Number, StringComparer.Ordinal).ToList();
            Assert.Equal(Enumerable.Range(1, numbered.Count).Select(n => $"{year.Key}{n:0000}"), numbered.Select(r => r.Number));
            Assert.Equal(numbered.Select(r => r.IssuedOn).Order(), numbered.Select(r => r.IssuedOn));
        }
    }

    [Fact]
    public async Task Nothing_in_the_demo_happens_before_its_time()
    {
        var app = await SharedAsync();
        await using var session = app.Store.QuerySession();

        var events = (await session.Events.QueryAllRawEvents().ToListAsync()).GroupBy(e => e.StreamId);

        Assert.Equal(2000, events.Count(s => s.Any(e => e.Data is LeadReceived)));
        Assert.All(events, stream =>
        {
            var times = stream.OrderBy(e => e.Version).Select(e => ((StoredEvent)e.Data).At).ToList();
            Assert.Equal(times.Order(), times);
            Assert.True(times[^1] <= app.Clock.Now);
            Assert.True(stream.MinBy(e => e.Version)!.Data is LeadReceived or PersonRegistered or SeatTaken);
        });
    }

    [Fact]
    public async Task The_leads_of_the_demo_are_what_their_events_make_them()
    {
        var app = await SharedAsync();
        await using var session = app.Store.QuerySession();
        var leads = (await app.AllAsync<Lead>()).Where((_, i) => i % 40 == 0).ToList();

        foreach (var lead in leads) Assert.Equivalent(await session.Events.AggregateStreamAsync<Lead>(lead.Id), lead, strict: true);

        Assert.Equal(50, leads.Count);
    }

    [Fact]
    public async Task Seeding_sends_no_old_mail()
    {
        var app = await SharedAsync();

        Assert.Equal([MessageStatus.Queued, MessageStatus.Sent],
            (await app.AllAsync<OutboxMessage>()).Select(m => m.Status).Distinct().Order());
        Assert.All(await app.AllAsync<OutboxMessage>(),
            m => Assert.True(m.Status == MessageStatus.Sent || m is { Kind: MessageKinds.Reminder, ToApplicant: false }, m.Subject));
    }

    [Fact]
    public async Task A_database_that_holds_an_institute_is_not_seeded()
    {
        await using var app = await TestApp.StartAsync(postgres, described: false);
        await DemoSeed.RunAsync(app.Host.Services, NullLogger.Instance, TestApp.Password, 100);

        await DemoSeed.RunAsync(app.Host.Services, NullLogger.Instance, "another password of tests", 100);

        Assert.Equal((100, 6, 5),
            ((await app.AllAsync<Lead>()).Count, (await app.AllAsync<Course>()).Count, (await app.AllAsync<User>()).Count));
    }

    [Theory]
    [InlineData(Roles.Manager)]
    [InlineData(Roles.Counsellor)]
    public async Task Its_staff_sign_in_and_every_page_opens(string role)
    {
        var app = await SharedAsync();
        var user = (await app.AllAsync<User>()).Where(u => u.Role == role).OrderBy(u => u.Name).First();
        var leads = await app.AllAsync<Lead>();

        using var browser = await app.SignInAsync(user);

        string[] pages =
        [
            "/today", "/leads", "/leads/board", "/batches", .. role == Roles.Manager
                ? ["/reports", "/outbox", "/institute", "/duplicates"]
                : Array.Empty<string>(),
            .. Enum.GetValues<Stage>().Select(s => "/leads/" + leads.First(l => l.Stage == s).Id),
        ];
        foreach (var path in pages) Assert.Equal((path, HttpStatusCode.OK), (path, (await browser.GetAsync(path)).Status));
    }

    [Fact]
    public async Task The_demo_has_families_on_one_phone_second_courses_and_duplicates_to_find()
    {
        var app = await SharedAsync();
        var (people, leads) = (await app.AllAsync<Person>(), await app.AllAsync<Lead>());

        Assert.Contains(people.GroupBy(p => p.Phone!.E164), g => g.Select(p => p.Name.Text).Distinct().Count() > 1);
        Assert.Contains(leads.GroupBy(l => l.PersonId),
            g => g.Any(l => l.Stage == Stage.Enrolled) && g.Select(l => l.CourseId).Distinct().Count() > 1);
        Assert.NotEmpty(await app.AllAsync<PossibleDuplicate>());
    }

    // Looked at by all tests, and changed by none.
    private Task<TestApp> SharedAsync() => apps.OnceAsync(async app =>
    {
        await DemoSeed.RunAsync(app.Host.Services, NullLogger.Instance, TestApp.Password);
        return app;
    }, described: false);
}

using Crm.Accounts;
using Crm.Changes;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Privacy;
using Crm.Reports;
using Crm.Seats;
using Marten;
using Npgsql;

namespace Crm.Tests.Reports;

/// <summary>Whatever staff do, in whatever order: right after each act the flat tables say what the leads and seats say.</summary>
public sealed class FunnelHistoryTests(TestPostgres postgres)
{
    private static readonly string[] Sources = ["Google", "Fair", "Walk in", "Alumni", "Poster"];

    private static readonly HashSet<string> Acts = ["enquiry", "move", "assign", "lose", "enrol", "leave seat", "import", "undo", "join"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task After_every_act_of_a_random_history_the_flat_tables_say_what_the_leads_say(int seed)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var history = await History.BeginAsync(app, new Random(seed));

        // What is drawn also depends on ids: until each act was there, and 90 of them at least.
        for (var step = 0; step < 90 || !Acts.IsSubsetOf(history.Done); step++)
        {
            Assert.True(step < 500, "Never drawn: " + string.Join(", ", Acts.Except(history.Done)));
            var act = await history.ActAsync();
            await EqualTheLeadsAsync(app, history.First, app.Clock.Today, $"step {step}, {act}");
            await EqualTheLeadsAsync(app, history.First.AddDays(20), app.Clock.Today.AddDays(-3), $"some days, step {step}, {act}");
        }

        await app.Get<FunnelBooks>().FoldAsync(default);
        var kept = await RowsAsync(app, "funnel_spans");
        await app.Get<FunnelBooks>().RebuildAsync(default);
        Assert.Equal(kept, await RowsAsync(app, "funnel_spans"));
        Assert.NotEmpty(kept);
        await EqualTheLeadsAsync(app, history.First, app.Clock.Today, "rebuilt");
    }

    [Fact]
    public async Task While_many_write_at_once_foldings_and_rebuilds_count_every_lead_once()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (course, divya) = (await app.AddCourseAsync(), await app.AddUserAsync("Divya Menon"));
        var books = app.Get<FunnelBooks>();
        using var ended = new CancellationTokenSource();
        var folding = Task.Run(async () =>
        {
            for (var i = 0; !ended.IsCancellationRequested; i++)
                await (i % 3 == 2 ? books.RebuildAsync(default) : books.FoldAsync(default));
        });

        await Task.WhenAll(Enumerable.Range(0, 6).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < 15; i++)
            {
                var lead = await app.AddLeadAsync(course, $"Anu {w} {i}", null, source: new LeadSource(Sources[i % 3]));
                await app.ChangeAsync(lead, l => LeadRules.Assign(l, divya.Id, divya.Name));
                await app.ChangeAsync(lead, l => LeadRules.MoveOn(l, Stage.Contacted));
                await EqualEnquiriesAsync(app);
            }
        })));
        await ended.CancelAsync();
        await folding;

        await EqualTheLeadsAsync(app, app.Clock.Today, app.Clock.Today, "all written");
        await books.RebuildAsync(default);
        await EqualTheLeadsAsync(app, app.Clock.Today, app.Clock.Today, "rebuilt");
    }

    [Theory]
    [InlineData("2023-01-01", "2025-12-31")]
    [InlineData("2022-12-31", "2026-01-01")]
    [InlineData("2023-01-02", "2025-12-30")]
    [InlineData("2022-11-23", "2026-11-23")]
    [InlineData("2023-02-01", "2024-01-31")]
    [InlineData("2024-01-01", "2024-12-31")]
    [InlineData("2024-04-01", "2025-03-31")]
    [InlineData("2025-12-31", "2025-12-31")]
    public async Task Years_with_the_months_and_days_around_them_say_what_the_leads_say(string from, string to)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (course, divya) = (await app.AddCourseAsync(), await app.AddUserAsync("Divya Menon"));
        // On the days where years, months and days part, and between them.
        var days = Enumerable.Range(2022, 4).SelectMany(y => new[] { (y, 12, 30), (y, 12, 31), (y + 1, 1, 1), (y + 1, 1, 2), (y + 1, 1, 31),
            (y + 1, 2, 1), (y + 1, 3, 31), (y + 1, 4, 1), (y + 1, 7, 15), (y + 1, 11, 23) })
            .Select(d => new DateOnly(d.Item1, d.Item2, d.Item3));
        foreach (var (i, day) in days.Where(d => d <= app.Clock.Today).Index())
            await app.TellAsync($"Binu {i}", app.Clock.StartOf(day), divya, Sources[i % 3], course.Id, $"+9198461{i:00000}");

        await EqualTheLeadsAsync(app, DateOnly.Parse(from), DateOnly.Parse(to), "only told");
        await app.Get<FunnelBooks>().FoldAsync(default);
        await EqualTheLeadsAsync(app, DateOnly.Parse(from), DateOnly.Parse(to), "folded");
        Assert.True((await LoadAsync(app, DateOnly.Parse(from), DateOnly.Parse(to))).Total.Enquiries > 0);
    }

    [Fact]
    public async Task Days_of_another_time_zone_are_counted_anew()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        app.Time.SetUtcNow(new DateTimeOffset(2026, 11, 23, 20, 0, 0, TimeSpan.Zero)); // tomorrow in Kerala, today in Lisbon
        await app.AddLeadAsync((await app.AllAsync<Course>())[0], "Binu George", null);
        await app.Get<FunnelBooks>().FoldAsync(default);
        await EqualTheLeadsAsync(app, new DateOnly(2026, 11, 23), new DateOnly(2026, 11, 23), "in Kerala");

        await using var moved = await app.StartAnotherAsync(new Dictionary<string, string?> { ["Institute:TimeZone"] = "Europe/Lisbon" });

        await EqualTheLeadsAsync(moved, new DateOnly(2026, 11, 23), new DateOnly(2026, 11, 23), "in Lisbon");
        Assert.Equal(2, (await LoadAsync(moved, new DateOnly(2026, 11, 23), new DateOnly(2026, 11, 23))).Total.Enquiries);
    }

    [Fact]
    public async Task A_command_makes_the_tables_anew_beside_the_program()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddLeadAsync(await app.AddCourseAsync());
        await app.Get<FunnelBooks>().FoldAsync(default);
        var kept = await RowsAsync(app, "funnel_spans");
        await using (var source = NpgsqlDataSource.Create(app.ConnectionString))
        await using (var spoil = source.CreateCommand("update enrolment.funnel_spans set enquiries = 7; delete from enrolment.funnel_zone"))
            await spoil.ExecuteNonQueryAsync();

        var (code, output) = await RunningProgram.RunAsync(app.DataFolder,
            ["rebuild-reports", "--ConnectionStrings:Enrolment=" + app.ConnectionString]);

        Assert.Equal((0, true), (code, output.Contains("are made anew", StringComparison.Ordinal)));
        Assert.Equal(kept, await RowsAsync(app, "funnel_spans"));
    }

    private static async Task<FunnelReport> LoadAsync(TestApp app, DateOnly from, DateOnly to)
    {
        await using var session = app.Store.QuerySession();
        return await FunnelReport.LoadAsync(app.Get<NpgsqlDataSource>(), session, from, to, app.Clock, default);
    }

    private static async Task EqualTheLeadsAsync(TestApp app, DateOnly from, DateOnly to, string when)
    {
        await using var session = app.Store.QuerySession();
        var walked = await WalkedFunnel.LoadAsync(app.Get<NpgsqlDataSource>(), session, from, to, app.Clock);
        Assert.Equal((when, null), (when, WalkedFunnel.Difference(walked, await LoadAsync(app, from, to))));
    }

    // By source and by counsellor are sums of the same lines, whatever is folded between.
    private static async Task EqualEnquiriesAsync(TestApp app)
    {
        var report = await LoadAsync(app, app.Clock.Today, app.Clock.Today);
        Assert.Equal(report.Total.Enquiries, report.ByCounsellor.Sum(c => c.Enquiries));
    }

    private static async Task<IReadOnlyList<string>> RowsAsync(TestApp app, string table)
    {
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = source.CreateCommand($"select t::text from enrolment.{table} t order by 1");
        await using var rows = await command.ExecuteReaderAsync();
        var all = new List<string>();
        while (await rows.ReadAsync()) all.Add(rows.GetString(0));
        return all;
    }

    private sealed class History(TestApp app, Random random, User user, IReadOnlyList<User> counsellors, Course course, Batch[] batches)
    {
        private int _made;

        public DateOnly First { get; } = app.Clock.Today.AddDays(-40);
        public HashSet<string> Done { get; } = [];

        public static async Task<History> BeginAsync(TestApp app, Random random)
        {
            var (user, course) = (await app.AddUserAsync("Beena Thomas", Roles.Manager), await app.AddCourseAsync());
            return new History(app, random, user, [await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ravi Pillai")], course,
                [await app.AddBatchAsync(course, 30, "B1"), await app.AddBatchAsync(course, 30, "B2")]);
        }

        public async Task<string> ActAsync()
        {
            app.Time.Advance(TimeSpan.FromMinutes(random.Next(1, 1500)));
            var (what, act) = Choose(await app.AllAsync<Lead>());
            try
            {
                await act();
                Done.Add(what);
                return what;
            }
            catch (Refusal refusal)
            {
                return $"{what}, refused: {refusal.Message}";
            }
        }

        private (string, Func<Task>) Choose(IReadOnlyList<Lead> leads)
        {
            if (leads.Count < 4) return ("enquiry", EnquireAsync);
            var lead = leads.OrderBy(l => l.ReceivedAt).ThenBy(l => l.SourceName, StringComparer.Ordinal)
                .ElementAt(random.Next(leads.Count));
            return random.Next(18) switch
            {
                0 or 1 => ("enquiry", EnquireAsync),
                2 or 3 => ("move", () => On(lead, l => [new StageChanged(l.Stage, random.Next(2) == 0
                    ? Stage.Contacted : Stage.Counselled, ByItself: true)])),
                4 => ("slip", () => On(lead, l => l.Moves is [var first, ..] ? [new StageMoveUndone(l.Stage, first.From, first.At)] : [])),
                5 or 6 => ("assign", () => On(lead, l => Assigned(counsellors[random.Next(2)]))),
                7 => ("lose", () => On(lead, l => LeadRules.Lose(l, LostReason.Fee, null))),
                8 => ("reopen", () => On(lead, l => LeadRules.Reopen(l, "Called back"))),
                9 or 10 => ("enrol", () => app.ActAsync<Enrol>(lead.Id, user, ("batchId", $"{batches[random.Next(2)].Id}"),
                    ("instalments", "1"), ("discount", $"{random.Next(900)}"), ("firstDueOn", $"{app.Clock.Today:yyyy-MM-dd}"))),
                11 => ("leave seat", LeaveAsync),
                12 => ("import", ImportAsync),
                13 => ("bulk", () => BulkAsync(leads)),
                14 => ("undo", UndoAsync),
                15 => ("merge", () => app.Get<MergePeople>().MergeAsync(
                    lead.PersonId, leads[random.Next(leads.Count)].PersonId, [], null, app.Now(), default)),
                16 => ("erase", () => app.Get<Eraser>().EraseAsync(lead.PersonId, ErasureReason.Asked, app.Now(),
                    AuditEntry.Of(AuditKind.Erased, app.Now()), default)),
                _ when random.Next(2) == 0 => ("fold", () => app.Get<FunnelBooks>().FoldAsync(default)),
                _ => ("join", JoinAsync),
            };
        }

        private static IReadOnlyList<LeadEvent> Assigned(User to) => [new LeadAssigned(to.Id, to.Name)];

        private Task On(Lead lead, Func<Lead, IReadOnlyList<LeadEvent>> rule) => app.ChangeAsync(lead, rule);

        // Some ask today, and of some a file tells that they asked before.
        private Task EnquireAsync() => random.Next(2) == 0
            ? app.AddLeadAsync(course, $"Anu {_made++}", null, source: new LeadSource(Sources[random.Next(Sources.Length)]))
            : app.TellAsync($"Binu {_made}", app.Clock.Now.AddDays(-random.Next(30)), random.Next(3) == 0 ? counsellors[0] : null,
                Sources[random.Next(Sources.Length)], course.Id, $"+9198461{_made++:00000}");

        private async Task LeaveAsync()
        {
            var seats = (await app.AllAsync<Enrolment>()).Where(s => s.IsCurrent)
                .OrderBy(s => s.RollNumber, StringComparer.Ordinal).ToList();
            if (seats.Count == 0) throw new Refusal("Nobody has a seat.");
            var (seat, today) = (seats[random.Next(seats.Count)], $"{app.Clock.Today:yyyy-MM-dd}");
            if (random.Next(2) == 0)
                await app.OnSeatAsync<Withdraw>(seat.Id, user, ("on", today), ("why", "leaves"));
            else
                await app.OnSeatAsync<Transfer>(seat.Id, user, ("batchId", $"{batches.First(b => b.Id != seat.BatchId).Id}"),
                    ("discount", "0"), ("instalments", "1"), ("firstDueOn", today), ("why", "moves"), ("agreed", $"{seat.Fee.Paise}"));
        }

        private async Task ImportAsync()
        {
            await using var session = app.Store.LightweightSession();
            var change = ChangeWriter.Begin(session, ChangeKind.Import, "Imported", app.Now(), Guid.CreateVersion7());
            for (var i = 0; i < 3; i++)
            {
                var person = PersonWriter.Register(session, new PersonRegistered(PersonName.FromStored($"Ciby {_made}"),
                    [PhoneNumber.FromE164($"+9198462{_made++:00000}")], null, Standing.Given, "Agreed", "Import"), app.Now());
                await app.Get<LeadWriter>().StartAsync(session, [new LeadReceived("L-222222", person.Id,
                    new CourseRef(course.Id, course.Code, course.Name), PreferredTime.Anytime, new LeadSource("Fair"), null)],
                    app.Now(), person, default);
            }
            await change.NoteAsync(session, default);
            change.End(session, app.Clock.Now);
            await session.SaveChangesAsync();
        }

        private async Task BulkAsync(IReadOnlyList<Lead> leads)
        {
            await using var session = app.Store.LightweightSession();
            foreach (var lead in leads.Where(l => l.IsOpen).Take(3))
                await app.Get<LeadWriter>().ChangeAsync(session, lead.Id, app.Now(), w => Task.FromResult(random.Next(2) == 0
                    ? Assigned(counsellors[1]) : LeadRules.Lose(w.Lead, LostReason.Timing, null)), null, default);
            ChangeWriter.Record(session, ChangeKind.Bulk, "Changed", app.Now());
            await session.SaveChangesAsync();
        }

        private async Task UndoAsync()
        {
            var changes = (await app.AllAsync<Change>()).Where(c => c.CanBeUndone).OrderBy(c => c.At).ToList();
            if (changes.Count == 0) throw new Refusal("Nothing to undo.");
            await app.Get<ChangeUndo>().UndoAsync(changes[^Math.Min(changes.Count, random.Next(1, 3))].Id, app.Now(), default);
        }

        private async Task JoinAsync()
        {
            await using var session = app.Store.LightweightSession();
            var book = await SourceBook.LoadAsync(session, default);
            if (book.Joins.Count > 0 && random.Next(2) == 0) book.Part(book.Joins[0].Name);
            else book.Join([Sources[random.Next(2)]], Sources[random.Next(2, 5)], "Beena Thomas", app.Clock.Now);
            session.Store(book);
            await session.SaveChangesAsync();
        }
    }
}

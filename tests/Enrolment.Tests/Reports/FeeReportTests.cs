using System.Globalization;
using System.Net;
using System.Text;
using Crm.Accounts;
using Crm.Courses;
using Crm.Demo;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Reports;
using Crm.Seats;
using Crm.Web;
using ExcelDataReader;
using Marten;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests.Reports;

/// <summary>What was collected, what is owed and what is in the drawer: every figure equals the books to the paisa.</summary>
public sealed class FeeReportTests(TestPostgres postgres)
{
    private static readonly MoneyStyle Style = new();

    private static async Task<FeeReport> LoadAsync(TestApp app, DateOnly from, DateOnly to)
    {
        await using var session = app.Store.QuerySession();
        return await FeeReport.LoadAsync(app.Get<NpgsqlDataSource>(), session, from, to, app.Clock.Today, default);
    }

    private static Money Sum(IEnumerable<Money> amounts) => amounts.Aggregate(Money.Zero, (sum, a) => sum + a);

    // Counted a second time, from the lines and the seats themselves.
    private static async Task EqualTheBooksAsync(TestApp app, DateOnly from, DateOnly to)
    {
        await EqualsAsync(app, from, to);
        await app.Get<FeeBooks>().SweepAsync(default);
        await EqualsAsync(app, from, to);
        await app.Get<FeeBooks>().RebuildAsync(default);
        await EqualsAsync(app, from, to);
    }

    private static async Task EqualsAsync(TestApp app, DateOnly from, DateOnly to)
    {
        var (report, seats) = (await LoadAsync(app, from, to), await app.AllAsync<Enrolment>());
        var all = await app.AllAsync<LedgerEntry>();
        var lines = all.Where(l => l.Day >= from && l.Day <= to).ToList();

        void Same(CollectionRow row, IEnumerable<LedgerEntry> of)
        {
            var mine = of.ToList();
            Assert.Equal((mine.Count(l => l.Kind == EntryKind.Payment),
                Sum(mine.Where(l => l.Kind == EntryKind.Payment).Select(l => l.Amount)),
                -Sum(mine.Where(l => l.Kind is EntryKind.Void or EntryKind.Bounce).Select(l => l.Amount)),
                -Sum(mine.Where(l => l.Kind is EntryKind.Refund or EntryKind.RefundReversal).Select(l => l.Amount)),
                Sum(mine.Select(l => l.Amount))),
                (row.Receipts, row.Received, row.Reversed, row.Refunded, row.Net));
        }
        Same(report.Total, lines);
        // Where money only went from seat to seat, or a refund was void on its own day, nothing came in or went out.
        bool ComesTo(IEnumerable<LedgerEntry> day) => day.Any(l => l.Kind is EntryKind.Payment or EntryKind.Void or EntryKind.Bounce)
            || Sum(day.Where(l => l.Kind is EntryKind.Refund or EntryKind.RefundReversal).Select(l => l.Amount)) != Money.Zero;
        Assert.Equal(lines.GroupBy(l => l.Day).Where(ComesTo).Select(d => $"{d.Key:yyyy-MM-dd}").Order(), report.ByDay.Select(r => r.Name));
        foreach (var row in report.ByDay) Same(row, lines.Where(l => $"{l.Day:yyyy-MM-dd}" == row.Name));
        foreach (var row in report.ByWay) Same(row, lines.Where(l => Format.Words(l.Way) == row.Name));
        var courses = (await app.AllAsync<Crm.Courses.Course>()).ToDictionary(c => c.Id, c => c.Name);
        foreach (var row in report.ByCourse) Same(row, lines.Where(l => courses[l.CourseId] == row.Name));
        foreach (var row in report.ByCashier) Same(row, lines.Where(l => l.By.Name == row.Name));
        foreach (var rows in new[] { report.ByDay, report.ByWay, report.ByCourse, report.ByCashier })
        {
            Assert.Equal((report.Total.Net, report.Total.Received, report.Total.Receipts),
                (Sum(rows.Select(r => r.Net)), Sum(rows.Select(r => r.Received)), rows.Sum(r => r.Receipts)));
            Assert.DoesNotContain(new CollectionRow("", 0, default, default, default, default), rows.Select(r => r with { Name = "" }));
        }

        Assert.Equal(Sum(seats.Select(s => s.DueBy(DateOnly.MaxValue))), report.Owed.Owed);
        Assert.Equal(report.Owed.Owed, Sum(report.Ages.Select(a => a.Owed)));
        Assert.Equal(report.Owed.Instalments, report.Ages.Sum(a => a.Instalments));
        // What is owed by today, as the page of dues says it: all but the first row.
        Assert.Equal(Sum(seats.Select(s => s.DueBy(report.Today))), Sum(report.Ages.Skip(1).Select(a => a.Owed)));
        Assert.Equal(Sum(seats.Select(s => s.Credit)), report.Credit);
        Assert.Equal((Sum(seats.Select(s => s.Net)), Sum(seats.Select(s => s.Received)), Sum(seats.Select(s => s.Refunded)),
            Sum(seats.Select(s => s.Balance))), (report.AllBatches.Agreed, report.AllBatches.Received, report.AllBatches.Refunded,
            report.AllBatches.Balance));
        Assert.Equal(Sum(all.Select(l => l.Amount)), report.AllBatches.Received - report.AllBatches.Refunded);
        foreach (var batch in report.Batches)
            Assert.Equal(Sum(seats.Where(s => s.BatchCode == batch.Name).Select(s => s.Balance)), batch.Balance);
    }

    [Fact]
    public async Task Over_the_demo_every_total_is_that_of_the_books()
    {
        await using var app = await TestApp.StartAsync(postgres, described: false);
        await DemoSeed.RunAsync(app.Host.Services, NullLogger.Instance, TestApp.Password, 500);
        var today = app.Clock.Today;

        foreach (var (from, to) in new[] { (today.AddYears(-2), today), (today.AddDays(-40), today.AddDays(-3)), (today, today) })
            await EqualTheBooksAsync(app, from, to);

        var year = await LoadAsync(app, today.AddYears(-2), today);
        Assert.True(year.Total.Receipts > 30);
        Assert.True(year.ByWay.Count == 5 && year.ByCashier.Count == 2 && year.Batches.Count > 5);
    }

    // Payments, voids, bounces, refunds and other instalments in any order, over some weeks, by two cashiers; the drawer counted between.
    private static async Task<(DateOnly From, DateOnly To)> LiveAsync(TestApp app, int seed)
    {
        var random = new Random(seed);
        var course = await app.AddCourseAsync($"CPC{seed}");
        var batch = await app.AddBatchAsync(course, code: $"B{seed}");
        Actor[] cashiers = [Actor.Staff(Guid.NewGuid(), "Divya Menon"), Actor.Staff(Guid.NewGuid(), "Ravi Pillai")];
        List<Guid> seats = [];
        for (var i = 0; i < 3; i++)
        {
            var lead = await app.AddLeadAsync(course, $"Anjali {(char)('A' + i)}", email: null);
            seats.Add((await app.EnrolAsync(lead, new User { Name = "Divya Menon" }, batch, i + 1)).Id);
        }
        var from = app.Clock.Today;
        for (var step = 0; step < 50; step++)
        {
            app.Time.Advance(TimeSpan.FromHours(random.Next(30)));
            var stamp = app.Now(cashiers[random.Next(2)]);
            try
            {
                await app.Get<SeatWriter>().ChangeAsync(seats[random.Next(3)], stamp, work =>
                    Task.FromResult<IReadOnlyList<EnrolmentEvent>>([Happen(work.Seat, random, step, app.Clock.Today)]), default);
            }
            catch (Refusal)
            {
                // The rules do not let it happen.
            }
            if (random.Next(12) == 0) await CloseAsync(app, random, stamp);
        }
        return (from, app.Clock.Today);
    }

    private static EnrolmentEvent Happen(Enrolment seat, Random random, int step, DateOnly today)
    {
        var way = (PaymentWay)random.Next(5);
        var told = new ToldPayment(new Money(random.Next(1, 1_500_000)), way, $"{seat.RollNumber} {step}",
            today.AddDays(-random.Next(4)), false);
        var payment = seat.Payments.Count == 0 ? Guid.Empty : seat.Payments[random.Next(seat.Payments.Count)].Id;
        var refund = seat.Refunds.Count == 0 ? Guid.Empty : seat.Refunds[random.Next(seat.Refunds.Count)].Id;
        return random.Next(8) switch
        {
            0 => FeeRules.Void(seat, [seat], payment, "void", today, Style),
            1 => FeeRules.Bounce(seat, payment, "bounced", today),
            2 => FeeRules.Refund(seat, told, "refund", today, Style),
            7 => FeeRules.ReverseRefund(seat, refund, RefundStanding.Voided, "mistake", today),
            3 => FeeRules.Reschedule(seat, Instalments.Split(seat.Net, random.Next(1, 6), today.AddDays(random.Next(-120, 60))), "later",
                today, Style),
            _ => FeeRules.Receive(told, today) with { Receipt = $"{seat.RollNumber}-{step}" },
        };
    }

    private static async Task CloseAsync(TestApp app, Random random, Stamp stamp)
    {
        await using var session = app.Store.LightweightSession();
        var drawer = await CashDrawer.LockAsync(session, default);
        var counted = new Money(Math.Max(0, drawer.Expected.Paise + random.Next(-500, 500)));
        session.Insert(CashClosing.Of(drawer, counted, new Money(random.NextInt64(counted.Paise + 1)), "counted", stamp, app.Clock.Today));
        await session.SaveChangesAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Over_random_histories_every_total_is_that_of_the_books_and_of_the_drawer(int seed)
    {
        await using var app = await TestApp.StartAsync(postgres);

        var (from, to) = await LiveAsync(app, seed);

        await EqualTheBooksAsync(app, from.AddDays(-10), to);
        await EqualTheBooksAsync(app, from.AddDays(9), to.AddDays(-9));
        var closings = await app.AllAsync<CashClosing>();
        var cash = (await app.AllAsync<LedgerEntry>()).Where(l => l.Way == PaymentWay.Cash).ToList();
        await using var session = app.Store.QuerySession();
        var drawer = await CashDrawer.ReadAsync(session, default);
        Assert.NotEmpty(closings);
        Assert.Equal(Sum(cash.Select(l => l.Amount)), Sum(closings.Select(c => c.Received - c.Reversed - c.Refunded))
            + drawer.Received - drawer.Reversed - drawer.Refunded);
        // What lies in the drawer: all cash there ever was, with what was found or missing, less what was taken out.
        Assert.Equal(Sum(cash.Select(l => l.Amount)) + Sum(closings.Select(c => c.Difference)) - Sum(closings.Select(c => c.TakenOut)),
            drawer.Expected);
    }

    // All that can become of seats and their money, by the acts of the house: moves, withdrawals and batches that are cancelled among it.
    private static async Task<(DateOnly From, DateOnly To)> ActAsync(TestApp app, int seed)
    {
        var random = new Random(seed);
        var user = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        Course[] courses = [await app.AddCourseAsync("CPC", 42_000.05m), await app.AddCourseAsync("CCS", 14_999.99m)];
        List<Batch> batches = [];
        for (var i = 0; i < 6; i++) batches.Add(await app.AddBatchAsync(courses[i % 2], 6, $"B{i}"));
        for (var i = 0; i < 8; i++)
        {
            var lead = await app.AddLeadAsync(courses[i % 2], $"Student {(char)('A' + i)}", email: null);
            await app.EnrolAsync(lead, user, batches[i % 2], i % 4 + 1);
        }
        var from = app.Clock.Today;
        for (var step = 0; step < 120; step++)
        {
            app.Time.Advance(TimeSpan.FromHours(random.Next(8)));
            var seats = (await app.AllAsync<Enrolment>()).OrderBy(s => s.RollNumber, StringComparer.Ordinal).ToList();
            try
            {
                await HappenAsync(app, user, random, seats[random.Next(seats.Count)], batches, step);
            }
            catch (Refusal)
            {
                // The rules do not let it happen.
            }
        }
        return (from, app.Clock.Today);
    }

    private static Task HappenAsync(TestApp app, User user, Random random, Enrolment seat, List<Batch> batches, int step)
    {
        var (today, amount) = ($"{app.Clock.Today:yyyy-MM-dd}", $"{new Money(random.Next(1, 1_500_000))}");
        var payment = seat.Payments.Count == 0 ? Guid.Empty : seat.Payments[random.Next(seat.Payments.Count)].Id;
        var to = batches[random.Next(batches.Count)];
        var fee = to.CourseId == seat.CourseId ? seat.Fee : Money.FromRupees(batches.IndexOf(to) % 2 == 0 ? 42_000.05m : 14_999.99m);
        (string, string)[] money =
        [
            ("amount", amount), ("amount-asked", amount), ("way", $"{(PaymentWay)random.Next(5)}"), ("way-asked", amount),
            ("reference", $"T{step:00000}"), ("on", today),
        ];
        (string, string)[] Reversal(string kind, Guid? of = null) =>
            [("entryId", $"{of ?? payment}"), ("entryId-asked", $"{of ?? payment}"), ("kind", kind), ("why", "It was wrong")];
        if (seat.Refunds.Find(r => r.Counts) is { } refund && random.Next(2) == 0)
            return app.OnSeatAsync<Reverse>(seat.Id, user, Reversal("RecordedByMistake", refund.Id));
        return random.Next(12) switch
        {
            0 => app.OnSeatAsync<Reverse>(seat.Id, user, Reversal("RecordedByMistake")),
            1 => app.OnSeatAsync<Reverse>(seat.Id, user, Reversal("ChequeBounced")),
            2 => app.OnSeatAsync<GiveRefund>(seat.Id, user, [.. money, ("why", "refund")]),
            3 or 4 => app.OnSeatAsync<Transfer>(seat.Id, user, ("batchId", $"{to.Id}"), ("discount", "0"),
                ("instalments", $"{random.Next(1, 5)}"), ("firstDueOn", today), ("why", "moves"), ("agreed", $"{fee.Paise}")),
            5 when random.Next(2) == 0 => app.OnSeatAsync<Withdraw>(seat.Id, user, ("on", today), ("why", "leaves")),
            6 when random.Next(5) == 0 => CancelAsync(app, to, batches.FindLast(b => b.CourseId == to.CourseId && b.Id != to.Id)!.Id),
            _ => app.OnSeatAsync<RecordPayment>(seat.Id, user, money),
        };
    }

    private static async Task CancelAsync(TestApp app, Batch batch, Guid? to)
    {
        await using var session = app.Store.QuerySession();
        var plan = await app.Get<CancelBatch>().PlanAsync(session, batch.Id, to, default);
        await app.Get<CancelBatch>().CarryOutAsync(batch.Id, to, "Too few", false, plan!.Seen, new Form(), app.Now(), default);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task With_moves_withdrawals_refunds_and_cancelled_batches_every_total_is_still_that_of_the_books(int seed)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.DescribeAsync(p => p.Gstin = "32AAPFU0939F1Z4");

        var (from, to) = await ActAsync(app, seed);

        await EqualTheBooksAsync(app, from, to);
        await EqualTheBooksAsync(app, from.AddDays(5), to.AddDays(-5));
        var (kinds, seats) = ((await app.AllAsync<LedgerEntry>()).Select(l => l.Kind).ToHashSet(), await app.AllAsync<Enrolment>());
        Assert.Superset(new HashSet<EntryKind>
            { EntryKind.Payment, EntryKind.Void, EntryKind.Refund, EntryKind.RefundReversal, EntryKind.Transfer }, kinds);
        Assert.Contains(seats, s => s.Left is { IsWithdrawal: true });
        Assert.Contains(seats, s => s.Earlier.Count > 1);
        // No seat that was left for another keeps anything, and none of the house's lines is lost between them.
        Assert.All(seats.Where(s => s.Left is { IsWithdrawal: false }), s => Assert.Equal(Money.Zero, s.Kept));
        await EqualTheTaxPapersAsync(app, seats);
    }

    // What credit notes take back, less debit notes, of the seats of each student: what counts no more, and what was given back.
    private static async Task EqualTheTaxPapersAsync(TestApp app, IReadOnlyList<Enrolment> seats)
    {
        var (receipts, notes) = (await app.AllAsync<Receipt>(), await app.AllAsync<TaxNote>());
        foreach (var mine in seats.GroupBy(s => s.PaidAs))
        {
            var ids = mine.Select(s => s.Id).ToHashSet();
            var invoices = receipts.Where(r => ids.Contains(r.EnrolmentId) && !Crediting.IsCancelled(r)).ToList();
            var standing = Crediting.Standing([.. notes.Where(n => ids.Contains(n.EnrolmentId))]).ToLookup(c => c.ReceiptId, c => c.Tax);
            Assert.All(invoices, i => Assert.InRange(standing[i.Id].Sum(t => t.Whole.Paise), 0, i.Amount.Paise));
            Assert.All(standing.SelectMany(s => s), t => Assert.True(t.Central == t.State));
            var taken = standing.Sum(s => s.Sum(t => t.Whole.Paise));
            var gone = invoices.Where(i => i.Void is not null).Sum(i => i.Amount.Paise) + mine.Sum(s => s.Refunded.Paise);
            var most = Math.Min(invoices.Sum(i => i.Amount.Paise), gone);
            // What was given back of a cheque that then bounced was not taxed any more when that was owed.
            if (mine.Any(s => s.Payments.Any(p => p.Standing == PaymentStanding.Bounced))) Assert.InRange(taken, 0, most);
            else Assert.Equal(most, taken);
        }
        Assert.Contains(notes, n => n.Void is not null || n.IsDebit);
    }

    private sealed record Desk(TestApp App, Browser Manager, Enrolment Seat) : IAsyncDisposable
    {
        public async Task PayAsync(string amount, string way = "Cash")
        {
            await Manager.GetAsync($"/leads/{Seat.LeadId}");
            await Manager.SubmitAsync($"form[action='/enrolments/{Seat.Id}/payments']", new()
            {
                ["amount"] = amount,
                ["way"] = way,
                ["reference"] = way == "Cash" ? "" : "432167890123"
            });
        }

        public async ValueTask DisposeAsync()
        {
            Manager.Dispose();
            await App.DisposeAsync();
        }
    }

    private async Task<Desk> OpenAsync()
    {
        var app = await TestApp.StartAsync(postgres);
        var user = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        var course = await app.AddCourseAsync();
        var seat = await app.EnrolAsync(await app.AddLeadAsync(course), user, await app.AddBatchAsync(course), 3, from: "2026-10-23");
        return new Desk(app, await app.SignInAsync(user), seat);
    }

    private static async Task<string[]> CsvAsync(Browser browser, string path)
    {
        using var answer = await browser.DownloadAsync(path);
        return (await answer.Content.ReadAsStringAsync()).TrimStart('\uFEFF').ReplaceLineEndings("\n").Trim().Split('\n');
    }

    [Fact]
    public async Task The_page_and_its_files_say_the_same_of_the_chosen_days()
    {
        await using var desk = await OpenAsync();
        await desk.PayAsync("10,000.50");
        await desk.PayAsync("2000", "Upi");

        var page = await desk.Manager.GetAsync("/reports/fees");

        Assert.Equal(["₹12,000.50", "₹0", "₹0", "₹12,000.50"], page.Texts(".figures dd"));
        Assert.Equal(["2", "₹12,000.50", "₹0", "₹0", "₹0", "₹12,000.50"],
            page.Texts("section[aria-label='By cashier'] tbody tr:first-child td"));
        Assert.Equal(["Cash", "UPI", "All"], page.Texts("section[aria-label='By way'] tbody th"));
        // 14,000 on 23 December and 14,000 today; 14,000 since 23 October less what was paid.
        Assert.Equal(["₹14,000", "₹14,000", "₹0", "₹1,999.50", "₹0", "₹0", "₹29,999.50"],
            page.Texts("section[aria-label='Dues by age'] tbody td:last-child"));
        Assert.Equal(["CPC Preparation", "1", "₹42,000", "₹12,000.50", "₹0", "₹29,999.50"],
            page.Texts("section[aria-label='By batch'] tbody tr:first-child td"));
        var csv = await CsvAsync(desk.Manager, page.One(".buttons a:first-child[href*=collections]").GetAttribute("href")!);
        Assert.Equal("From,To,Group,Name,Receipts,Received,Reversed,Refunded,Transferred,Net", csv[0]);
        Assert.Equal("2026-11-01,2026-11-23,By day,2026-11-23,2,12000.50,0.00,0.00,0.00,12000.50", csv[1]);
        Assert.Contains("2026-11-01,2026-11-23,By way,Cash,1,10000.50,0.00,0.00,0.00,10000.50", csv);
        Assert.Contains("2026-11-23,Dues by age,31 to 60 days,1,1,1999.50",
            await CsvAsync(desk.Manager, "/reports/fees/dues.csv"));
        Assert.Contains("2026-11-23,By batch,CPC-2701,CPC Preparation,1,42000.00,12000.50,0.00,29999.50",
            await CsvAsync(desk.Manager, "/reports/fees/batches.csv"));
        using var answer = await desk.Manager.DownloadAsync("/reports/fees.xlsx");
        using var book = ExcelReaderFactory.CreateOpenXmlReader(await answer.Content.ReadAsStreamAsync());
        while (book.Depth < 3) book.Read();
        Assert.Equal((new DateTime(2026, 11, 23), 2.0), (book.GetValue(0), book.GetValue(1))); // a day and a number, no texts
        var sheets = new List<string>();
        do sheets.Add(book.Name); while (book.NextResult());
        Assert.Equal(["By day", "By way", "By course", "By cashier", "Dues by age", "By batch", "Cash closings"], sheets);
        var before = await desk.Manager.GetAsync("/reports/fees?from=2020-01-01&to=2020-01-01");
        Assert.Equal("Nothing was received or given back on these days.", before.One("section[aria-label=Collections] .quiet").TextContent);
        Assert.Empty(before.Html.QuerySelectorAll("section[aria-label='By day']")); // said once is enough
        var none = await desk.Manager.GetAsync("/reports/fees?from=2026-11-24&to=2026-11-23");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Choose a last day that is not before the first."),
            (none.Status, none.ErrorOf("to")));
        Assert.Equal(HttpStatusCode.NotFound, (await desk.Manager.GetAsync("/reports/fees/lines.csv")).Status);
    }

    [Fact]
    public async Task What_holds_until_today_says_so_in_its_files_whatever_days_were_chosen()
    {
        await using var desk = await OpenAsync();
        const string days = "?from=2020-01-01&to=2020-01-01";

        var page = await desk.Manager.GetAsync("/reports/fees" + days);
        var (dues, batches) = (await CsvAsync(desk.Manager, page.One("a[href*='dues.csv']").GetAttribute("href")!),
            await CsvAsync(desk.Manager, page.One("a[href*='batches.csv']").GetAttribute("href")!));
        var collections = await CsvAsync(desk.Manager, "/reports/fees/collections.csv" + days);
        using var file = await desk.Manager.DownloadAsync("/reports/fees/dues.csv" + days);
        using var answer = await desk.Manager.DownloadAsync("/reports/fees.xlsx" + days);

        Assert.Equal("₹42,000", page.Texts("section[aria-label='Dues by age'] tbody td:last-child")[^1]);
        Assert.Equal(("Until,Group,Name,Seats,Instalments,Owed", "2026-11-23,Dues by age,All,1,3,42000.00"), (dues[0], dues[^1]));
        Assert.Equal(("Until,Group,Name,Course,Seats,Agreed,Received,Refunded,Balance",
            "2026-11-23,By batch,CPC-2701,CPC Preparation,1,42000.00,0.00,0.00,42000.00"), (batches[0], batches[1]));
        Assert.All(collections.Skip(1), line => Assert.StartsWith("2020-01-01,2020-01-01,", line));
        Assert.Equal("dues-until-2026-11-23.csv", file.Content.Headers.ContentDisposition?.FileNameStar);
        using var book = ExcelReaderFactory.CreateOpenXmlReader(await answer.Content.ReadAsStreamAsync());
        var titles = new List<string>();
        do
        {
            book.Read();
            titles.Add(book.GetString(0));
        }
        while (book.NextResult());
        const string chosen = ", 2020-01-01 to 2020-01-01, in ₹", today = ", until 2026-11-23, in ₹";
        Assert.Equal(["By day" + chosen, "By way" + chosen, "By course" + chosen, "By cashier" + chosen, "Dues by age" + today,
            "By batch" + today, "Cash closings" + chosen], titles);
    }

    [Theory]
    [InlineData("way", "batch", "By way 2", "By batch")]
    [InlineData("DAY", "Cashier", "By day 2", "By Cashier 2")]
    [InlineData("level/part [a]: *?", "'batch'", "By level part  a", "By 'batch")]
    [InlineData("professional qualification programme", "professional qualification programme of a year",
        "By professional qualification p", "By professional qualification 2")]
    public async Task Whatever_the_institute_calls_its_courses_the_workbook_has_a_sheet_for_each_table(
        string course, string batch, string ofCourses, string ofBatches)
    {
        await using var desk = await OpenAsync();
        await desk.App.DescribeAsync(p => (p.CourseWord, p.BatchWord) = (new Noun(course, course + "s"), new Noun(batch, batch + "s")));

        using var answer = await desk.Manager.DownloadAsync("/reports/fees.xlsx");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var book = ExcelReaderFactory.CreateOpenXmlReader(await answer.Content.ReadAsStreamAsync());
        var sheets = new List<string>();
        do sheets.Add(book.Name); while (book.NextResult());
        Assert.Equal(["By day", "By way", ofCourses, "By cashier", "Dues by age", ofBatches, "Cash closings"], sheets);
    }

    [Fact]
    public async Task The_file_of_closings_is_of_those_that_the_page_lists_whichever_month_it_is()
    {
        await using var desk = await OpenAsync();
        await desk.PayAsync("100");
        await desk.Manager.GetAsync("/reports/cash");
        await desk.Manager.SubmitAsync("form[action='/reports/cash']", new() { ["counted"] = "100" });
        desk.App.Time.Advance(TimeSpan.FromDays(10));
        using var later = await desk.App.SignInAsync(await desk.App.AddUserAsync("Asha Rao", Roles.Manager));

        var page = await later.GetAsync("/reports/cash");
        var lines = await CsvAsync(later, page.One(".title a.button").GetAttribute("href")!);

        Assert.Single(page.Html.QuerySelectorAll("section[aria-label='Cash closings'] tbody tr"));
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("2026-11-23,2026-11-23,Cash closings,", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_drawer_is_closed_by_an_entry_with_what_was_counted_and_the_next_begins_with_what_was_left()
    {
        await using var desk = await OpenAsync();
        var form = "form[action='/reports/cash']";
        await desk.PayAsync("10,000.50");
        await desk.PayAsync("2000", "Upi");
        var page = await desk.Manager.GetAsync("/reports/cash");
        Assert.Equal(["₹0", "₹10,000.50", "₹0", "₹0", "₹10,000.50"], page.Texts(".figures dd"));

        page = await desk.Manager.SubmitAsync(form, new() { ["counted"] = "9,990" });
        Assert.StartsWith("Say what the difference may come from", page.ErrorOf("note"));
        page = await desk.Manager.SubmitAsync(form, new() { ["note"] = "A ten is missing", ["takenOut"] = "9,991" });
        Assert.Equal("No more can be taken out than was counted.", page.ErrorOf("takenOut"));
        page = await desk.Manager.SubmitAsync(form, new() { ["takenOut"] = "9,000" });

        Assert.Equal(["₹990", "₹0", "₹0", "₹0", "₹990"], page.Texts(".figures dd"));
        Assert.Equal(["₹0", "₹10,000.50", "₹0", "₹0", "₹10,000.50", "₹9,990", "-₹10.50", "₹9,000", "₹990", "Beena Thomas",
            "A ten is missing"], page.Texts("section[aria-label='Cash closings'] tbody td"));

        // Cash comes in while somebody counts: whoever closes is told, and nothing typed is lost.
        using var other = desk.App.Browse(desk.Manager);
        await other.GetAsync("/reports/cash");
        await desk.PayAsync("100");
        page = await other.SubmitAsync(form, new() { ["counted"] = "990" });
        Assert.StartsWith("Cash came or went meanwhile: ₹1,090 is expected now.", page.ErrorOf("counted"));
        await other.SubmitAsync(form, new() { ["counted"] = "1,090" });

        var closings = (await desk.App.AllAsync<CashClosing>()).OrderBy(c => c.Number).ToList();
        Assert.Equal([(1, -1_050L), (2, 0L)], closings.Select(c => (c.Number, c.Difference.Paise)));
        Assert.Contains("990.00,100.00,0.00,0.00,1090.00,1090.00,0.00,0.00,1090.00,Beena Thomas",
            (await CsvAsync(desk.Manager, "/reports/fees/closings.csv"))[2]);
    }
}

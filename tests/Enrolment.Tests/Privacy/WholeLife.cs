using System.Text;
using Crm.Accounts;
using Crm.Changes;
using Crm.Counselling;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Imports;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Privacy;
using Crm.Seats;
using Npgsql;

namespace Crm.Tests.Privacy;

/// <summary>Somebody with everything that can be attached to a person, and their brother, who shares a phone with them.</summary>
internal sealed class WholeLife(TestApp app, Browser manager, User user, Course course) : IAsyncDisposable
{
    public const string Name = "Zephyrine Kuttikkadan", Phone = "98460 98765", Shared = "98460 11111", Email = "zephyrine.k@mail.example";
    public const string Brother = "Xavier Pulickal";

    /// <summary>Stands in every text that somebody wrote of them, and nowhere else.</summary>
    public const string Told = "qzsecretqz";

    /// <summary>What must be found nowhere once they are erased, but on the papers that the law wants kept.</summary>
    public static readonly string[] Needles = ["zephyrine", "kuttikkadan", "9846098765", "98460 98765", Email, Told];

    public TestApp App => app;
    public Browser Manager => manager;
    public User User => user;
    public Lead Lead { get; private set; } = null!;
    public Lead OfBrother { get; private set; } = null!;
    public Change Import { get; private set; } = null!;
    public Enrolment Seat { get; private set; } = null!;

    public static async Task<WholeLife> LiveAsync(TestPostgres postgres)
    {
        var app = await TestApp.StartAsync(postgres);
        await app.DescribeAsync(p => p.Gstin = "32AAPFU0939F1Z4");
        var user = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        var life = new WholeLife(app, await app.SignInAsync(user), user, await app.AddCourseAsync());
        await life.EnquireAsync();
        await life.CounselAsync();
        await life.MergeAsync();
        await life.ImportAsync();
        await life.StudyAsync();
        await life.BankAsync();
        await life.StandInListsAsync();
        await app.DeliverAsync();
        return life;
    }

    public async ValueTask DisposeAsync()
    {
        manager.Dispose();
        await app.DisposeAsync();
    }

    private async Task EnquireAsync()
    {
        await SendAsync($"{Phone}, {Shared}");
        Lead = Assert.Single(await app.AllAsync<Lead>());
        await SendAsync($"{Phone}, {Shared}"); // again, by another form
        await SendAsync(Phone, trapped: "filled by a program");
        OfBrother = await app.AddLeadAsync(course, Brother, "xavier@mail.example", Shared);
    }

    private async Task SendAsync(string phone, string trapped = "")
    {
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire/CPC");
        await visitor.SubmitAsync("form#enquiry", new()
        {
            ["name"] = Name,
            ["phone"] = phone,
            ["email"] = Email,
            ["message"] = Told,
            ["consent"] = "true",
            [SendEnquiry.Trap] = trapped,
        });
    }

    private async Task CounselAsync()
    {
        await app.ChangeAsync(Lead, _ => LeadRules.AddNote(Told));
        await app.ActAsync<LogContact>(Lead.Id, user, ("channel", "Call"), ("outcome", "NoAnswer"), ("note", Told));
        await app.ActAsync<SendEmail>(Lead.Id, user, ("subject", Told), ("body", $"Dear {Name}, {Told}"));
        await app.ActAsync<PlanFollowUp>(Lead.Id, user, ("date", $"{app.Clock.Today.AddDays(1):yyyy-MM-dd}"), ("time", "10:00"),
            ("purpose", Told));
        await using var session = app.Store.LightweightSession();
        await PersonWriter.ChangeAsync(session, Lead.PersonId, app.Now(Actor.Staff(user.Id, user.Name)), _ =>
        [
            new PersonTagged(Told), new CertificateNameSet(PersonName.FromStored("Zephyrine Maria Kuttikkadan")),
            new GuardianSet(new Guardian(PersonName.FromStored($"Guardian {Told}"), PhoneNumber.FromE164("+919846011111"))),
            new NameCorrected(PersonName.FromStored("Zephyrine M Kuttikkadan")), new NameCorrected(PersonName.FromStored(Name)),
        ], default);
        await session.SaveChangesAsync();
    }

    private async Task MergeAsync()
    {
        var other = await app.AddLeadAsync(course, "Zephyrine", Email, "98460 22222");
        await manager.GetAsync($"/people/{Lead.PersonId}/merges/new?with={other.PersonId}");
        await manager.SubmitAsync($"form[action='/people/{Lead.PersonId}/merges']");
        Assert.Equal(Lead.PersonId, (await app.LoadAsync<Lead>(other.Id)).PersonId);
    }

    private async Task ImportAsync()
    {
        using var desk = new Imports.ImportDesk(app, await app.SignInAsync(user));
        await desk.DropAsync("old.csv", $"Name,Phone,Email,Course,Remarks\n{Name},{Phone},{Email},CPC,{Told}\n"
            + $"{Name},{Phone},no address,CPC,{Told}\nOther Person,98460 33333,,CPC,\n");
        await desk.ImportAsync();
        Import = Assert.Single(await app.AllAsync<Change>(), c => c.Kind == ChangeKind.Import);
        await desk.DropAsync("draft.csv", $"Name,Phone,Email,Course,Remarks\n{Name},{Phone},{Email},CPC,{Told}\n");
    }

    private async Task StudyAsync()
    {
        var batch = await app.AddBatchAsync(course);
        Seat = await app.EnrolAsync(await app.LoadAsync<Lead>(Lead.Id), user, batch);
        await app.OnSeatAsync<RecordPayment>(Seat.Id, user, ("amount", "42000"), ("way", "Upi"), ("reference", "412345678901"),
            ("on", $"{app.Clock.Today:yyyy-MM-dd}"));
        await app.OnSeatAsync<Withdraw>(Seat.Id, user, ("on", $"{app.Clock.Today:yyyy-MM-dd}"), ("why", Told));
        var due = (await app.LoadAsync<Enrolment>(Seat.Id)).Credit;
        (string, string)[] refund = [("amount", $"{due.Rupees}"), ("way", "Cash"), ("way-asked", $"{due}"),
            ("on", $"{app.Clock.Today:yyyy-MM-dd}"), ("why", "moved away")];
        await app.OnSeatAsync<GiveRefund>(Seat.Id, user, refund);
        await app.OnSeatAsync<Reverse>(Seat.Id, user, ("entryId", $"{(await app.LoadAsync<Enrolment>(Seat.Id)).Refunds[0].Id}"),
            ("kind", "RecordedByMistake"), ("why", "typed a day early"));
        await app.OnSeatAsync<GiveRefund>(Seat.Id, user, refund);
        Assert.NotEmpty(await app.AllAsync<TaxNote>());
        var next = await app.AddLeadAsync(await app.AddCourseAsync("CCS"), Name, Email, Phone);
        var full = await app.AddBatchAsync(await app.LoadAsync<Course>(next.CourseId), seats: 0, code: "FULL");
        await app.ActAsync<JoinWaitlist>(next.Id, user, ("batchId", full.Id.ToString()));
        await app.ActAsync<PlanFollowUp>(next.Id, user, ("date", $"{app.Clock.Today.AddDays(1):yyyy-MM-dd}"), ("time", "10:00"),
            ("purpose", Told));
    }

    private async Task BankAsync()
    {
        var statement = $"""
            Account Number,="0123101012345"

            Txn Date,Value Date,Description,Ref/Cheque No.,Amount,Dr/Cr,Balance,Dr/Cr
            22-11-2026 10:15:33,22-11-2026,UPI/CR/412345678901/{Name}/SBI/9846098765@ybl/,="412345678901","42,000.00",CR,"1,28,000.00",CR
            22-11-2026 11:00:00,22-11-2026,UPI/CR/412345678907/Z K/SBI/9846098765@okaxis/x,="412345678907","10.00",CR,"1,28,010.00",CR
            """;
        await manager.GetAsync("/bank-statements");
        await manager.UploadAsync("form[action='/bank-statements']", "file", "november.csv", Encoding.UTF8.GetBytes(statement));
        Assert.Equal(2, (await app.AllAsync<BankCredit>()).Count);
    }

    private async Task StandInListsAsync()
    {
        var by = app.Now(Actor.Staff(user.Id, user.Name));
        await using var session = app.Store.LightweightSession();
        session.Store(new Crm.Desk.SavedView
        { Id = Guid.NewGuid(), Name = $"For {Name}", Query = $"?q={Uri.EscapeDataString(Name)}&stage=New" });
        session.Store(new KeptLonger { Id = Lead.PersonId, Until = app.Clock.Today, Why = Told });
        var order = new BulkOrder { Act = "tag", Words = $"Tagged those who know {Name}", Fields = new() { ["tag"] = Name } };
        BulkWork.Begin(session, order, [Lead.Id], by);
        await session.SaveChangesAsync();
        await manager.GetAsync($"/leads/{Lead.Id}");
    }
}

/// <summary>All that a database and a folder hold, as one could look through it.</summary>
internal static class Haystack
{
    /// <returns>Where each needle is found, as table and row, also in what is stored as bytes.</returns>
    public static async Task<IReadOnlyList<string>> FindAsync(string connection, IReadOnlyCollection<string> needles)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        var found = new List<string>();
        foreach (var table in await TablesAsync(source))
        {
            await using var command = source.CreateCommand($"select t::text from {table} t");
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                var row = reader.GetString(0);
                found.AddRange(needles.Where(n => Holds(row, n)).Select(n => $"{table}: {n} in {row}"));
            }
        }
        return found;
    }

    public static IReadOnlyList<string> FindIn(string folder, IReadOnlyCollection<string> needles) =>
    [
        .. from path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
           let text = path + Encoding.Latin1.GetString(File.ReadAllBytes(path))
           from needle in needles
           where Holds(text, needle) || text.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes(needle))[..8], StringComparison.Ordinal)
           select $"{path}: {needle}",
    ];

    private static bool Holds(string text, string needle) => text.Contains(needle, StringComparison.OrdinalIgnoreCase)
        || text.Contains(Convert.ToHexString(Encoding.UTF8.GetBytes(needle)), StringComparison.OrdinalIgnoreCase);

    private static async Task<IReadOnlyList<string>> TablesAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("""
            select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables
            where schemaname not in ('pg_catalog', 'information_schema')
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var tables = new List<string>();
        while (await reader.ReadAsync()) tables.Add(reader.GetString(0));
        return tables;
    }
}

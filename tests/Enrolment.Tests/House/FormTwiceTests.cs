using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Changes;
using Crm.Counselling;
using Crm.Courses;
using Crm.Desk;
using Crm.Enquiries;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.Operations;
using Crm.People;
using Crm.Privacy;
using Crm.Seats;
using Crm.Tests.Accounts;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Npgsql;

namespace Crm.Tests.House;

/// <summary>
/// Every form of staff, sent several times at one moment and once more afterwards, does what it does when it is sent once. The walk
/// knows each route that takes a form; a new one fails it until it says how it is filled in.
/// </summary>
public sealed class FormTwiceTests(TestPostgres postgres, SharedApps shared) : IClassFixture<SharedApps>
{
    // Nobody of staff sends these, or they stand on no page that can be opened; their own tests tell what sending them twice does.
    private static readonly string[] NotOfStaff =
        ["/signin", "/signin/code", "/signin/passkeys", "/signin/forgotten", "/signin/new-password/{token}", "/setup", "/enquire",
            "/unsubscribe/{token}", "/account/confirmation"];

    private const string Audited = "audit_entries";

    /// <summary>A page, its form by its address, and what is typed into it.</summary>
    private sealed record Filled(string Page, string Action, Dictionary<string, string> Typed)
    {
        /// <summary>What stands in a file that is sent along.</summary>
        public string? File { get; init; }
    }

    // Everything there is to act upon, made anew for each time that a form is sent.
    private sealed record Subjects(TestApp App, Course Course, Batch Batch, Lead Lead, Lead Second, User Counsellor, OutboxMessage Failed);

    private static readonly Dictionary<string, Func<Subjects, Task<Filled>>> Forms = new()
    {
        // Another of the same name who asked for the same would be a probable pair.
        ["/leads"] = _ => Fill("/leads/new", "/leads", ("name", Next("Binu George ")), ("consent", "true"), ("source", "WalkIn"),
            ("course", "first"), ("phone", $"98470 {70_000 + Interlocked.Increment(ref _names)}")),
        ["/leads/{id:guid}/contacts"] = s => OnLead(s, "contacts", ("note", "Spoke")),
        ["/leads/{id:guid}/calls"] = s => Fill($"/today?everyone=true&lead={s.Lead.Id}", $"/leads/{s.Lead.Id}/calls", ("result", "Busy")),
        ["/leads/{id:guid}/undoing"] = async s =>
        {
            await s.App.ActAsync<RecordCall>(s.Lead.Id, await WhoSendsAsync(s), ("result", "NotInterested"));
            return await Fill($"/today?everyone=true&did={s.Lead.Id}", $"/leads/{s.Lead.Id}/undoing");
        },
        ["/leads/{id:guid}/follow-up"] = s => OnLead(s, "follow-up", ("purpose", "Visit")),
        ["/leads/{id:guid}/follow-up/outcome"] = async s =>
        {
            await s.App.ChangeAsync(s.Lead, l =>
                LeadRules.PlanFollowUp(l, s.App.Clock.Now, Guid.NewGuid(), s.App.Clock.Now.AddHours(1), "Call"));
            return await OnLead(s, "follow-up/outcome", ("outcome", "Done"));
        },
        ["/leads/{id:guid}/notes"] = s => OnLead(s, "notes", ("text", "Once")),
        ["/leads/{id:guid}/emails"] = s => OnLead(s, "emails", ("subject", "Once"), ("body", "Only")),
        ["/leads/{id:guid}/course"] = async s =>
            await OnLead(s, "course", ("course", (await s.App.AddCourseAsync(Next("CCS"))).Id.ToString())),
        ["/leads/{id:guid}/stage"] = s => OnLead(s, "stage", ("stage", "Contacted")),
        ["/leads/{id:guid}/loss"] = s => OnLead(s, "loss", ("reason", "Fee")),
        ["/leads/{id:guid}/reopening"] = async s =>
        {
            await s.App.ChangeAsync(s.Lead, l => LeadRules.Lose(l, LostReason.Fee, null));
            return await OnLead(s, "reopening", ("why", "Called back"));
        },
        ["/leads/{id:guid}/counsellor"] = async s =>
        {
            // The rota may have given it to whom it is handed over to.
            await s.App.ChangeAsync(s.Lead, l => LeadRules.Assign(l, Guid.NewGuid(), "Somebody else"));
            return await OnLead(s, "counsellor", ("counsellor", s.Counsellor.Id.ToString()));
        },
        ["/leads/{id:guid}/offers"] = s => OnLead(s, "offers", ("batchId", s.Batch.Id.ToString()), ("byEmail", "true")),
        ["/leads/{id:guid}/enrolment"] = s => OnLead(s, "enrolment", ("batchId", s.Batch.Id.ToString()), ("instalments", "2")),
        ["/approvals/{id:guid}"] = async s =>
        {
            var (fee, discount, today) = (s.Course.Fee, Money.FromRupees(9_000), s.App.Clock.Today);
            var offer = new Offer(s.Batch.Id, s.Batch.Code, fee, discount, today) { Id = Guid.NewGuid() };
            await s.App.ChangeAsync(s.Lead, l => DiscountRules.Ask(l, offer, true, "Two sisters", today, new MoneyStyle()));
            return await Fill("/approvals", $"/approvals/{s.Lead.Id}", ("decision", "approve"));
        },
        ["/leads/selections"] = s => Fill("/leads", "/leads/selections", ("ids", s.Lead.Id.ToString())),
        ["/leads/selections/previews"] = s => Fill($"/leads/selections?ids={s.Lead.Id}", "/leads/selections/previews",
            ("act", "counsellor"), ("counsellor", s.Counsellor.Id.ToString())),
        ["/leads/selections/acts"] = s => Fill($"/leads/selections/previews?ids={s.Lead.Id},{s.Second.Id}&act=loss&reason=Fee",
            "/leads/selections/acts"),
        ["/leads/selections/files"] = s => Fill($"/leads/selections?ids={s.Lead.Id}", "/leads/selections/files", ("as", "csv")),
        ["/dues/files"] = async s =>
        {
            await s.App.EnrolAsync(s.Lead, s.Counsellor, s.Batch);
            return await Fill("/dues", "/dues/files", ("as", "csv"));
        },
        ["/batches/{id:guid}/files"] = async s =>
        {
            await s.App.EnrolAsync(s.Lead, s.Counsellor, s.Batch);
            return await Fill($"/batches/{s.Batch.Id}", $"/batches/{s.Batch.Id}/files", ("as", "xlsx"));
        },
        ["/views"] = _ => Fill("/leads", "/views", ("name", "Mine")),
        ["/views/{id:guid}"] = s => OnView(s, "", ("name", Next("All of them")), ("shared", "true")),
        ["/views/{id:guid}/removal"] = s => OnView(s, "/removal"),
        ["/changes/{id:guid}/undoings"] = async s =>
        {
            var before = (await s.App.AllAsync<Change>()).Select(c => c.Id).ToHashSet();
            await s.App.Get<MergePeople>().MergeAsync(s.Lead.PersonId, s.Second.PersonId, [], null, s.App.Now(), default);
            var change = (await s.App.AllAsync<Change>()).Single(c => !before.Contains(c.Id));
            return await Fill($"/changes/{change.Id}/undoings/new", $"/changes/{change.Id}/undoings");
        },
        ["/changes/{id:guid}/stop"] = async s =>
        {
            await using var session = s.App.Store.LightweightSession();
            var order = new BulkOrder { Act = "loss", Words = "Marked lost" };
            var change = BulkWork.Begin(session, order, [s.Lead.Id, s.Second.Id], s.App.Now());
            await session.SaveChangesAsync();
            return await Fill($"/changes/{change.Id}", $"/changes/{change.Id}/stop");
        },
        ["/enquiries/suspected/{id:guid}/restoration"] = s => OnSuspected(s, "restoration"),
        ["/enquiries/suspected/{id:guid}/dismissal"] = s => OnSuspected(s, "dismissal"),
        ["/enrolments/{id:guid}/payments"] = s => OnSeat(s, "1000", "payments", ("amount", "1000"), ("way", "Cash")),
        ["/enrolments/{id:guid}/reversals"] = s => OnSeat(s, "1000", "reversals", ("entryId", "first"), ("why", "Typed twice")),
        ["/enrolments/{id:guid}/refunds"] = s => OnSeat(s, "42500", "refunds",
            ("amount", "500"), ("way", "Cash"), ("why", "Paid too much")),
        ["/enrolments/{id:guid}/instalments"] = s => OnSeat(s, null, "instalments", ("why", "Asked for it"),
            ("instalments", "2026-12-01, 20000\n2027-01-01, 22000")),
        ["/enrolments/{id:guid}/invoice-address"] = async s =>
        {
            await s.App.DescribeAsync(p => p.Gstin = "32AAPFU0939F1Z4");
            return await OnSeat(s, null, "invoice-address", ("placeOfSupply", "33"), ("address", "4 Anna Salai\nChennai 600002"));
        },
        ["/enrolments/{id:guid}/reminders"] = async s =>
        {
            var seat = await s.App.EnrolAsync(s.Lead, s.Counsellor, s.Batch);
            return await Fill("/dues", $"/enrolments/{seat.Id}/reminders", ("way", "WhatsApp"));
        },
        ["/enrolments/{id:guid}/reminders/undoing"] = async s =>
        {
            var (seat, sender) = (await s.App.EnrolAsync(s.Lead, s.Counsellor, s.Batch), await WhoSendsAsync(s));
            await s.App.Get<SeatWriter>().ChangeAsync(seat.Id, s.App.Now(Actor.Staff(sender.Id, sender.Name)), work =>
                Task.FromResult<IReadOnlyList<EnrolmentEvent>>([FeeRules.Remind(work.Seat, ReminderWay.Call, s.App.Clock.Today)]), default);
            return await Fill($"/dues?did={seat.Id}", $"/enrolments/{seat.Id}/reminders/undoing");
        },
        ["/enrolments/{id:guid}/withdrawal"] = s => OnSeat(s, "1000", "withdrawal", ("why", "Moving")),
        ["/enrolments/{id:guid}/transfer"] = async s => await OnSeat(s, "1000", "transfer", ("why", "Evenings"),
            ("batchId", (await s.App.AddBatchAsync(s.Course, code: Next("T"))).Id.ToString())),
        ["/leads/{id:guid}/waits"] = async s => await OnLead(s, "waits", ("batchId", (await FullAsync(s, false)).Id.ToString())),
        ["/leads/{id:guid}/waits/departures"] = async s =>
            await OnLead(s, "waits/departures", ("batchId", (await FullAsync(s, true)).Id.ToString())),
        ["/batches/{id:guid}/waits/{lead:guid}"] = async s =>
        {
            var full = await FullAsync(s, true);
            return await Fill($"/batches/{full.Id}", $"/batches/{full.Id}/waits/{s.Lead.Id}", ("priority", "5"));
        },
        ["/batches/{id:guid}/attendance"] = async s =>
        {
            s.Batch.StartsOn = s.App.Clock.Today;
            await s.App.StoreAsync(s.Batch);
            var seat = await s.App.EnrolAsync(s.Lead, s.Counsellor, s.Batch);
            return await Fill($"/batches/{s.Batch.Id}/attendance", $"/batches/{s.Batch.Id}/attendance", ($"mark-{seat.Id}", "Absent"));
        },
        ["/batches/{id:guid}/attendance/no-class"] = async s =>
        {
            s.Batch.StartsOn = s.App.Clock.Today;
            await s.App.StoreAsync(s.Batch);
            var seat = await s.App.EnrolAsync(s.Lead, s.Counsellor, s.Batch);
            var (id, today) = (s.Batch.Id, s.Batch.StartsOn);
            var day = new AttendanceDay { Id = AttendanceDay.IdOf(id, today), BatchId = id, Day = today };
            day.Set(new Dictionary<Guid, Mark> { [seat.Id] = Mark.Absent }, "Divya Menon", s.App.Clock.Now);
            await s.App.StoreAsync(day);
            return await Fill($"/batches/{id}/attendance", $"/batches/{id}/attendance/no-class");
        },
        ["/batches/{id:guid}/cancellation"] = async s =>
        {
            await s.App.EnrolAsync(s.Lead, s.Counsellor, s.Batch);
            return await Fill($"/batches/{s.Batch.Id}/cancellation", $"/batches/{s.Batch.Id}/cancellation", ("why", "Too few"));
        },
        ["/institute/batches"] = _ => Fill("/institute/batches", "/institute/batches",
            ("holdHours", $"{20 + Interlocked.Increment(ref _names) % 200}")),
        ["/reports/cash"] = _ => Fill("/reports/cash", "/reports/cash", ("counted", "500"), ("note", "The float")),
        ["/bank-statements"] = async _ => (await Fill("/bank-statements", "/bank-statements")) with
        {
            File = $"Date,Narration,Deposit\n20/11/2026,UPI/CR/{412_345_000_000 + Interlocked.Increment(ref _names)}/X/SBIN/x@oksbi/fee,7",
        },
        ["/bank-statements/payments"] = async s =>
        {
            await CreditAsync(s, (await s.App.EnrolAsync(s.Lead, s.Counsellor, s.Batch)).Id);
            return await Fill("/bank-statements", "/bank-statements/payments");
        },
        ["/bank-statements/credits/{id:guid}/decision"] = async s =>
        {
            var seat = await s.App.EnrolAsync(s.Lead, s.Counsellor, s.Batch);
            var credit = await CreditAsync(s, seat.Id, c => c.Doubt = "A person is to look at it.");
            return await Fill("/bank-statements", $"/bank-statements/credits/{credit.Id}/decision", ("choice", $"seat:{seat.Id}"));
        },
        ["/bank-statements/credits/{id:guid}/reopening"] = async s =>
        {
            var credit = await CreditAsync(s, Guid.NewGuid(), c => c.Refuse("A donation", s.App.Now()));
            return await Fill("/bank-statements", $"/bank-statements/credits/{credit.Id}/reopening");
        },
        ["/people/{id:guid}/details"] = s => OnPerson(s, "details", ("language", "Malayalam"), ("phone", "98470 88888")),
        ["/people/{id:guid}/contact-points"] = s => OnPerson(s, "contact-points", ("email", "second@mail.example")),
        ["/people/{id:guid}/emails/acceptance"] = async s =>
        {
            await s.App.Get<PersonWriter>().ChangeAsync(s.Lead.PersonId, s.App.Now(),
                _ => [new EmailAdded(EmailAddress.FromStored("given@mail.example"), Standing.Unconfirmed)], default);
            return await OnPerson(s, "emails/acceptance", ("email", "given@mail.example"));
        },
        ["/people/{id:guid}/consents"] = s => OnPerson(s, "consents", ("agreesShare", "true"), ("way", "Phone")),
        ["/people/{id:guid}/data/files"] = s => Fill($"/people/{s.Lead.PersonId}/data", $"/people/{s.Lead.PersonId}/data/files",
            ("as", "json")),
        ["/people/{id:guid}/data/erasure"] = s => Fill($"/people/{s.Lead.PersonId}/data", $"/people/{s.Lead.PersonId}/data/erasure",
            ("sure", "true")),
        ["/privacy"] = _ => Fill("/privacy", "/privacy", ("auditMonths", $"{20 + Interlocked.Increment(ref _names) % 60}")),
        ["/privacy/kept/{id:guid}"] = async s =>
        {
            var due = await DueAsync(s.App);
            return await Fill("/privacy", $"/privacy/kept/{due.PersonId}", ("why", "A court asks for it"));
        },
        ["/privacy/kept/{id:guid}/removal"] = async s =>
        {
            await s.App.StoreAsync(new KeptLonger { Id = s.Lead.PersonId, Until = s.App.Clock.Today.AddDays(9), Why = "Asked" });
            return await Fill("/privacy", $"/privacy/kept/{s.Lead.PersonId}/removal");
        },
        ["/privacy/clock"] = async s =>
        {
            var last = (await s.App.AllAsync<RetentionRun>()).SingleOrDefault() ?? new RetentionRun { Id = Guid.NewGuid() };
            last.At = s.App.Clock.Now.AddDays(-36);
            await s.App.StoreAsync(last);
            return await Fill("/privacy", "/privacy/clock");
        },
        ["/people/{id:guid}/tags"] = s => OnPerson(s, "tags", ("tag", "nurse")),
        ["/people/{id:guid}/merges"] = s => Fill($"/people/{s.Lead.PersonId}/merges/new?with={s.Second.PersonId}",
            $"/people/{s.Lead.PersonId}/merges"),
        ["/people/{id:guid}/splits"] = async s =>
        {
            await s.App.Get<MergePeople>().MergeAsync(s.Lead.PersonId, s.Second.PersonId, [], null, s.App.Now(), default);
            return await OnPerson(s, "splits");
        },
        ["/people/{id:guid}/others"] = async s =>
        {
            var id = PossibleDuplicate.IdOf(s.Lead.PersonId, s.Second.PersonId);
            await s.App.StoreAsync(new PossibleDuplicate
            { Id = id, Newer = s.Second.PersonId, Older = s.Lead.PersonId, Reason = "one phone", FoundAt = s.App.Clock.Now });
            return await Fill("/duplicates", $"/people/{s.Lead.PersonId}/others", ("other", s.Second.PersonId.ToString()));
        },
        ["/courses"] = _ => Fill("/courses/new", "/courses", ("name", Next("Risk")), ("code", Next("CRC")), ("summary", "Two."),
            ("weeks", "8"), ("fee", "9000")),
        ["/courses/{id:guid}"] = s => Fill($"/courses/{s.Course.Id}", $"/courses/{s.Course.Id}", ("fee", "45000")),
        ["/batches"] = s => Fill("/batches", "/batches", ("courseId", s.Course.Id.ToString()), ("code", Next("B")),
            ("startsOn", "2027-01-04"), ("schedule", "Sat"), ("mode", "Online"), ("seats", "12")),
        ["/batches/{id:guid}"] = s => Fill($"/batches/{s.Batch.Id}", $"/batches/{s.Batch.Id}", ("seats", "30")),
        ["/institute"] = _ => Fill("/institute", "/institute", ("tagline", Next("Learn"))),
        ["/users"] = _ => Fill("/users", "/users", ("name", "Asha"), ("email", Next("asha").ToLowerInvariant() + "@institute.example"),
            ("role", Roles.Counsellor)),
        ["/users/rules"] = async s =>
        {
            var profile = (await s.App.AllAsync<InstituteProfile>()).Single();
            return await Fill("/users/rules", "/users/rules", ("sight", profile.CounsellorsSeeAll ? "own" : "all"));
        },
        ["/users/{id:guid}/links"] = s => Fill($"/users/{s.Counsellor.Id}", $"/users/{s.Counsellor.Id}/links"),
        ["/users/{id:guid}/unlocking"] = async s =>
        {
            for (var i = 0; i < TryCounter.Most; i++)
                await s.App.Get<TryCounter>().ClaimAsync(TryCounter.KeyOf(s.Counsellor.Email), default);
            return await Fill($"/users/{s.Counsellor.Id}", $"/users/{s.Counsellor.Id}/unlocking");
        },
        ["/users/{id:guid}"] = async s =>
        {
            foreach (var lead in new[] { s.Lead, s.Second })
                await s.App.ChangeAsync(lead, l => LeadRules.Assign(l, s.Counsellor.Id, s.Counsellor.Name));
            return await Fill($"/users/{s.Counsellor.Id}", $"/users/{s.Counsellor.Id}",
                ("active", ""), ("heir", "turn"));
        },
        ["/sources/joins"] = async s =>
        {
            var source = Next("blog");
            await s.App.TellAsync("From " + source, TestApp.Start, source: source);
            return await Fill("/sources", "/sources/joins", ("names", source), ("into", "Website"));
        },
        ["/sources/partings"] = async s =>
        {
            var (book, source) = ((await s.App.AllAsync<SourceBook>()).SingleOrDefault() ?? new SourceBook(), Next("blog"));
            await s.App.TellAsync("From " + source, TestApp.Start, source: source);
            book.Join([source], "Website", "Asha", s.App.Clock.Now);
            await s.App.StoreAsync(book);
            return await Fill("/sources", "/sources/partings");
        },
        ["/outbox/{id:guid}/attempts"] = s => Fill("/outbox?status=Failed", $"/outbox/{s.Failed.Id}/attempts"),
        ["/outbox/attempts"] = _ => Fill("/outbox", "/outbox/attempts"),
        ["/outbox/tries"] = async s =>
        {
            await s.App.StoreAsync(QueuePause.After(null, "The server is away", [], s.App.Clock.Now));
            return await Fill("/outbox", "/outbox/tries");
        },
        ["/outbox/release"] = async s =>
        {
            await s.App.StoreAsync(QueuePause.AfterRestoration("It was restored", s.App.Clock.Now));
            return await Fill("/outbox", "/outbox/release", ("old", "sent"));
        },
        ["/outbox/{id:guid}/arrival"] = async s =>
        {
            s.Failed.Status = MessageStatus.Unconfirmed;
            await s.App.StoreAsync(s.Failed);
            return await Fill("/outbox?status=Unconfirmed", $"/outbox/{s.Failed.Id}/arrival");
        },
        ["/people/{id:guid}/messages/attempts"] = async s =>
        {
            (s.Failed.PersonId, s.Failed.LeadId, s.Failed.ToApplicant) = (s.Lead.PersonId, s.Lead.Id, true);
            await s.App.StoreAsync(s.Failed);
            return await OnPerson(s, "messages/attempts", ("message", s.Failed.Id.ToString()));
        },
        ["/backups"] = async s =>
        {
            foreach (var asked in await s.App.AllAsync<BackupRecord>())
            {
                asked.State = BackupState.Failed; // while one waits to be made, no other can be asked for
                await s.App.StoreAsync(asked);
            }
            return await Fill("/backups", "/backups");
        },
        ["/backups/{id:guid}/copies"] = async s =>
        {
            s.App.Time.Advance(TimeSpan.FromMinutes(1)); // of a day's backups the latest is kept
            var made = await s.App.Get<BackupShelf>().MakeAsync(BackupReason.Night, null, default);
            return await Fill($"/backups/{made!.Id}", $"/backups/{made.Id}/copies");
        },
        ["/imports"] = async s => await Fill("/imports", "/imports") with { File = FileOf(s) },
        ["/imports/{id:guid}/mapping"] = s => OnImport(s, "mapping", [], ("column-3", "Note")),
        ["/imports/{id:guid}/start"] = s => OnImport(s, "start", [], ("consent", "true")),
        ["/imports/{id:guid}/stop"] = s => OnImport(s, "stop", ["start"]),
        ["/imports/{id:guid}/continuation"] = s => OnImport(s, "continuation", ["start", "stop"]),
        ["/imports/{id:guid}/removal"] = s => OnImport(s, "removal", []),
        ["/account/password"] = _ => Fill("/account", "/account/password", ("current", TestApp.Password), ("password", "another of mine")),
        ["/account/authenticator"] = _ => Fill("/account/authenticator", "/account/authenticator", ("code", "of the app")),
        ["/account/authenticator/removal"] = async s =>
        {
            var office = await WhoSendsAsync(s);
            await s.App.Get<Authenticators>().SetUpAsync(Authenticators.Draft(office.Id) with { Secret = CodeOfTests.Secret },
                CodeOfTests.At(s.App, CodeOfTests.Secret), default);
            // As if the code had been asked for.
            var session = (await s.App.AllAsync<StaffSession>()).Single(x => x.UserId == office.Id);
            await s.App.Get<Sessions>().ConfirmAsync(session, strong: true, default);
            return await Fill("/account/authenticator", "/account/authenticator/removal");
        },
        ["/account/passkeys"] = async s =>
        {
            using var browser = await s.App.SignInAsync(await WhoSendsAsync(s));
            using var device = new TestDevice();
            var (options, challenge) = await PasskeysOfTests.AskAsync(browser, "/account/passkeys");
            return await Fill("/account", "/account/passkeys", ("challenge", challenge), ("credential", device.Make(options)));
        },
        ["/account/passkeys/{id:guid}/removal"] = async s =>
        {
            var office = await WhoSendsAsync(s);
            using var browser = await s.App.SignInAsync(office);
            using var device = new TestDevice();
            await PasskeysOfTests.AddAsync(browser, device);
            var key = (await s.App.AllAsync<Passkey>()).Single(k => k.UserId == office.Id);
            return await Fill("/account", $"/account/passkeys/{key.Id}/removal");
        },
        ["/account/sessions/end"] = _ => Fill("/account", "/account/sessions/end"),
        ["/account/sessions/{id:guid}/end"] = async s =>
        {
            var office = await WhoSendsAsync(s);
            s.App.Time.Advance(TimeSpan.FromMinutes(1));
            using var elsewhere = await s.App.SignInAsync(office);
            var other = (await s.App.AllAsync<StaffSession>()).Where(x => x.UserId == office.Id).MaxBy(x => x.StartedAt)!;
            return await Fill("/account", $"/account/sessions/{other.Id}/end");
        },
        ["/signout"] = _ => Fill("/account", "/signout"),
    };

    private static int _names;

    public static TheoryData<string> Routes => [.. Forms.Keys];

    // A lead whose time is over.
    private static async Task<Lead> DueAsync(TestApp app)
    {
        var settings = (await app.AllAsync<PrivacySettings>()).SingleOrDefault() ?? new PrivacySettings();
        settings.LostMonths = 1;
        await app.StoreAsync(settings);
        return await app.TellAsync(Next("Old "), app.Clock.Now.AddDays(-90), then: new LeadLost(LostReason.Fee, null));
    }

    [Fact]
    public async Task The_walk_knows_every_route_that_takes_a_form()
    {
        await using var app = await TestApp.StartAsync(postgres);

        var routes = app.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<StaticAssetDescriptor>() is null
                && e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is { } methods && methods.Contains("POST"))
            .Select(e => "/" + e.RoutePattern.RawText!.Trim('/')).Except(NotOfStaff);

        Assert.Equal(Forms.Keys.Order(), routes.Order());
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Sent_five_times_it_does_what_it_does_once(string route)
    {
        // Every row counts what it adds, whatever the rows before have left.
        var app = await shared.OnceAsync(async app =>
        {
            await app.AddUserAsync("Divya Menon");
            await app.AddUserAsync("Ashik Rahman");
            await app.StoreAsync(new SourceBook()); // there is one, which the first to join sources would make
            await app.StoreAsync(new PrivacySettings());
            return app;
        });

        var (once, _) = await SendAsync(app, route, times: 1);
        var (often, answers) = await SendAsync(app, route, times: 5);

        Assert.All(answers, a => Assert.True(a is HttpStatusCode.OK or HttpStatusCode.Redirect, $"{route} answers {a}"));
        // Each file that leaves is noted, also where it is the same once more. Of those who sign out at once, each one is that still could.
        string[] each = ["/files", "/copies"];
        var times = each.Any(e => route.EndsWith(e, StringComparison.Ordinal)) ? answers.Count : 1;
        var most = route == "/signout" ? answers.Count : times;
        bool AsExpected(string table, long more) => once.GetValueOrDefault(table) is var one
            && (table == Audited ? more >= one * times && more <= one * most : more == one);
        Assert.Empty(often.Where(t => !AsExpected(t.Key, t.Value))
            .Select(t => $"{t.Key}: {t.Value} more, and once {once.GetValueOrDefault(t.Key)}"));
    }

    /// <returns>How many rows there are more of in each table, and every answer.</returns>
    private static async Task<(IReadOnlyDictionary<string, long> Made, IReadOnlyList<HttpStatusCode> Answers)> SendAsync(
        TestApp app, string route, int times)
    {
        var manager = await app.AddUserAsync(Next("Manager"), Roles.Manager);
        using var browser = await app.SignInAsync(manager);
        var form = await Forms[route](await MakeAsync(app));
        var body = await BodyAsync(app, browser, form);
        var before = await CountAsync(app);

        Task<HttpResponseMessage> Send() => browser.SendRawAsync(
            new HttpRequestMessage(HttpMethod.Post, form.Action) { Content = ContentOf(body, form.File) });
        List<HttpResponseMessage> answers = [.. await Task.WhenAll(Enumerable.Range(0, Math.Max(1, times - 1)).Select(_ => Send()))];
        // Once more, as who never saw the answer does.
        if (times > 1 && route != "/signout") answers.Add(await Send());

        var after = await CountAsync(app);
        return (after.ToDictionary(t => t.Key, t => t.Value - before.GetValueOrDefault(t.Key)), [.. answers.Select(a => a.StatusCode)]);
    }

    private static HttpContent ContentOf(Dictionary<string, string> body, string? file)
    {
        if (file is null) return new FormUrlEncodedContent(body);
        var content = new MultipartFormDataContent();
        foreach (var (name, value) in body.Where(f => f.Key != "file")) content.Add(new StringContent(value), name);
        content.Add(new StringContent(file), "file", "people.csv");
        return content;
    }

    // Headings of its own: those that are known already are remembered once.
    private static string FileOf(Subjects on) =>
        $"Name,Phone,Course,{Next("Hobby")}\nBinu George,98470 {70_000 + Interlocked.Increment(ref _names)},{on.Course.Code},Chess\n";

    private static async Task<Filled> OnImport(Subjects on, string path, string[] before, params (string, string)[] typed)
    {
        using var office = await on.App.SignInAsync(await on.App.AddUserAsync(Next("Office"), Roles.Manager));
        await office.GetAsync("/imports");
        var page = await office.UploadAsync("form[action='/imports']", "file", "people.csv", Encoding.UTF8.GetBytes(FileOf(on)));
        var address = page.Path;
        foreach (var act in before)
            page = await office.SubmitAsync($"form[action='{address}/{act}']", new() { ["consent"] = "true" });
        return await Fill(address, $"{address}/{path}", typed);
    }

    private static async Task<Subjects> MakeAsync(TestApp app)
    {
        var course = await app.AddCourseAsync(Next("CPC"));
        var batch = await app.AddBatchAsync(course);
        var counsellor = await app.AddUserAsync(Next("Leaving"));
        var email = Next("anjali") + "@mail.example";
        var (lead, second) = (await app.AddLeadAsync(course, email: email), await app.AddLeadAsync(course, "Anjali N", email: null));
        var failed = new OutboxMessage { Id = Guid.CreateVersion7(), To = "a@b.example", Status = MessageStatus.Failed };
        (failed.CreatedAt, failed.DueAt) = (app.Clock.Now, app.Clock.Now);
        await app.StoreAsync(failed);
        return new Subjects(app, course, batch, lead, second, counsellor, failed);
    }

    private static async Task<Dictionary<string, string>> BodyAsync(TestApp app, Browser browser, Filled form)
    {
        var page = await browser.GetAsync(form.Page);
        var shown = page.Html.QuerySelectorAll($"form[action='{form.Action}']")
            .FirstOrDefault(f => f.GetAttribute("method") == "post")
            ?? throw new InvalidOperationException($"{form.Page} ({page.Status}) has no form for {form.Action}");
        Dictionary<string, string> body = [];
        foreach (var field in shown.QuerySelectorAll("[name]"))
            if (field.LocalName != "button" && field.GetAttribute("type") is not ("checkbox" or "radio"))
                body[field.GetAttribute("name")!] = field.LocalName switch
                {
                    "textarea" => field.TextContent,
                    "select" => (field.QuerySelector("option[selected]") ?? field.QuerySelector("option"))?.GetAttribute("value") ?? "",
                    _ => field.GetAttribute("value") ?? "",
                };
        foreach (var (name, value) in form.Typed)
            body[name] = value == "of the app"
                ? CodeOfTests.At(app, page.One("code.secret").TextContent)
                : value == "first"
                ? shown.QuerySelector($"[name={name}] option[value*='-']")!.GetAttribute("value")! : value;
        return body;
    }

    private static async Task<IReadOnlyDictionary<string, long>> CountAsync(TestApp app)
    {
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = source.CreateCommand("""
            select t.table_name,
                (xpath('/row/n/text()', query_to_xml('select count(*) n from enrolment.' || t.table_name, false, true, '')))[1]
                ::text::bigint
            from information_schema.tables t where t.table_schema = 'enrolment' and t.table_type = 'BASE TABLE'
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var counts = new Dictionary<string, long>();
        while (await reader.ReadAsync()) counts[reader.GetString(0)] = reader.GetInt64(1);
        return counts;
    }

    // Of the managers that the rows make, the last.
    private static async Task<User> WhoSendsAsync(Subjects on) => (await on.App.AllAsync<User>())
        .Where(u => u.Name.StartsWith("Manager", StringComparison.Ordinal)).MaxBy(u => int.Parse(u.Name["Manager".Length..]))!;

    private static Task<Filled> OnLead(Subjects on, string path, params (string, string)[] typed) =>
        Fill($"/leads/{on.Lead.Id}", $"/leads/{on.Lead.Id}/{path}", typed);

    private static async Task<Filled> OnSuspected(Subjects on, string path)
    {
        var phone = PhoneNumber.FromE164($"+9198470{70_000 + Interlocked.Increment(ref _names)}");
        var enquiry = new NewEnquiry(Guid.CreateVersion7(), PersonName.FromStored("Binu George"), [phone], null, on.Course,
            PreferredTime.Anytime, LeadSource.Direct, "Agreed", null, Actor.Applicant);
        var kept = SuspectedEnquiry.Of(enquiry, "https://spam.example", "L-234567", on.App.Clock.Now);
        await on.App.StoreAsync(kept);
        return await Fill("/enquiries/suspected", $"/enquiries/suspected/{kept.Id}/{path}");
    }

    private static async Task<Filled> OnSeat(Subjects on, string? paid, string path, params (string, string)[] typed)
    {
        var seat = await on.App.EnrolAsync(on.Lead, on.Counsellor, on.Batch, from: "2026-12-01");
        if (paid is not null)
        {
            using var office = await on.App.SignInAsync(await on.App.AddUserAsync(Next("Office"), Roles.Manager));
            await office.GetAsync($"/leads/{on.Lead.Id}");
            await office.SubmitAsync($"form[action='/enrolments/{seat.Id}/payments']",
                new() { ["amount"] = paid, ["amount-asked"] = $"{paid}.00", ["way"] = "Cash" });
        }
        return await Fill($"/leads/{on.Lead.Id}", $"/enrolments/{seat.Id}/{path}", typed);
    }

    // A batch without a seat, for which the lead waits or not.
    private static async Task<Batch> FullAsync(Subjects on, bool waits)
    {
        var full = await on.App.AddBatchAsync(on.Course, seats: 1, code: Next("FULL"));
        full.SeatsTaken = 1;
        await on.App.StoreAsync(full);
        if (waits) await on.App.ActAsync<JoinWaitlist>(on.Lead.Id, on.Counsellor, ("batchId", full.Id.ToString()));
        return full;
    }

    private static async Task<Filled> OnView(Subjects on, string path, params (string, string)[] typed)
    {
        var view = new SavedView { Id = Guid.CreateVersion7(), Name = "Everybody's", Shared = true, OwnerId = on.Counsellor.Id };
        await on.App.StoreAsync(view);
        return await Fill("/views", $"/views/{view.Id}{path}", typed);
    }

    // Money that came in with the seat's own reference.
    private static async Task<BankCredit> CreditAsync(Subjects on, Guid seatId, Action<BankCredit>? change = null)
    {
        var credit = new BankCredit
        {
            Id = Guid.NewGuid(),
            Day = on.App.Clock.Today,
            Amount = Money.FromRupees(1000),
            Narration = $"UPI/CR/{Next("4123456")}/{PaymentReference.Of(seatId)}",
            Way = PaymentWay.Upi,
        };
        change?.Invoke(credit);
        await on.App.StoreAsync(credit);
        return credit;
    }

    private static Task<Filled> OnPerson(Subjects on, string path, params (string, string)[] typed) =>
        Fill($"/leads/{on.Lead.Id}", $"/people/{on.Lead.PersonId}/{path}", typed);

    private static Task<Filled> Fill(string page, string action, params (string Field, string Value)[] typed) =>
        Task.FromResult(new Filled(page, action, typed.ToDictionary(t => t.Field, t => t.Value)));

    // What must be the only one of its name.
    private static string Next(string name) => $"{name}{Interlocked.Increment(ref _names)}";
}

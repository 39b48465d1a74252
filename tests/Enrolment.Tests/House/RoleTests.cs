using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Crm.Accounts;
using Crm.Changes;
using Crm.Courses;
using Crm.Demo;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Seats;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Tests.House;

/// <summary>
/// Who may open which route, and of whom. Each route of the app has its line; a new one fails the walk until it says who it is for.
/// </summary>
public sealed class RoleTests(TestPostgres postgres)
{
    // Who: everybody, whoever is signed in, who looks, who acts on leads, managers, who takes money, who reads reports, who keeps books.
    private static readonly Dictionary<char, string[]> Groups = new()
    {
        ['P'] = [Roles.Counsellor, Roles.Accountant, Roles.Reader, Roles.Manager],
        ['O'] = [Roles.Counsellor, Roles.Accountant, Roles.Reader, Roles.Manager],
        ['S'] = [Roles.Counsellor, Roles.Accountant, Roles.Reader, Roles.Manager],
        ['A'] = [Roles.Counsellor, Roles.Manager],
        ['M'] = [Roles.Manager],
        ['Y'] = [Roles.Counsellor, Roles.Accountant, Roles.Manager],
        ['R'] = [Roles.Accountant, Roles.Reader, Roles.Manager],
        ['K'] = [Roles.Accountant, Roles.Manager],
    };

    // Whose, where counsellors see their own: of a lead, a person, a seat, a receipt, a credit note, a change; of all, so that they are
    // kept out; or of nobody, and each sees their own in it.
    private static readonly Dictionary<string, string> Rows = Read("""
        P-  GET /, GET /enquire/{course?}, POST /enquire, GET /enquire/thanks/{reference?}, GET /enquire/thanks/{reference}/correction
        P-  GET /unsubscribe/{token}, POST /unsubscribe/{token}, GET /health, GET /health/live, GET /health/ready
        P-  GET /signin, POST /signin, POST /signin/code, GET /signin/forgotten, POST /signin/forgotten, GET /setup, POST /setup
        P-  GET /signin/new-password/{token}, POST /signin/new-password/{token}
        P-  GET /signin/passkeys/challenge, POST /signin/passkeys
        O-  GET /account/passkeys/challenge, POST /account/passkeys, POST /account/passkeys/{id:guid}/removal
        O-  POST /signout, GET /account, POST /account/password, POST /account/sessions/{id:guid}/end, POST /account/sessions/end
        O-  GET /account/authenticator, POST /account/authenticator, POST /account/authenticator/removal, POST /account/confirmation
        S-  GET /today, GET /search, GET /leads, GET /leads/next, GET /leads/previous, GET /leads/board, GET /leads/board/{stage}
        S-  GET /batches, GET /dues, GET /live, GET /live/counts, GET /views, GET /views/{id:guid}, GET /changes
        A-  GET /leads/new, GET /leads/selections, GET /leads/selections/previews
        A-  POST /leads, POST /views, POST /views/{id:guid}, POST /views/{id:guid}/removal
        A-  POST /leads/selections, POST /leads/selections/previews, POST /leads/selections/acts, POST /leads/selections/files
        SL  GET /leads/{id:guid}, GET /leads/{id:guid}/brochure.pdf, GET /leads/{id:guid}/enrolment-letter.pdf
        SL  GET /leads/{id:guid}/discount
        AL  POST /leads/{id:guid}/contacts, POST /leads/{id:guid}/calls, POST /leads/{id:guid}/follow-up
        AL  POST /leads/{id:guid}/undoing
        AL  POST /leads/{id:guid}/follow-up/outcome, POST /leads/{id:guid}/notes, POST /leads/{id:guid}/emails
        AL  POST /leads/{id:guid}/course, POST /leads/{id:guid}/stage, POST /leads/{id:guid}/loss, POST /leads/{id:guid}/reopening
        AL  POST /leads/{id:guid}/counsellor, POST /leads/{id:guid}/offers, POST /leads/{id:guid}/enrolment
        AL  POST /leads/{id:guid}/waits, POST /leads/{id:guid}/waits/departures
        SP  GET /people/{id:guid}
        AP  POST /people/{id:guid}/details, POST /people/{id:guid}/contact-points, POST /people/{id:guid}/emails/acceptance
        AP  POST /people/{id:guid}/tags, POST /people/{id:guid}/messages/attempts, POST /people/{id:guid}/consents
        SX  GET /duplicates, GET /enquiries/suspected
        AX  GET /people/{id:guid}/merges, GET /people/{id:guid}/merges/new, POST /people/{id:guid}/merges
        AX  POST /people/{id:guid}/splits, POST /people/{id:guid}/others
        AX  POST /enquiries/suspected/{id:guid}/restoration, POST /enquiries/suspected/{id:guid}/dismissal
        SX  GET /batches/{id:guid}, GET /batches/{id:guid}/attendance
        AX  POST /batches/{id:guid}/attendance, POST /batches/{id:guid}/attendance/no-class
        AX  POST /batches/{id:guid}/waits/{lead:guid}, POST /batches/{id:guid}/files
        SE  GET /enrolments/{id:guid}, GET /enrolments/{id:guid}/certificate.pdf
        AE  POST /enrolments/{id:guid}/withdrawal, POST /enrolments/{id:guid}/transfer
        YE  POST /enrolments/{id:guid}/payments, POST /enrolments/{id:guid}/reversals, POST /enrolments/{id:guid}/refunds
        YE  POST /enrolments/{id:guid}/instalments, POST /enrolments/{id:guid}/invoice-address, POST /enrolments/{id:guid}/reminders
        YE  POST /enrolments/{id:guid}/reminders/undoing
        Y-  POST /dues/files
        SR  GET /receipts/{id:guid}.pdf
        SN  GET /receipts/notes/{id:guid}.pdf
        SC  GET /changes/{id:guid}, GET /changes/{id:guid}/undoings/new
        AC  POST /changes/{id:guid}/undoings, POST /changes/{id:guid}/stop
        R-  GET /reports, GET /reports/funnel.csv, GET /reports/funnel.xlsx, GET /reports/fees, GET /reports/fees/{table}.csv
        R-  GET /reports/fees.xlsx, GET /reports/cash, GET /bank-statements, GET /morning
        R-  GET /reports/tax, GET /reports/tax.csv, GET /reports/tax.xlsx
        K-  POST /reports/cash, POST /bank-statements, POST /bank-statements/payments
        K-  POST /bank-statements/credits/{id:guid}/decision, POST /bank-statements/credits/{id:guid}/reopening
        M-  GET /users, POST /users, GET /users/{id:guid}, POST /users/{id:guid}, POST /users/{id:guid}/links
        M-  POST /users/{id:guid}/unlocking, GET /users/rules, POST /users/rules
        M-  GET /outbox, GET /outbox/{id:guid}.eml, POST /outbox/{id:guid}/arrival, POST /outbox/{id:guid}/attempts
        M-  POST /outbox/attempts, POST /outbox/tries, POST /outbox/release, GET /jobs/{**path}, POST /jobs/{**path}
        M-  GET /upkeep, GET /backups, POST /backups, GET /backups/{id:guid}, POST /backups/{id:guid}/copies
        M-  GET /approvals, POST /approvals/{id:guid}, POST /batches, POST /batches/{id:guid}
        M-  GET /batches/{id:guid}/cancellation, POST /batches/{id:guid}/cancellation, GET /institute/batches, POST /institute/batches
        M-  GET /courses/new, GET /courses/{id:guid}, POST /courses, POST /courses/{id:guid}, GET /institute, POST /institute
        M-  GET /sources, POST /sources/joins, POST /sources/partings, GET /imports, POST /imports, GET /imports/{id:guid}
        M-  GET /imports/{id:guid}/refused, POST /imports/{id:guid}/mapping, POST /imports/{id:guid}/start, POST /imports/{id:guid}/stop
        M-  POST /imports/{id:guid}/continuation, POST /imports/{id:guid}/removal
        M-  GET /audit, GET /privacy, POST /privacy, POST /privacy/kept/{id:guid}, POST /privacy/kept/{id:guid}/removal
        M-  POST /privacy/clock
        M-  GET /people/{id:guid}/data, POST /people/{id:guid}/data/files, POST /people/{id:guid}/data/erasure
        """);

    private static Dictionary<string, string> Read(string table) => table.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .SelectMany(line => line[4..].Split(", ").Select(route => (Route: route.Trim(), Row: line[..2])))
        .ToDictionary(r => r.Route, r => r.Row);

    private static List<string> RoutesOf(TestApp app) =>
    [
        .. app.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<StaticAssetDescriptor>() is null)
            .SelectMany(e => (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST"])
                .Select(m => $"{m} /{e.RoutePattern.RawText!.Trim('/')}")),
    ];

    private static async Task<HttpStatusCode> AskAsync(Browser browser, string route, Guid id)
    {
        var (method, path) = (route.Split(' ')[0], Regex.Replace(route.Split(' ')[1], @"\{[^}]+\}", id.ToString()));
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method != "GET") request.Content = new FormUrlEncodedContent([]);
        using var answer = await browser.SendRawAsync(request);
        return answer.StatusCode;
    }

    [Fact]
    public async Task Each_role_is_refused_where_its_line_says_so_and_nowhere_else()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var routes = RoutesOf(app);
        Assert.Equal(Rows.Keys.Order(), routes.Order());
        var wrong = new List<string>();

        foreach (var (role, _) in Roles.All)
        {
            using var browser = await app.SignInAsync(await app.AddUserAsync(role, role));
            // Signing out, and ending sessions, come last: they would end the walk.
            foreach (var route in routes.OrderBy(r => r.Contains("/signout", StringComparison.Ordinal)))
            {
                var status = await AskAsync(browser, route, Guid.NewGuid());
                var isWrong = status == HttpStatusCode.Forbidden == Groups[Rows[route][0]].Contains(role)
                    || status is HttpStatusCode.Unauthorized or HttpStatusCode.InternalServerError;
                if (isWrong) wrong.Add($"{role}: {route} answers {status}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Where_counsellors_see_their_own_nothing_of_anybody_elses_is_opened_or_acted_on()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.DescribeAsync(p => (p.CounsellorsSeeAll, p.Gstin) = (false, "32AAPFU0939F1Z4"));
        var (divya, ashik) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ashik Rahman"));
        var course = await app.AddCourseAsync();
        var (hers, his) = (await ThingsAsync(app, divya, course, "Anjali Nair"), await ThingsAsync(app, ashik, course, "Binu George"));
        using var browser = await app.SignInAsync(divya);
        var wrong = new List<string>();

        foreach (var (route, row) in Rows.Where(r => Groups[r.Value[0]].Contains(Roles.Counsellor) && r.Value[1] != '-'))
        {
            var (own, other) = (await AskAsync(browser, route, hers.GetValueOrDefault(row[1])),
                await AskAsync(browser, route, his.GetValueOrDefault(row[1], Guid.NewGuid())));
            // The credit note is told by its row alone, of which no paper can be made.
            var isWrong = own == HttpStatusCode.Forbidden != (row[1] == 'X') || row[1] != 'N' && own == HttpStatusCode.InternalServerError;
            if (isWrong) wrong.Add($"{route} of their own answers {own}");
            if (other != HttpStatusCode.Forbidden) wrong.Add($"{route} of another's answers {other}");
        }

        Assert.Empty(wrong);
        // With the token of their own page, and a form that would be taken.
        await browser.GetAsync($"/leads/{hers['L']}");
        var token = browser.Page.Html.QuerySelector("[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        var written = await browser.PostAsync($"/leads/{his['L']}/notes",
            new() { ["text"] = "Planted", ["__RequestVerificationToken"] = token });
        Assert.Equal(HttpStatusCode.Forbidden, written.Status);
        Assert.Empty((await app.EventsAsync(his['L'])).OfType<NoteAdded>());
        // A form on their own person that names another's lead to come back to.
        var shown = await browser.PostAsync($"/people/{hers['P']}/tags",
            new() { ["tag"] = "", ["lead"] = his['L'].ToString(), ["__RequestVerificationToken"] = token });
        Assert.DoesNotContain("Binu", shown.Text);
        // Managers and accountants go on seeing all.
        foreach (var role in new[] { Roles.Manager, Roles.Accountant })
        {
            using var office = await app.SignInAsync(await app.AddUserAsync(role + " office", role));
            Assert.Equal(HttpStatusCode.OK, await AskAsync(office, "GET /leads/{id:guid}", his['L']));
        }
    }

    [Fact]
    public async Task Where_counsellors_see_their_own_no_list_no_search_and_no_file_names_anybody_else()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.DescribeAsync(p => p.CounsellorsSeeAll = false);
        var (divya, ashik) = (await app.AddUserAsync("Divya Menon"), await app.AddUserAsync("Ashik Rahman"));
        var course = await app.AddCourseAsync();
        var (hers, his) = (await ThingsAsync(app, divya, course, "Anjali Nair"), await ThingsAsync(app, ashik, course, "Binu George"));
        using var browser = await app.SignInAsync(divya);
        var (reference, roll) = ((await app.LoadAsync<Lead>(his['L'])).Reference, (await app.LoadAsync<Enrolment>(his['E'])).RollNumber);
        var receipt = (await app.LoadAsync<Receipt>(his['R'])).Number;

        foreach (var path in new[]
        {
            "/leads", "/leads?counsellor=" + ashik.Id, "/leads?q=Binu", "/leads?q=" + reference, "/leads?stage=enrolled", "/leads/board",
            "/leads/board/Enrolled?counsellor=" + ashik.Id, "/today?everyone=true", $"/today?lead={his['L']}", "/search?q=Binu",
            "/search?q=" + reference, "/search?q=" + roll, "/search?q=" + receipt, "/dues", "/changes", $"/leads/selections?ids={his['L']}",
            $"/leads/selections/previews?ids={his['L']}&act=counsellor&counsellor={divya.Id}", $"/leads/{hers['L']}",
        })
        {
            var page = await browser.GetAsync(path);
            Assert.True(page.Status is HttpStatusCode.OK or HttpStatusCode.UnprocessableEntity, $"{path} answers {page.Status}");
            Assert.False(page.Text.Contains("Binu George", StringComparison.Ordinal), path);
        }
        foreach (var path in new[] { "/leads", "/search?q=Anj", "/dues", "/leads/board" })
        {
            var main = (await browser.GetAsync(path)).One("main").TextContent;
            Assert.True(main.Contains("Anjali", StringComparison.Ordinal), $"{path}: {main}");
        }
        await browser.GetAsync("/leads");
        var token = browser.Page.Html.QuerySelector("[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        foreach (var (path, fields) in new (string, Dictionary<string, string>)[]
        {
            ("/leads/selections/files", new() { ["of"] = "all", ["as"] = "csv" }),
            ("/leads/selections/files", new() { ["ids"] = his['L'].ToString(), ["as"] = "csv" }),
            ("/dues/files", new() { ["as"] = "csv" }),
        })
        {
            fields["__RequestVerificationToken"] = token;
            var file = await browser.PostAsync(path, fields);
            Assert.Equal(HttpStatusCode.OK, file.Status);
            Assert.DoesNotContain("Binu", file.Text);
        }
        await browser.PostAsync("/leads/selections/acts", new()
        {
            ["ids"] = his['L'].ToString(),
            ["act"] = "loss",
            ["reason"] = "Fee",
            ["seen"] = "1",
            ["__RequestVerificationToken"] = token,
        });
        Assert.NotEqual(Stage.Lost, (await app.LoadAsync<Lead>(his['L'])).Stage);
    }

    [Fact]
    public async Task An_accountant_takes_a_payment_and_is_offered_nothing_else_and_a_reader_nothing_at_all()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var things = await ThingsAsync(app, await app.AddUserAsync("Divya Menon"), await app.AddCourseAsync(), "Anjali Nair");
        using var cashier = await app.SignInAsync(await app.AddUserAsync("Ravi Pillai", Roles.Accountant));
        using var reader = await app.SignInAsync(await app.AddUserAsync("Owner", Roles.Reader));
        string Payments() => $"form[action='/enrolments/{things['E']}/payments']";

        var page = await cashier.GetAsync($"/leads/{things['L']}");
        var looked = await reader.GetAsync($"/leads/{things['L']}");

        Assert.Empty(page.Html.QuerySelectorAll("form[action^='/leads/'][method=post], form[action^='/people/'][method=post]"));
        Assert.Equal(["/signout"], looked.Html.QuerySelectorAll("form[method=post]").Select(f => f.GetAttribute("action")).Distinct());
        var before = (await app.AllAsync<Receipt>()).Count;
        Assert.Equal(HttpStatusCode.OK, (await cashier.SubmitAsync(Payments(), new() { ["amount"] = "500", ["way"] = "Cash" })).Status);
        Assert.Equal(before + 1, (await app.AllAsync<Receipt>()).Count);
    }

    [Fact]
    public async Task What_an_account_is_not_for_is_answered_by_a_page_of_ours_or_beside_what_was_sent()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var reader = await app.SignInAsync(await app.AddUserAsync("Owner", Roles.Reader));

        var page = await reader.GetAsync("/users");
        Assert.Equal((HttpStatusCode.Forbidden, "Not for your account"), (page.Status, page.One("h1").TextContent));
        Assert.Equal("/today", page.One("main a.button").GetAttribute("href"));
        page = await reader.PostAsync("/leads", new() { ["__RequestVerificationToken"] = await TokenAsync(reader) }, htmx: true);
        Assert.Equal(HttpStatusCode.Forbidden, page.Status);
        Assert.Contains("Not for your account", page.One("[role=alert]").TextContent);
        Assert.Equal("afterbegin", page.Headers.GetValues("HX-Reswap").Single());
    }

    private static async Task<string> TokenAsync(Browser browser) =>
        (await browser.GetAsync("/today")).Html.QuerySelector("[name=__RequestVerificationToken]")!.GetAttribute("value")!;

    [Fact]
    public async Task No_page_offers_what_whoever_reads_it_may_not_do()
    {
        await using var app = await TestApp.StartAsync(postgres, described: false);
        await DemoSeed.RunAsync(app.Host.Services, NullLogger.Instance, TestApp.Password, 150);
        await BusyAsync(app);
        var wrong = new List<string>();

        foreach (var (role, _) in Roles.All)
        {
            using var browser = await app.SignInAsync(await app.AddUserAsync(role + " walks", role));
            var walked = await OfferWalk.WalkAsync(browser,
                (method, path) => Row(method, path) is not { } row || Groups[row[0]].Contains(role));
            wrong.AddRange(walked.Wrong.Select(w => $"{role}: {w}"));
            Assert.True(walked.Pages > 40, $"As {role} only {walked.Pages} pages were found.");
        }

        Assert.Empty(wrong.Distinct());
    }

    [Fact]
    public async Task Where_counsellors_see_their_own_no_page_offers_them_what_is_another_s_or_everybodys()
    {
        await using var app = await TestApp.StartAsync(postgres, described: false);
        await DemoSeed.RunAsync(app.Host.Services, NullLogger.Instance, TestApp.Password, 150);
        await BusyAsync(app);
        await app.DescribeAsync(p => p.CounsellorsSeeAll = false);
        var leads = await app.AllAsync<Lead>();
        var user = (await app.AllAsync<User>()).Where(u => u.Role == Roles.Counsellor)
            .MaxBy(u => leads.Count(l => l.CounsellorId == u.Id))!;
        var own = await OwnOfAsync(app, user.Id);
        using var browser = await app.SignInAsync(user);

        bool IsTheirs(string path) => own.Contains(path.Split('/', '.').First(part => Guid.TryParse(part, out _)));
        var walked = await OfferWalk.WalkAsync(browser, (method, path) => Row(method, path) is not { } row
            || Groups[row[0]].Contains(Roles.Counsellor) && row[1] != 'X' && (row[1] == '-' || IsTheirs(path)));

        Assert.Empty(walked.Wrong.Distinct());
        Assert.True(walked.Pages > 25, $"Only {walked.Pages} pages were found.");
    }

    // All that is of the people of whom somebody has a lead, and what they changed themselves.
    private static async Task<HashSet<string>> OwnOfAsync(TestApp app, Guid user)
    {
        var leads = await app.AllAsync<Lead>();
        var people = leads.Where(l => l.CounsellorId == user).Select(l => l.PersonId).ToHashSet();
        var seats = (await app.AllAsync<Enrolment>()).Where(s => people.Contains(s.PersonId)).Select(s => s.Id).ToHashSet();
        return
        [
            .. people.Select(id => $"{id}"), .. leads.Where(l => people.Contains(l.PersonId)).Select(l => $"{l.Id}"),
            .. seats.Select(id => $"{id}"),
            .. (await app.AllAsync<Receipt>()).Where(r => seats.Contains(r.EnrolmentId)).Select(r => $"{r.Id}"),
            .. (await app.AllAsync<Change>()).Where(c => c.By.UserId == user).Select(c => $"{c.Id}"),
        ];
    }

    // Whose the route is that answers an address, and for whom; null where none does, as of a file.
    private static string? Row(string method, string path) => Rows.Where(r => Pattern(r.Key).IsMatch($"{method} {path}"))
        .OrderBy(r => r.Key.Count(c => c == '{')).Select(r => r.Value).FirstOrDefault();

    private static readonly ConcurrentDictionary<string, Regex> Patterns = [];

    private static Regex Pattern(string route) => Patterns.GetOrAdd(route, r => new Regex("^" + string.Concat(
        Regex.Split(r, @"(/?\{[^}]+\})").Select(part => part.Contains("{**", StringComparison.Ordinal) ? "/.*"
            : part.EndsWith(":guid}", StringComparison.Ordinal) ? "/[0-9a-f-]{36}"
            : part.EndsWith("?}", StringComparison.Ordinal) ? "(/[^/]*)?"
            : part.EndsWith('}') ? "/?[^/]+"
            : Regex.Escape(part))) + "$"));

    // What the demo has not: credits that wait, and were decided; people of one number; somebody who waits for a seat.
    private static async Task BusyAsync(TestApp app)
    {
        var beena = (await app.AllAsync<User>()).First(u => u.Role == Roles.Manager);
        using var manager = await app.SignInAsync(beena);
        var seat = (await app.AllAsync<Enrolment>()).First(s => s.IsCurrent && s.HasDebt);
        var day = $"{app.Clock.Today:dd/MM/yyyy}";
        await manager.GetAsync("/bank-statements");
        await manager.UploadAsync("form.drop", "file", "statement.csv", Encoding.UTF8.GetBytes("Date,Narration,Ref No,Withdrawal,Deposit\n"
            + $"{day},UPI/CR/433312345678/{seat.RollNumber},1,,100\n{day},A LOAN,2,,5000\n{day},SOMEBODY,3,,70\n"));
        var form = (await manager.GetAsync("/bank-statements")).Html.QuerySelectorAll(".credit form")[0].GetAttribute("action");
        await manager.SubmitAsync($"form[action='{form}']", new() { ["choice"] = "none", ["why"] = "A loan" });
        var course = (await app.AllAsync<Course>()).First(c => c.Open);
        await app.AddLeadAsync(course, "Anjali Nair", phone: "+919847099887");
        var sister = await app.AddLeadAsync(course, "Anju", phone: "+919847099887");
        await app.AddLeadAsync(course, "Anju N", phone: "+919847099887");
        var batch = await app.AddBatchAsync(course, seats: 1, code: "ONE-SEAT");
        await app.EnrolAsync(await app.AddLeadAsync(course, "Binu George"), beena, batch);
        await app.ActAsync<JoinWaitlist>(sister.Id, beena, ("batchId", batch.Id.ToString()));
    }

    // A lead in somebody's hands with a person, a seat, a receipt, a credit note and a change of theirs.
    private static async Task<Dictionary<char, Guid>> ThingsAsync(TestApp app, User counsellor, Course course, string name)
    {
        var batch = await app.AddBatchAsync(course, code: "B-" + counsellor.Name.Split(' ')[0].ToUpperInvariant());
        var lead = await app.AddLeadAsync(course, name, email: null);
        await app.ChangeAsync(lead, l => l.CounsellorId == counsellor.Id ? [] : LeadRules.Assign(l, counsellor.Id, counsellor.Name));
        var seat = await app.EnrolAsync(lead, counsellor, batch);
        await app.OnSeatAsync<RecordPayment>(seat.Id, counsellor,
            ("amount", "1000"), ("way", "Cash"), ("on", $"{app.Clock.Today:yyyy-MM-dd}"));
        var receipt = (await app.AllAsync<Receipt>()).Single(r => r.EnrolmentId == seat.Id);
        var note = new TaxNote { Id = Guid.NewGuid(), Number = "CN-" + counsellor.Name, EnrolmentId = seat.Id };
        await app.StoreAsync(note);
        var change = new Change
        { Id = Guid.NewGuid(), By = Actor.Staff(counsellor.Id, counsellor.Name), At = app.Clock.Now, Words = "Lost " + name };
        await app.StoreAsync(change);
        return new() { ['L'] = lead.Id, ['P'] = lead.PersonId, ['E'] = seat.Id, ['R'] = receipt.Id, ['N'] = note.Id, ['C'] = change.Id };
    }
}

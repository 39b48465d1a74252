using System.Net;
using System.Text;
using Crm.Accounts;
using Crm.Changes;
using Crm.Correspondence;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Imports;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Privacy;

namespace Crm.Tests.Imports;

/// <summary>What a manager sees before anything is stored, and what is stored then.</summary>
public sealed class ImportTests(TestPostgres postgres)
{
    private static readonly string[] Groups = ["New", "Joins", "Twice", "Possible", "Refused"];
    private const string Headings = "Name,Mobile,Mail id,Course,Date,Hobby\n";

    [Fact]
    public async Task Where_no_row_can_go_in_nothing_offers_to_start()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);

        var page = await desk.DropAsync("people.csv", "Name,Phone,Course\nBinu George,12,CPC\n");

        Assert.Equal("Nothing to import yet", page.One("#start").TextContent);
        Assert.Empty(page.Html.QuerySelectorAll($"form[action='/imports/{desk.Id}/start'] :is(button, select, .primary)"));
        Assert.Equal("No row can go in as the columns are now. The reasons stand beside the rows.", page.One(".note").TextContent.Trim());
    }

    [Theory]
    [InlineData("Anjali CPC 2026", "Binu (batch 4)", "Chithra 98", true)]
    [InlineData("L-7710", "L-7711", "L-7712", false)]
    public async Task What_is_called_a_name_may_have_digits_and_is_no_code(string one, string two, string three, bool isName)
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        var rows = new[] { one, two, three }.Select((name, i) => $"{name},984701230{i},CPC");

        await desk.DropAsync("contacts.csv", $"Name,Mobile,Course\n{string.Join('\n', rows)}\n");

        Assert.Equal(isName ? (3, 0) : (0, 3), (desk.Count("New"), desk.Count("Refused")));
    }

    [Theory]
    [InlineData("9.84E+09", false)]
    [InlineData("9.84701E+09", false)]
    [InlineData("9.847012346E+09", true)]
    [InlineData("9.847012346E9", true)]
    [InlineData("9.84E9", true)] // as programs write a whole number that they have exactly
    [InlineData("9840000000", true)]
    public async Task A_number_of_a_workbook_that_lost_its_last_digits_is_refused_as_in_a_text(string number, bool taken)
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        static string Text(string text) => $"<c t=\"inlineStr\"><is><t>{text}</t></is></c>";

        await desk.DropAsync("people.xlsx", Xlsx.Of($"<row>{Text("Name")}{Text("Phone")}{Text("Course")}</row>"
            + $"<row>{Text("Anu Das")}<c><v>{number}</v></c>{Text("CPC")}</row>"));

        Assert.Equal(taken ? (1, 0) : (0, 1), (desk.Count("New"), desk.Count("Refused")));
        if (taken) return;
        var page = await desk.Browser.GetAsync($"/imports/{desk.Id}?group=Refused");
        Assert.Contains($"The last digits of this number are lost: a spreadsheet shortened it to {number}.", page.One("main").TextContent);
    }

    [Fact]
    public async Task One_row_that_stays_out_is_one_row()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);

        var page = await desk.DropAsync("people.csv", "Name,Phone,Course\nAnu Das,98470 00002,CPC\nBinu Das,12,CPC\n");

        Assert.Contains("1 row is refused and stays out.", page.Text);
    }

    [Fact]
    public async Task Each_row_is_told_what_becomes_of_it_and_becomes_that()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        var app = desk.App;
        var known = await app.AddLeadAsync(await desk.CourseAsync("CPC"), "Anjali Nair", "anjali@mail.example", "+919847000001");
        var mail = (await app.AllAsync<OutboxMessage>()).Count;

        await desk.DropAsync("people.csv", Headings
            + "Anjali  NAIR,98470 00001,,CCS,2026-03-01,Chess\n"            // joins
            + "Anju,9847000001,,CPC,2026-03-01,\n"                          // somebody new who shares the number
            + "Anjali N,098470 00001,,CPC,2026-03-02,\n"                    // possibly the same
            + "Binu George,+91-98470 00002,binu@mail.example,CPC,2026-03-05,\n"
            + "George Binu,,BINU@mail.example ,CCS,2026-03-04,\n"           // twice; the earlier row begins him
            + "Meera Das,9.84701E+09,,CPC,2026-03-05,\n"
            + "Lijo Das,98470 00003 / 98470 00004 (call after 5),not an address,CPC,2026-03-05,Football\n"
            + "Rahul Das,98470 00005,,pottery,2026-03-05,\n"
            + "Sneha Das,98470 00006,,CPC,2027-03-05,\n");

        Assert.Equal([3, 1, 1, 1, 3], Groups.Select(desk.Count));
        Assert.Contains("Joins whom you know: the same name and phone.", Assert.Single(await desk.RowsAsync(RowGroup.Joins)));
        Assert.Equal($"/people/{known.PersonId}", desk.Page.One("#rows tbody a").GetAttribute("href"));
        Assert.Contains("The same person as in row 6: the same name and email address.",
            Assert.Single(await desk.RowsAsync(RowGroup.Twice)));
        Assert.Contains("the same phone and a similar name", Assert.Single(await desk.RowsAsync(RowGroup.Duplicate)));
        var refused = await desk.RowsAsync(RowGroup.Refused);
        Assert.Contains("The last digits of this number are lost: a spreadsheet shortened it to 9.84701E+09.", refused[0]);
        Assert.Contains("“pottery” is no course here.", refused[1]);
        Assert.Contains("“2027-03-05” is still to come.", refused[2]);
        Assert.Single(await app.AllAsync<Lead>()); // nothing is stored by looking

        var page = await desk.ImportAsync();

        Assert.Equal("6 of 6 rows went in", page.One("#progress h2").TextContent);
        Assert.Equal([3, 1, 1, 1, 3], Groups.Select(desk.Count));
        var (leads, people) = (await app.AllAsync<Lead>(), await app.AllAsync<Person>());
        Assert.Equal((5, 5), (leads.Count, people.Count)); // Anjali's lead was still new: it lists both courses
        Assert.Equal("CCS", Assert.Single((await app.LoadAsync<Lead>(known.Id)).OtherCourses).Code);
        Assert.Equal(known.LastActivityAt, (await app.LoadAsync<Lead>(known.Id)).LastActivityAt); // an old row is no new activity
        var binu = leads.Single(l => l.PersonId == people.Single(p => p.Name.Text == "George Binu").Id);
        Assert.Equal((new DateOnly(2026, 3, 4), "CCS"), (app.Clock.DayOf(binu.ReceivedAt), binu.CourseCode));
        var lijo = people.Single(p => p.Name.Text == "Lijo Das");
        Assert.Equal(["+919847000003", "+919847000004"], lijo.Phones.Select(p => p.Number.E164));
        var kept = leads.Single(l => l.PersonId == lijo.Id).Kept;
        Assert.Equal(["98470 00003 / 98470 00004 (call after 5)", "not an address", "Football"], kept.Select(k => k.Text));
        Assert.Single(await app.AllAsync<PossibleDuplicate>());
        Assert.Contains("(call after 5)", (await desk.Browser.GetAsync($"/people/{lijo.Id}")).Text);
        Assert.Equal(mail, (await app.AllAsync<OutboxMessage>()).Count);
        var was2026 = await desk.Browser.GetAsync("/reports?from=2026-03-01&to=2026-03-31");
        Assert.Contains(">4<", was2026.Text); // the funnel of March has March's
    }

    [Fact]
    public async Task A_column_of_counsellors_gives_leads_to_those_who_are_here_and_keeps_the_others_names_as_text()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        var divya = await desk.App.AddUserAsync("Divya Menon");
        var ravi = await desk.App.AddUserAsync("Ravi Pillai");
        await desk.App.AddUserAsync("Anu George");
        await desk.App.AddUserAsync("Thomas Anu");
        const string rows = "Name,Mobile,Course,Counsellor\nMeera Das,98470 00001,CPC,DIVYA\nLijo Das,98470 00002,CPC,\"Pillai, Ravi\"\n"
            + "Sneha Das,98470 00003,CPC,Sheeja (left)\nGokul Das,98470 00004,CPC,anu\nBasil Das,98470 00005,CPC,divya menon\n"
            + "Arya Das,98470 00006,CPC,\n";
        await desk.DropAsync("people.csv", rows);
        Assert.Equal(("Counsellor", "Divya Menon", "Ravi Pillai", "Nobody here: kept as text", "Several are called so: kept as text"),
            (desk.Chosen("Counsellor"), desk.Chosen("“DIVYA”"), desk.Chosen("“Pillai, Ravi”"), desk.Chosen("“Sheeja (left)”"),
                desk.Chosen("“anu”")));
        await desk.MapAsync(("“anu”", "Thomas Anu"));
        await desk.ImportAsync();

        var people = (await desk.App.AllAsync<Person>()).ToDictionary(p => p.Id, p => p.Name.Text[..^4]);
        var leads = (await desk.App.AllAsync<Lead>()).ToDictionary(l => people[l.PersonId]);
        Assert.Equal([divya.Id, ravi.Id, divya.Id], [leads["Meera"].CounsellorId, leads["Lijo"].CounsellorId, leads["Basil"].CounsellorId]);
        Assert.Equal("Thomas Anu", leads["Gokul"].CounsellorName);
        Assert.Equal(["Sheeja (left)"], leads["Sneha"].Kept.Select(k => k.Text));
        Assert.All(new[] { "Sneha", "Arya" }, n => Assert.NotNull(leads[n].CounsellorId)); // in turn, as all who name nobody
        Assert.Empty(leads["Meera"].Kept);

        await desk.DropAsync("more.csv", rows.Replace("98470 0", "98470 1", StringComparison.Ordinal));
        Assert.Equal("Thomas Anu", desk.Chosen("“anu”")); // as it was said of the file before
    }

    [Fact]
    public async Task Before_a_counsellor_can_sign_in_the_page_says_that_nobody_is_dealt_the_leads()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        await desk.App.StoreAsync(
            new User { Id = Guid.NewGuid(), Name = "Asha Nair", Email = "asha@mail.example", Role = Roles.Counsellor });
        string Offered(WebPage page) => page.One("select[name=counsellor] option[value=turn]").TextContent;
        const string rows = "Name,Mobile,Course\nMeera Das,98470 00001,CPC\n";

        Assert.Equal("The counsellors, in turn: none can sign in yet, so nobody", Offered(await desk.DropAsync("people.csv", rows)));
        await desk.App.AddUserAsync("Divya Menon");
        Assert.Equal("The counsellors, in turn", Offered(await desk.DropAsync("more.csv", rows)));
    }

    [Fact]
    public async Task Undoing_a_file_in_which_somebody_stands_twice_says_beforehand_that_all_of_it_goes()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        await desk.DropAsync("people.csv", Headings
            + "Binu George,98470 00002,,CPC,2026-03-05,\nBinu George,98470 00002,,CCS,2026-03-06,Chess\n"
            + "Anu Das,98470 00003,,CPC,2026-03-05,\n");
        var id = desk.Id;
        var done = await desk.ImportAsync();
        Assert.Contains("CPC 5 Mar 2026 Somebody new.", Assert.Single(done.Texts("#rows tbody tr").Select(Words), t => t.Contains("Binu")));

        var ask = await desk.Browser.GetAsync($"/changes/{id}/undoings/new");

        Assert.StartsWith("4 records are taken back", Words(ask.Html.QuerySelector("main form p")!.TextContent));
        Assert.Null(ask.Html.QuerySelector("table"));
        await desk.Browser.SubmitAsync($"form[action='/changes/{id}/undoings']");
        Assert.Empty(await desk.App.AllAsync<Person>());
    }

    [Fact]
    public async Task Who_stands_twice_in_a_file_is_one_lead_in_what_the_change_counts_and_in_what_its_undoing_leaves()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        await desk.DropAsync("people.csv", Headings
            + "Binu George,98470 00002,,CPC,2026-03-05,\nBinu George,98470 00002,,CPC,2026-03-06,Chess\n"
            + "Anu Das,98470 00003,,CPC,2026-03-05,\n");
        var id = desk.Id;
        await desk.ImportAsync();
        var binu = (await desk.App.AllAsync<Person>()).Single(p => p.Name.Text == "Binu George");
        var lead = (await desk.App.AllAsync<Lead>()).Single(l => l.PersonId == binu.Id);
        Assert.Single((await desk.App.EventsAsync(lead.Id)).OfType<EnquiredAgain>());
        await desk.App.ChangeAsync(lead,
            l => LeadRules.LogContact(l, desk.App.Clock.Now, null, ContactChannel.Call, ContactOutcome.Busy, null),
            Actor.Staff(Guid.NewGuid(), "Divya Menon"));

        Assert.Contains("2 leads, 2 people", (await desk.Browser.GetAsync("/changes")).Text);
        Assert.Equal(4, (await desk.Browser.GetAsync($"/changes/{id}")).Texts("tbody tr").Count);
        var ask = await desk.Browser.GetAsync($"/changes/{id}/undoings/new");
        Assert.Equal(["2", "2"], ask.Texts("main form strong"));
        string[] left = ["left as it is: called by Divya Menon since", "left as it is: has a lead that stays"];
        Assert.Equal(left, ask.Texts("tbody td[data-label=Now]").Order(StringComparer.Ordinal));
        await desk.Browser.SubmitAsync($"form[action='/changes/{id}/undoings']");

        var done = await desk.Browser.GetAsync($"/changes/{id}?left=true");
        Assert.Equal("Left 2", Words(done.Texts("nav.tabs a")[1]));
        Assert.Equal(left, done.Texts("tbody td[data-label=Now]").Order(StringComparer.Ordinal));
    }

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public async Task The_same_file_again_changes_nothing_and_neither_does_a_list_written_out_of_here()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        await desk.DropSampleAsync("office-register.xlsx");
        await desk.MapAsync(("“Medical Coding”", "Foundation"), ("“ICD 10”", "ICD-10-CM"));
        await desk.ImportAsync();
        var (leads, people) = (await desk.App.AllAsync<Lead>(), await desk.App.AllAsync<Person>());
        var before = (leads.Sum(l => l.Version), people.Sum(p => p.Version), leads.Count, people.Count);

        await desk.DropSampleAsync("office-register.xlsx");
        // The mapping was remembered.
        Assert.Contains("Foundation", desk.Chosen("“Medical Coding”"));
        Assert.Equal((41, 1), (desk.Count("Joins"), desk.Count("Twice")));
        var again = await desk.ImportAsync();
        Assert.Equal("42 of 42 rows went in, 42 of which were here already", again.One("#progress h2").TextContent);
        foreach (var format in new[] { "csv", "xlsx" })
        {
            await desk.DropAsync("leads." + format, await desk.ExportAsync(format));
            Assert.Equal((0, 41), (desk.Count("Refused"), desk.Count("Joins")));
            Assert.Contains("41 of which were here already", (await desk.ImportAsync()).One("#progress h2").TextContent);
        }

        (leads, people) = (await desk.App.AllAsync<Lead>(), await desk.App.AllAsync<Person>());
        Assert.Equal(before, (leads.Sum(l => l.Version), people.Sum(p => p.Version), leads.Count, people.Count));
    }

    [Fact]
    public async Task What_was_put_right_or_added_in_a_file_that_is_imported_again_is_told_to_who_is_here()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        const string head = "Name,Phone,Email,Course,Date,Notes\n";
        await desk.DropAsync("a.csv", head
            + "Anu George,9847100001,anu@x.example,CPC,20/11/2026,Evenings\nBinu George,9847100002,,CPC,20/11/2026,\n"
            + "Devi Das,9847100003,,CPC,20/11/2026,Fee?\nEbin Jose,9847100004,ebin@x.example,CPC,20/11/2026,\n");
        await desk.ImportAsync();

        await desk.DropAsync("b.csv", head
            + "Anu George,9847100011,anu@x.example,CPC,20/11/2026,Evenings\nBinu George,9847100002,binu@x.example,CPC,20/11/2026,\n"
            + "Devi Das,9847100003,,CPC,20/11/2026,Paid elsewhere\nEbin Jose,9847100004,ebin@x.example,CPC,20/11/2026,\n");
        var done = await desk.ImportAsync();

        Assert.Equal("4 of 4 rows went in, 1 of which was here already", done.One("#progress h2").TextContent);
        var people = (await desk.App.AllAsync<Person>()).ToDictionary(p => p.Name.Text);
        Assert.Equal(4, people.Count);
        Assert.Contains("+919847100011", people["Anu George"].Keys);
        Assert.Contains("binu@x.example", people["Binu George"].Keys);
        var devi = (await desk.App.AllAsync<Lead>()).Single(l => l.PersonId == people["Devi Das"].Id);
        Assert.Contains((await desk.App.EventsAsync(devi.Id)).OfType<EnquiredAgain>(), e => e.Message == "Paid elsewhere");
        // Once more it brings nothing.
        await desk.DropAsync("b.csv", head
            + "Devi Das,9847100003,,CPC,20/11/2026,Paid elsewhere\nAnu George,9847100011,,CPC,20/11/2026,Evenings\n");
        Assert.Equal("2 of 2 rows went in, 2 of which were here already", (await desk.ImportAsync()).One("#progress h2").TextContent);
    }

    [Fact]
    public async Task A_row_with_the_number_of_one_and_the_address_of_another_of_that_name_lists_the_two_as_perhaps_the_same()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        const string head = "Name,Phone,Email,Course,Date\n";
        await desk.DropAsync("a.csv", head + "Anu George,9847100001,,CPC,20/11/2026\nAnu George,9847100002,anu@x.example,CPC,21/11/2026\n"
            + "Binu George,9847100001,,CPC,21/11/2026\n");
        await desk.ImportAsync();
        Assert.Empty(await desk.App.AllAsync<PossibleDuplicate>());

        await desk.DropAsync("b.csv", head + "Anu George,9847100001,anu@x.example,CPC,22/11/2026\n");
        await desk.ImportAsync();

        Assert.Equal(3, (await desk.App.AllAsync<Person>()).Count);
        var pair = Assert.Single(await desk.App.AllAsync<PossibleDuplicate>());
        var (older, newer) = (await desk.App.LoadAsync<Person>(pair.Older), await desk.App.LoadAsync<Person>(pair.Newer));
        Assert.Equal(("Anu George", "Anu George"), (older.Name.Text, newer.Name.Text));
        Assert.True(older.RegisteredAt < newer.RegisteredAt);
    }

    [Fact]
    public async Task Mail_goes_out_and_calls_are_planned_only_where_a_manager_ticks_so()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        var (app, cpc) = (desk.App, await desk.CourseAsync("CPC"));
        var stopped = await app.AddLeadAsync(cpc, "Fathima Das", "fathima@mail.example", "+919847000009");
        await app.Get<PersonWriter>().ChangeAsync(stopped.PersonId, app.Now(), p => PersonRules.StopEmails(p, p.Email!), default);
        var counselled = await app.AddLeadAsync(cpc, "Rahul Das", null, "+919847000010");
        await app.ChangeAsync(counselled, l => [new StageChanged(l.Stage, Stage.Counselled)]);
        var quiet = (await app.AllAsync<OutboxMessage>()).Count;
        const string old = "Fathima Das,98470 00009,fathima@mail.example,CPC,2025-03-01,\nRahul Das,98470 00010,,CPC,2025-03-01,\n";

        await desk.DropAsync("one.csv", Headings + "Anu Das,98470 00011,anu@mail.example,CPC,2025-03-01,\n" + old);
        await desk.ImportAsync();

        Assert.Equal(quiet, (await app.AllAsync<OutboxMessage>()).Count);
        Assert.Null((await app.LoadAsync<Lead>(counselled.Id)).FollowUp);
        Assert.Null((await app.PersonOfAsync(stopped)).Email); // an old list agrees to nothing that was stopped since

        await desk.DropAsync("two.csv", Headings + "Meera Das,98470 00012,meera@mail.example,CPC,2025-03-01,\n"
            + old.Replace("2025-03-01", "2025-04-01", StringComparison.Ordinal));
        await desk.ImportAsync(writes: true);

        var sent = (await app.AllAsync<OutboxMessage>()).Where(m => m.To == "meera@mail.example").ToList();
        Assert.Equal(("brochure", app.Clock.Now), (Assert.Single(sent).Kind, sent[0].CreatedAt));
        Assert.Equal(app.Clock.Now, (await app.LoadAsync<Lead>(counselled.Id)).FollowUpDueAt);
        Assert.Null((await app.PersonOfAsync(stopped)).Email);
        var meera = (await app.AllAsync<Person>()).Single(p => p.Name.Text == "Meera Das");
        Assert.Equal(new DateOnly(2025, 3, 1), app.Clock.DayOf(meera.RegisteredAt));
        await app.NudgeAsync(); // of two, three days after the brochure, and naming the day of the file
        var nudge = await app.OneMessageAsync(MessageKinds.Nudge);
        Assert.Equal("meera@mail.example", nudge.To);
        Assert.Contains("on 1 Mar 2025.", nudge.Body);
    }

    [Fact]
    public async Task Of_two_columns_for_one_thing_the_first_that_says_something_counts_and_the_other_is_kept()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        await desk.DropAsync("two.csv", "Name,Mobile,Email,Alternate Email,Course,Source,Referred source\n"
            + "Amy Das,98470 00011,amy@one.example,amy@two.example,CPC,,Poster\n"
            + "Binu Das,98470 00012,,binu@two.example,CPC,Fair,Poster\n");
        await desk.MapAsync(("Alternate Email", "Email"), ("Referred source", "Source"));

        await desk.ImportAsync();

        var (leads, people) = (await desk.App.AllAsync<Lead>(), (await desk.App.AllAsync<Person>()).OrderBy(p => p.Name.Text).ToList());
        Assert.Equal(["amy@one.example", "binu@two.example"], people.Select(p => p.Emails.Single().Address.Text));
        Assert.Equal(["poster", "fair"], people.Select(p => leads.Single(l => l.PersonId == p.Id).Source.Name.ToLowerInvariant()));
        Assert.Equal(["Alternate Email: amy@two.example", "Referred source: Poster"],
            people.SelectMany(p => leads.Single(l => l.PersonId == p.Id).Kept).Select(k => $"{k.Label}: {k.Text}"));
    }

    [Fact]
    public async Task What_nothing_decides_is_asked_and_a_stale_page_starts_nothing()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        var asha = await desk.App.AddUserAsync("Asha Nair");
        await desk.DropAsync("people.csv", Headings + "Anu Das,98470 00001,,CPC,4/5/2025,\nBinu Das,98470 00002,,CPC,5/5/2025,\n");
        Assert.Contains("In its dates stands first", desk.Page.Text);
        Assert.Equal((1, 1), (desk.Count("New"), desk.Count("Refused")));
        var id = desk.Id;
        using var stale = desk.Browser.Before(desk.App.Host.Server.CreateHandler());

        await desk.MapAsync(("In its dates stands first", "the day"));
        Assert.Equal(2, desk.Count("New"));
        var refused = await stale.SubmitAsync($"form[action='/imports/{id}/start']", new() { ["consent"] = "true" });
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "The columns were changed meanwhile. Look at the rows again, then start."),
            (refused.Status, refused.One("form[action$='start'] .problem").TextContent));
        var overtaken = await stale.PostAsync($"/imports/{id}/mapping", (await MappingAsync(stale, id)).ToDictionary(f => f.Name, f =>
            f.Name is "order" or "was-order" ? "" : f.Value));
        Assert.Equal(HttpStatusCode.OK, overtaken.Status); // it left the order as it was drawn, and so as it is
        var without = await desk.Browser.SubmitAsync($"form[action='/imports/{id}/start']");
        Assert.Equal("Make sure of their consent before keeping their details.", without.ErrorOf("consent"));
        await desk.Browser.GetAsync($"/imports/{id}");
        await desk.Browser.SubmitAsync($"form[action='/imports/{id}/start']",
            new() { ["consent"] = "true", ["counsellor"] = asha.Id.ToString() });
        await desk.App.Get<ImportRunner>().RunAsync(default);

        var leads = await desk.App.AllAsync<Lead>();
        Assert.Equal([new DateOnly(2025, 5, 4), new DateOnly(2025, 5, 5)], leads.Select(l => desk.App.Clock.DayOf(l.ReceivedAt)).Order());
        Assert.All(leads, l => Assert.Equal("Asha Nair", l.CounsellorName));
        var late = await stale.PostAsync($"/imports/{id}/mapping", (await MappingAsync(stale, id)).ToDictionary(f => f.Name, f => f.Value));
        Assert.Contains("This import has been started", late.Text);
    }

    [Fact]
    public async Task Refused_rows_come_back_as_the_file_that_they_came_in_and_go_in_when_they_are_put_right()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        var latin = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
        await desk.DropAsync("café.csv", latin.GetBytes(
            "Name;Mobile;Course;Note\r\nRené;12345;CPC;\"a;b\"\r\nAnu Das;98470 00001;CPC;=1+1\r\n"));
        using var answer = await desk.Browser.DownloadAsync($"/imports/{desk.Id}/refused");
        var csv = latin.GetString(await answer.Content.ReadAsByteArrayAsync());
        Assert.StartsWith("Name;Mobile;Course;Note;Why\r\nRené;12345;CPC;\"a;b\";", csv);
        await desk.ImportAsync();

        await desk.DropAsync("put right.csv", latin.GetBytes(csv.Replace("12345", "98470 00002", StringComparison.Ordinal)));
        Assert.Equal((1, 0), (desk.Count("New"), desk.Count("Refused")));
        await desk.ImportAsync();
        Assert.Equal(2, (await desk.App.AllAsync<Lead>()).Count);

        await desk.DropSampleAsync("office-register.xlsx");
        using var book = await desk.Browser.DownloadAsync($"/imports/{desk.Id}/refused");
        Assert.EndsWith("office-register refused.xlsx", book.Content.Headers.ContentDisposition!.FileNameStar ?? "");
        using var file = DroppedFile.Open(await book.Content.ReadAsByteArrayAsync());
        var rows = file.Rows("Refused").ToList();
        Assert.Equal(["Sl.No", "Student Name", "Mob No", "Course", "Date", "Ref By", "Remarks", "Why"], rows[0].Cells);
        Assert.Contains(rows, r => r.Cells[2] == "12345" && r.Cells[4] == "2025-09-11");

        var fees = await desk.MapAsync(("Sheet", "Fees"));
        Assert.Equal(("Fees", 1), (desk.Chosen("Sheet"), desk.Count("Refused")));
        await desk.Browser.SubmitAsync($"form[action='/imports/{desk.Id}/removal']");
        Assert.Equal("/imports", desk.Page.Path);
        Assert.DoesNotContain("office-register", desk.Page.Text);
        Assert.Contains("Import", (await desk.Browser.GetAsync("/leads")).Texts(".buttons a"));
    }

    [Theory]
    [InlineData("utf-8", "Anu “A” Das", "utf-8")]
    [InlineData("utf-16", "Anu Das", "utf-16")]
    [InlineData("windows-1252", "René", "windows-1252")]
    [InlineData("windows-1252", "Rene", "utf-8")] // without a letter of its own it is UTF-8 as well
    public async Task Refused_rows_say_how_they_are_written_to_Excel_by_a_mark_and_to_browsers(string written, string name, string read)
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        var encoding = FileText.Named(written);
        await desk.DropAsync("people.csv", [.. written == "utf-16" ? encoding.Preamble.ToArray() : [],
            .. encoding.GetBytes($"Name,Mobile,Course\n{name},98470 00001,pottery\n")]);

        using var answer = await desk.Browser.DownloadAsync($"/imports/{desk.Id}/refused");

        Assert.Equal(("text/csv", read), (answer.Content.Headers.ContentType?.MediaType, answer.Content.Headers.ContentType?.CharSet));
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        var (found, mark) = FileText.EncodingOf(bytes);
        Assert.Equal((read, read != "windows-1252"), (found.WebName, mark > 0));
        Assert.StartsWith($"Name,Mobile,Course,Why\r\n{name},98470 00001,pottery,“pottery” is no course here.",
            found.GetString(bytes, mark, bytes.Length - mark));
    }

    [Fact]
    public async Task What_guarded_refused_rows_against_formulas_is_gone_when_they_go_in()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        await desk.DropAsync("people.csv", "Name,Mobile,Course,Note\nAnu Das,+91 (98470) 00001,pottery,=1+1; @home\n");
        var csv = await (await desk.Browser.DownloadAsync($"/imports/{desk.Id}/refused")).Content.ReadAsStringAsync();
        Assert.Contains("Anu Das,'+91 (98470) 00001,pottery,'=1+1; '@home,", csv);

        await desk.DropAsync("put right.csv", csv.Replace("pottery", "CPC", StringComparison.Ordinal));
        Assert.Equal((1, 0), (desk.Count("New"), desk.Count("Refused")));
        await desk.ImportAsync();

        Assert.Equal("+919847000001", Assert.Single(await desk.App.AllAsync<Person>()).Phone?.E164);
        var lead = Assert.Single(await desk.App.AllAsync<Lead>());
        Assert.Equal("=1+1; @home", (await desk.App.EventsAsync(lead.Id)).OfType<LeadReceived>().Single().Message);
    }

    [Fact]
    public async Task An_import_is_taken_back_as_a_whole_and_can_go_in_once_more()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        var (app, cpc) = (desk.App, await desk.CourseAsync("CPC"));
        var known = await app.AddLeadAsync(cpc, "Anjali Nair", "anjali@mail.example", "+919847000001");
        var before = (known.Version, (await app.PersonOfAsync(known)).Phones.Count);
        const string file = Headings + "Anjali Nair,98470 00001 / 98470 00002,,CCS,2026-03-01,\nBinu Das,98470 00003,,CPC,2026-03-02,\n";
        await desk.DropAsync("people.csv", file);
        await desk.ImportAsync();
        var change = await app.LoadAsync<Change>(desk.Id);
        Assert.Equal((ChangeKind.Import, ChangeStatus.Done, 2, 2), (change.Kind, change.Status, change.People, change.Leads));
        Assert.Contains("Imported people.csv", (await desk.Browser.GetAsync("/changes")).Text);

        await app.Get<ChangeUndo>().UndoAsync(change.Id, app.Now(), default);

        Assert.Equal(known.PersonId, Assert.Single(await app.AllAsync<Person>()).Id);
        var lead = Assert.Single(await app.AllAsync<Lead>());
        Assert.Equal((0, before.Item2), (lead.OtherCourses.Count, (await app.PersonOfAsync(known)).Phones.Count));
        var old = await desk.Browser.GetAsync($"/imports/{change.Id}");
        Assert.Equal("It was undone since: what went in is not here any more.", old.One("#progress .note").TextContent);
        Assert.Equal(["Undone"], (await desk.Browser.GetAsync("/imports")).Texts("td[data-label=State]"));
        await desk.DropAsync("people.csv", file);
        Assert.Equal((1, 1), (desk.Count("New"), desk.Count("Joins")));
        Assert.Equal("2 of 2 rows went in", (await desk.ImportAsync()).One("#progress h2").TextContent);
        Assert.Equal(2, (await app.AllAsync<Lead>()).Count);
    }

    [Fact]
    public async Task Nobody_who_makes_the_id_of_a_row_out_of_its_words_can_read_it_change_it_or_stand_in_its_way_by_a_form()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        var (app, cpc) = (desk.App, await desk.CourseAsync("CPC"));
        const string file = "Name,Phone,Course\nVictim Known,98470 00002,CPC\n";
        await desk.DropAsync("people.csv", file);
        await desk.ImportAsync();
        var row = Assert.Single(await app.AllAsync<Enquiry>());
        var lead = Assert.Single(await app.AllAsync<Lead>());

        using var stranger = app.Browse();
        var same = await EnquireAsync(stranger, row.Id, cpc, "Victim Known", "98470 00002");
        var other = await EnquireAsync(stranger, row.Id, cpc, "Somebody Else", "98470 00002", corrects: true);

        Assert.All([same, other], page => Assert.Equal("Thank you", page.One("h1").TextContent));
        Assert.All([same, other], page => Assert.DoesNotContain(row.Reference, page.Path));
        Assert.Equal("Victim Known", (await app.LoadAsync<Person>(lead.PersonId)).Name.Text);
        Assert.DoesNotContain(await app.EventsAsync(lead.Id), e => e is EnquiryCorrected);

        await desk.DropAsync("people.csv", file);
        Assert.Equal("1 of 1 rows went in, 1 of which was here already", (await desk.ImportAsync()).One("#progress h2").TextContent);
    }

    [Fact]
    public async Task A_form_sent_beforehand_with_the_id_of_a_row_keeps_nobody_out()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        var (app, cpc) = (desk.App, await desk.CourseAsync("CPC"));
        const string file = "Name,Phone,Course\nBlocked Person,98470 00002,CPC\n";
        await desk.DropAsync("people.csv", file);
        await desk.ImportAsync();
        var row = Assert.Single(await app.AllAsync<Enquiry>());
        await app.Get<ChangeUndo>().UndoAsync(row.TakenOverBy!.Value, app.Now(), default);
        using var stranger = app.Browse();
        await EnquireAsync(stranger, row.Id, cpc, "Somebody Else", "98470 00099");

        await desk.DropAsync("people.csv", file);

        Assert.Equal("1 of 1 rows went in", (await desk.ImportAsync()).One("#progress h2").TextContent);
        Assert.Equal(["Blocked Person", "Somebody Else"], (await app.AllAsync<Person>()).Select(p => p.Name.Text).Order());
    }

    [Theory]
    [InlineData("Name,Phone,Course\nBinu Das,98470 00003,CPC\n")]
    [InlineData("Name,Phone,Course,Date\nBinu Das,98470 00003,CPC,2026-03-02\n")]
    public async Task Whoever_went_in_once_more_is_listed_with_the_one_of_the_import_that_is_brought_back(string file)
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        var app = desk.App;
        await desk.DropAsync("people.csv", file);
        await desk.ImportAsync();
        var undoing = await app.Get<ChangeUndo>().UndoAsync(desk.Id, app.Now(), default);
        await desk.DropAsync("people.csv", file);
        await desk.ImportAsync();
        app.Time.Advance(TimeSpan.FromMinutes(1));

        await app.Get<ChangeUndo>().UndoAsync(undoing!.Id, app.Now(), default);

        var both = (await app.AllAsync<Person>()).Select(p => p.Id).ToHashSet();
        Assert.Equal(2, both.Count);
        var pair = Assert.Single(await app.AllAsync<PossibleDuplicate>());
        Assert.Equal(both, [pair.Newer, pair.Older]);
        Assert.Contains("Binu Das", (await desk.Browser.GetAsync("/duplicates")).One("tbody tr").TextContent);
    }

    [Fact]
    public async Task Who_was_erased_after_their_import_was_taken_back_does_not_come_back_with_the_same_file()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);
        var app = desk.App;
        const string file = "Name,Phone,Course\nErased Person,98470 00002,CPC\nOther Person,98470 00003,CPC\n";
        await desk.DropAsync("people.csv", file);
        await desk.ImportAsync();
        var erased = (await app.AllAsync<Person>()).Single(p => p.Name.Text == "Erased Person");
        await app.Get<ChangeUndo>().UndoAsync(desk.Id, app.Now(), default);
        await app.Get<Eraser>().EraseAsync(
            erased.Id, ErasureReason.Asked, app.Now(), AuditEntry.Of(AuditKind.Erased, app.Now()), default);

        await desk.DropAsync("people.csv", file);
        var page = await desk.ImportAsync();

        Assert.Equal("2 of 2 rows went in, 1 of which was here already", page.One("#progress h2").TextContent);
        Assert.Equal("Other Person", Assert.Single(await app.AllAsync<Person>()).Name.Text);
    }

    private static async Task<WebPage> EnquireAsync(Browser stranger, Guid formId, Course course, string name, string phone,
        bool corrects = false)
    {
        await stranger.GetAsync("/enquire");
        return await stranger.SubmitAsync("form#enquiry", new()
        {
            ["formId"] = formId.ToString(),
            ["corrects"] = corrects ? "true" : "",
            ["course"] = course.Id.ToString(),
            ["name"] = name,
            ["phone"] = phone,
            ["consent"] = "true",
        });
    }

    private static async Task<IEnumerable<(string Name, string Value)>> MappingAsync(Browser browser, Guid id)
    {
        var form = browser.Page.Html.QuerySelector($"form[action='/imports/{id}/mapping']")
            ?? (await browser.GetAsync("/imports")).One("form[action='/imports']");
        return form.QuerySelectorAll("input[name],select[name]").Select(f => (f.GetAttribute("name")!, f.LocalName == "select"
            ? (f.QuerySelector("option[selected]") ?? f.QuerySelector("option"))?.GetAttribute("value") ?? ""
            : f.GetAttribute("value") ?? ""));
    }
}

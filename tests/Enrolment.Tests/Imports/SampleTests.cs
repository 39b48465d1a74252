using Crm.Imports;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;

namespace Crm.Tests.Imports;

/// <summary>Four files as real sources write them go in with nothing to fix by hand but what no program could know.</summary>
public sealed class SampleTests(TestPostgres postgres)
{
    // A title above the headings, numbers as text and as numbers, two in a cell, dates as serials, a blank row, a total, a second sheet.
    [Fact]
    public async Task The_register_of_an_office()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);

        var page = await desk.DropSampleAsync("office-register.xlsx");

        Assert.Equal("office-register.xlsx", page.One("h1").TextContent);
        Assert.Contains("The headings stand in row 3.", page.Text);
        Assert.Contains("Row 50 (“Total”) is nobody and is left out.", page.Text.Replace("\n", " "));
        Assert.Equal(("2025-26", "Name", "Phone", "Course", "Date of the enquiry", "Source", "Note"), (desk.Chosen("Sheet"),
            desk.Chosen("Student Name"), desk.Chosen("Mob No"), desk.Chosen("Course"), desk.Chosen("Date"), desk.Chosen("Ref By"),
            desk.Chosen("Remarks")));
        Assert.All(new[] { "“cpc ”", "“CPC”", "“CPC Exam”" }.Where(l => page.Text.Contains(l)),
            l => Assert.Contains("CPC Examination", desk.Chosen(l.Replace(" ”", "”"))));
        // Which of its courses an office calls "Medical Coding", no program could know.
        Assert.Equal("As the rest, below", desk.Chosen("“Medical Coding”"));
        await desk.MapAsync(("“Medical Coding”", "Foundation"), ("“ICD 10”", "ICD-10-CM"));

        Assert.Equal((41, 1, 3), (desk.Count("New"), desk.Count("Twice in this file"), desk.Count("Refused")));
        var refused = await desk.RowsAsync(RowGroup.Refused);
        Assert.Equal(3, refused.Count);
        Assert.Contains("47", refused[0]);
        Assert.Contains("There is no name.", refused[0]);
        Assert.Contains("There is no phone number.", refused[1]);
        Assert.Contains("“12345”: Enter a phone number with all its digits", refused[2]);
        Assert.Contains("The same person as in row 6: the same name and phone.", Assert.Single(await desk.RowsAsync(RowGroup.Twice)));

        var done = await desk.ImportAsync();

        Assert.Equal("42 of 42 rows went in", done.One("#progress h2").TextContent);
        var (leads, people) = (await desk.App.AllAsync<Lead>(), await desk.App.AllAsync<Person>());
        Assert.Equal((41, 41), (leads.Count, people.Count));
        Assert.Empty(await desk.App.AllAsync<OutboxMessage>());
        var aiswarya = people.Single(p => p.Name.Text == "AISWARYA ANTONY");
        Assert.Equal(["+918785775002", "+916127071486"], aiswarya.Phones.Select(p => p.Number.E164));
        var hers = leads.Single(l => l.PersonId == aiswarya.Id);
        Assert.Equal((new DateOnly(2025, 6, 6), "Poster", "FMC"),
            (desk.App.Clock.DayOf(hers.ReceivedAt), hers.SourceName, hers.CourseCode));
        Assert.Equal([new KeptText("Sl.No", "2")], hers.Kept);
        // Who comes twice is one, and both courses stand on one lead.
        var parvathy = leads.Single(l => l.PersonId == people.Single(p => p.Name.Text == "Parvathy Krishnan").Id);
        Assert.Equal(("CPC", "CCS"), (parvathy.CourseCode, Assert.Single(parvathy.OtherCourses).Code));
        Assert.Single(people, p => p.Name.Text == "അഞ്ജലി എസ്");
    }

    // UTF-16 with a mark, tabs, quotes in a cell, prefixes before ids and numbers, a line twice, a name in two scripts.
    [Fact]
    public async Task The_leads_of_an_advertiser()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);

        await desk.DropSampleAsync("lead-ads.csv");

        Assert.Equal(("Name", "Phone", "Email", "Date of the enquiry", "Source", "Campaign", "Course"), (desk.Chosen("full_name"),
            desk.Chosen("phone_number"), desk.Chosen("email"), desk.Chosen("created_time"), desk.Chosen("platform"),
            desk.Chosen("campaign_name"), desk.Chosen("which_course_are_you_interested_in?")));
        Assert.Equal("Kept as text", desk.Chosen("city"));
        Assert.Contains("CPC Examination", desk.Chosen("“cpc_exam_preparation”"));
        Assert.Contains("CCS Examination", desk.Chosen("“ccs”"));
        await desk.MapAsync(("“not_sure”", "Foundation"));
        Assert.Equal(0, desk.Count("Refused"));
        // Aiswarya Mathew has two numbers and one address: which of both she is, is said by the name.
        Assert.Equal((28, 2), (desk.Count("New"), desk.Count("Twice in this file")));

        await desk.ImportAsync();

        var (leads, people) = (await desk.App.AllAsync<Lead>(), await desk.App.AllAsync<Person>());
        Assert.Equal((28, 28), (leads.Count, people.Count));
        var meera = leads.Single(l => l.PersonId == people.Single(p => p.Name.Text == "Meera Kurian").Id);
        Assert.Equal(("Instagram", "Coding | Kerala \"Nov\""), (meera.SourceName, meera.Source.Campaign));
        Assert.Equal(new DateTimeOffset(2026, 11, 10, 16, 46, 0, TimeSpan.Zero), meera.ReceivedAt);
        Assert.Contains(new KeptText("city", "Kochi"), meera.Kept);
        Assert.Contains(new KeptText("id", "l:142116259952265"), meera.Kept);
        Assert.Single(people, p => p.Name.Text == "“Anu” പി. കെ");
        var page = await desk.Browser.GetAsync($"/leads/{meera.Id}");
        Assert.Contains("Carousel, Nov", page.Text);
    }

    // Windows-1252, semicolons, capitals, no course at all.
    [Fact]
    public async Task The_list_of_a_directory()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);

        var page = await desk.DropSampleAsync("directory-export.csv");

        Assert.Equal(("Name", "Phone", "Date of the enquiry", "Source"),
            (desk.Chosen("NAME"), desk.Chosen("MOBILE"), desk.Chosen("ENQUIRY DATE"), desk.Chosen("SOURCE")));
        Assert.DoesNotContain("In its dates stands first", page.Text);
        Assert.Equal(30, desk.Count("Refused"));
        await desk.MapAsync(("Course of rows that name none, or none of the above", "CPC"));
        Assert.Equal((30, 0), (desk.Count("New"), desk.Count("Refused")));

        await desk.ImportAsync();

        var leads = await desk.App.AllAsync<Lead>();
        Assert.Equal(30, leads.Count);
        Assert.All(leads, l => Assert.Equal("Justdial", l.SourceName));
        Assert.Contains(leads, l => l.Kept.Contains(new KeptText("AREA", "Café Road – Kaloor")));
        Assert.Contains(leads, l => desk.App.Clock.DayOf(l.ReceivedAt) == new DateOnly(2026, 9, 21));
    }

    // Month first, quoted line breaks, two courses in a cell, addresses in capitals and with spaces, people without an address.
    [Fact]
    public async Task The_answers_of_a_form()
    {
        using var desk = await ImportDesk.OpenAsync(postgres);

        var page = await desk.DropSampleAsync("form-answers.csv");

        Assert.Equal(("Name", "Phone", "Email", "Date of the enquiry", "Course", "Note", "Kept as text"), (
            desk.Chosen("Your full name (as in certificate)"), desk.Chosen("WhatsApp number"), desk.Chosen("E-mail"),
            desk.Chosen("Timestamp"),
            desk.Chosen("Which course? (choose any)"), desk.Chosen("Anything you want to ask?"), desk.Chosen("Qualification")));
        Assert.DoesNotContain("In its dates stands first", page.Text);
        Assert.Equal((30, 0), (desk.Count("New"), desk.Count("Refused")));

        await desk.ImportAsync();

        var (leads, people) = (await desk.App.AllAsync<Lead>(), await desk.App.AllAsync<Person>());
        Assert.Equal(30, leads.Count);
        var jincy = people.Single(p => p.Name.Text == "Jincy Kurian");
        Assert.Equal("jincy.kurian15@mail.example", jincy.Email!.Text);
        var hers = leads.Single(l => l.PersonId == jincy.Id);
        Assert.Equal(("CPC", "CCS", 1), (hers.CourseCode, Assert.Single(hers.OtherCourses).Code, hers.Enquiries));
        Assert.Equal(new DateTimeOffset(2026, 11, 19, 7, 25, 36, TimeSpan.Zero), hers.ReceivedAt);
        var received = Assert.IsType<LeadReceived>((await desk.App.EventsAsync(hers.Id))[0]);
        Assert.Equal("Fee?\nInstalment?", received.Message);
        var registered = Assert.IsType<PersonRegistered>((await desk.App.EventsAsync(jincy.Id))[0]);
        Assert.Equal("Agreed before, as Beena Thomas says who imported it", registered.Agreed);
    }
}

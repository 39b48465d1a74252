using Crm.Correspondence;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Marten;

namespace Crm.Tests.Leads;

/// <summary>Courses and counsellors get other names while leads have them.</summary>
public sealed class NamesTests(TestPostgres postgres)
{
    [Fact]
    public async Task A_course_that_is_renamed_is_called_so_on_its_leads_in_mail_that_waits_and_on_seats_from_then_on()
    {
        await using var office = await Enrolments.Office.OpenAsync(postgres, role: Roles.Manager);
        var (app, staff) = (office.App, office.Staff);
        var (_, before) = await office.EnrolAsync();
        var lead = await app.AddLeadAsync(office.Course, "Anu George", "anu@mail.example");
        await staff.GetAsync($"/courses/{office.Course.Id}");

        await staff.SubmitAsync($"form[action='/courses/{office.Course.Id}']", new() { ["name"] = "Coding Masterclass", ["code"] = "CMC" });
        await app.DeliverAsync();
        var after = await app.EnrolAsync(lead, office.User, office.Batch);

        var now = await app.LoadAsync<Lead>(lead.Id);
        Assert.Equal(("CMC", "Coding Masterclass"), (now.CourseCode, now.CourseName)); // and events have been added since
        Assert.All((await staff.GetAsync("/leads")).Texts("td[data-label=Course]"), c => Assert.StartsWith("CMC", c));
        var mail = (await app.AllAsync<OutboxMessage>()).Where(m => m.LeadId == lead.Id).ToDictionary(m => m.Kind);
        Assert.StartsWith("Your CMC brochure", mail[MessageKinds.Brochure].Subject);
        Assert.Contains("Thank you for asking about Coding Masterclass.", mail[MessageKinds.Brochure].Body);
        Assert.StartsWith("Welcome to Coding Masterclass", mail[MessageKinds.EnrolmentLetter].Subject);
        Assert.Equal(("Coding Masterclass", office.Course.Name), (after.CourseName, (await office.NowAsync(before)).CourseName));
    }

    [Fact]
    public async Task A_course_that_is_renamed_is_called_so_where_a_lead_is_about_it_besides_another()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (cpc, ccs, rac) = (await app.AddCourseAsync(), await app.AddCourseAsync("CCS"), await app.AddCourseAsync("RAC"));
        var lead = await app.AddLeadAsync(cpc, "Anu George", phone: "98460 11111");
        foreach (var course in new[] { ccs, rac }) await app.AddLeadAsync(course, "Anu George", phone: "98460 11111");
        using var staff = await app.SignInAsync(Roles.Manager);
        await staff.GetAsync($"/courses/{ccs.Id}");

        await staff.SubmitAsync($"form[action='/courses/{ccs.Id}']", new() { ["name"] = "Coding Masterclass", ["code"] = "CMC" });

        Assert.Equal([new CourseRef(ccs.Id, "CMC", "Coding Masterclass"), new CourseRef(rac.Id, rac.Code, rac.Name)],
            (await app.LoadAsync<Lead>(lead.Id)).OtherCourses);
        Assert.Contains($"{cpc.Name}, and Coding Masterclass, and {rac.Name}",
            (await staff.GetAsync($"/leads/{lead.Id}")).One("#facts").TextContent);
    }

    [Fact]
    public async Task A_course_that_is_renamed_leaves_no_empty_list_where_a_lead_is_about_it_alone()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course, "Anu George", phone: "98460 11111");
        var before = await StoredAsync();
        using var staff = await app.SignInAsync(Roles.Manager);
        await staff.GetAsync($"/courses/{course.Id}");

        await staff.SubmitAsync($"form[action='/courses/{course.Id}']", new() { ["name"] = "Coding Masterclass", ["code"] = "CMC" });

        Assert.Equal(before.Replace(course.Name, "Coding Masterclass").Replace($"\"{course.Code}\"", "\"CMC\""), await StoredAsync());

        async Task<string> StoredAsync()
        {
            await using var session = app.Get<IDocumentStore>().QuerySession();
            return (await session.QueryAsync<string>(
                "select d.data::text from enrolment.mt_doc_lead d where d.id = ?", TestContext.Current.CancellationToken, lead.Id))[0];
        }
    }

    [Fact]
    public async Task A_counsellor_who_is_renamed_is_called_so_on_their_leads_and_in_mail_that_waits()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, course) = (await app.AddUserAsync("Divya Menon"), await app.AddCourseAsync());
        var lead = await app.AddLeadAsync(course);
        using var staff = await app.SignInAsync(Roles.Manager);
        await staff.GetAsync($"/users/{divya.Id}");

        await staff.SubmitAsync($"form[action='/users/{divya.Id}']", new() { ["name"] = "Divya Kumar" });
        await app.DeliverAsync();

        Assert.Equal("Divya Kumar", (await app.LoadAsync<Lead>(lead.Id)).CounsellorName);
        Assert.Contains("Divya Kumar, your counsellor, will call you", (await app.OneMessageAsync()).Body);
    }
}

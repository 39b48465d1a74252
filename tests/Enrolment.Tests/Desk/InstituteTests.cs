using System.Net;
using Crm.Accounts;
using Crm.Institute;
using Crm.Messaging;

namespace Crm.Tests.Desk;

/// <summary>An institute that nobody has described yet, and one that is not the demo's.</summary>
public sealed class InstituteTests(TestPostgres postgres, SharedApps shared) : IClassFixture<SharedApps>
{
    private static Dictionary<string, string> Typed =>
        new(OtherInstituteTests.Typed) { ["homeText"] = "First paragraph.\n\nSecond paragraph." };

    [Fact]
    public async Task Nobody_is_written_to_until_a_manager_has_described_the_institute_and_then_all_of_it_says_so()
    {
        await using var app = await TestApp.StartAsync(postgres, described: false);
        var course = await app.AddCourseAsync(fee: 1_234_567);
        var lead = await app.AddLeadAsync(course, phone: "+919847012345");
        using var manager = await app.SignInAsync(Roles.Manager);
        await app.DeliverAsync();
        Assert.All(await app.AllAsync<OutboxMessage>(), m => Assert.Equal((MessageStatus.Queued, 0), (m.Status, m.Attempts)));
        Assert.StartsWith("Nobody is written to until the institute has its name, address, phone and email.",
            (await manager.GetAsync("/today")).One(".banner").TextContent.Trim());

        await manager.GetAsync("/institute");
        var saved = await manager.SubmitAsync("form[action='/institute']", Typed);
        await app.DeliverAsync();

        Assert.Equal((HttpStatusCode.OK, "The institute's settings are saved."), (saved.Status, saved.One(".done").TextContent));
        Assert.Empty((await manager.GetAsync("/today")).Html.QuerySelectorAll(".banner"));
        var mail = Assert.Single(await app.AllAsync<OutboxMessage>(), m => m.Status == MessageStatus.Sent);
        using var mime = await MimeKit.MimeMessage.LoadAsync(mail.File!);
        Assert.Equal(("Lagos School of Coding", "office@lagos.example"),
            (mime.From.Mailboxes.Single().Name, mime.From.Mailboxes.Single().Address));
        using var visitor = app.Browse();
        var home = await visitor.GetAsync("/");
        Assert.Contains("$1,234,567", home.Text);
        Assert.Equal(["First paragraph.", "Second paragraph."], home.Texts("p.lead"));
        Assert.Contains("Ask about our programmes", home.Texts(".enquiry h2"));
        var brochure = await (await manager.DownloadAsync($"/leads/{lead.Id}/brochure.pdf")).Content.ReadAsByteArrayAsync();
        using var pdf = UglyToad.PdfPig.PdfDocument.Open(brochure);
        var text = string.Concat(pdf.GetPages().Select(p => p.Text));
        Assert.Contains("$1,234,567", text);
        foreach (var said in new[] { home.Text, text, mime.TextBody, mime.HtmlBody, (await visitor.GetAsync("/enquire")).Text })
            Assert.DoesNotContain("Periyar", said);
    }

    [Fact]
    public async Task Numbers_typed_without_a_country_code_are_of_the_institutes_country()
    {
        await using var app = await TestApp.StartAsync(postgres, described: false);
        var course = await app.AddCourseAsync();
        using var manager = await app.SignInAsync(Roles.Manager);
        await manager.GetAsync("/institute");
        await manager.SubmitAsync("form[action='/institute']", Typed);
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire/cpc");

        await visitor.SubmitAsync("form#enquiry",
            new() { ["name"] = "Ada Obi", ["phone"] = "0803 123 4567", ["consent"] = "true", ["course"] = course.Id.ToString() });

        Assert.Equal("+2348031234567", Assert.Single(await app.AllAsync<Crm.People.Person>()).Phone?.E164);
    }

    [Theory]
    [InlineData("name", "", "Enter the institute's name.")]
    [InlineData("email", "office@", "Enter an email address like")]
    [InlineData("phone", "12", "Enter a phone number")]
    [InlineData("website", "lagos", "Enter an address like https://institute.example.")]
    [InlineData("phoneRegion", "zz", "Enter the two letters of a country, such as IN.")]
    [InlineData("financialYearStart", "13", "Enter the month, from 1 to 12.")]
    public async Task A_refused_field_has_its_error_beside_it_and_the_rest_is_kept(string field, string value, string error)
    {
        var (app, manager) = await shared.OnceAsync(async app => (app, await app.SignInAsync(Roles.Manager)));
        await manager.GetAsync("/institute");

        var page = await manager.SubmitAsync("form[action='/institute']", new(Typed) { [field] = value });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.StartsWith(error, page.ErrorOf(field));
        Assert.Equal("12 Marina, Lagos", page.One("[name=address]").GetAttribute("value"));
        Assert.Equal("Periyar School of Medical Coding", app.Get<CurrentInstitute>().Profile.Name);
    }
}

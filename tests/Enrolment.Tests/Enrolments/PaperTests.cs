using System.Net;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.People;
using Crm.Seats;
using Crm.Tests.Pdf;
using SkiaSharp;

namespace Crm.Tests.Enrolments;

/// <summary>The name on each of an applicant's papers: whole in every script, corrected when it was, and where it cannot be drawn, said
/// to staff.</summary>
public sealed class PaperTests(TestPostgres postgres, SharedApps shared) : IClassFixture<SharedApps>
{
    private static readonly DateTimeOffset Now = TestApp.Start;

    private static Crm.Pdf.Document Brochure(string name) => Crm.Courses.Brochure.Compose(new BrochureContent(PersonName.FromStored(name),
        "L-7K3F9Q", new Course { Code = "CPC", Name = "CPC Preparation", Summary = "Coding.", Weeks = 20, Fee = Money.FromRupees(42_500) },
        [Papers.MakeBatch()], "Divya Menon", null, Plans.For(Money.FromRupees(42_500)), Papers.Institute, null, new DateOnly(2026, 11, 23),
        Now));

    private static Crm.Pdf.Document Letter(string name)
    {
        var person = new Person { Id = Guid.CreateVersion7() }.After(new PersonRegistered(PersonName.FromStored(name),
            [PhoneNumber.FromE164("+919847012345")], null, Standing.Given, "Agreed", "Public form"));
        var seat = new AgreedSeat(Papers.MakeBatch(), Money.FromRupees(42_000), Money.Zero,
            Instalments.Split(Money.FromRupees(42_000), 3, new DateOnly(2026, 12, 1)));
        var (_, taken, _) = seat.TakeFor(new Lead { CourseName = "CPC Preparation" }, Now);
        return EnrolmentLetter.Compose(new EnrolmentLetterContent(person,
            new Enrolment().After(taken with { At = Now, By = Actor.Staff(Guid.NewGuid(), "Divya Menon") }), seat.Batch, Papers.Institute,
            null, new DateOnly(2026, 11, 23)));
    }

    [Theory]
    [MemberData(nameof(ScriptTests.Names), MemberType = typeof(ScriptTests))]
    [InlineData("തിരുവനന്തപുരംകാരൻ ഉണ്ണികൃഷ്ണൻനമ്പൂതിരിപ്പാട്")]
    [InlineData("Ali محمد علي 12 Khan")]
    public void A_name_leaves_ink_on_each_paper_and_pushes_nothing_off_it(string name)
    {
        foreach (var paper in new Func<string, Crm.Pdf.Document>[] { Brochure, Letter })
        {
            var (with, blank) = (paper(name).GenerateImages(72), paper(".").GenerateImages(72));

            Assert.Equal(blank.Count, with.Count);
            using var page = SKBitmap.Decode(with[0]);
            using var other = SKBitmap.Decode(blank[0]);
            Assert.True(page.Pixels.Zip(other.Pixels).Count(p => p.First != p.Second) > 40, "The name has left no ink.");
        }
    }

    [Fact]
    public void A_hundred_and_fifty_emoji_make_a_letter_and_a_brochure()
    {
        var name = string.Concat(Enumerable.Repeat("👩‍⚕️😀❤️", 50));

        Assert.Single(Letter(name).GenerateImages(36));
        Assert.InRange(Brochure(name).GenerateImages(36).Count, 1, 2);
    }

    [Fact]
    public async Task A_name_corrected_after_enrolling_is_right_on_the_letter_and_in_the_list_of_the_batch()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var (divya, course) = (await app.AddUserAsync("Divya Menon"), await app.AddCourseAsync());
        var batch = await app.AddBatchAsync(course);
        var lead = await app.AddLeadAsync(course, "Anjali Nayar");
        await app.EnrolAsync(lead, divya, batch);
        using var staff = await app.SignInAsync(divya);

        await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(), _ => [new NameCorrected(PersonName.FromStored("Anjali Nair"))],
            default);

        var letter = await (await staff.DownloadAsync($"/leads/{lead.Id}/enrolment-letter.pdf")).Content.ReadAsByteArrayAsync();
        Assert.Contains("Dear Anjali Nair,", Assert.Single(PdfText.Pages(letter)));
        Assert.Equal(["Anjali Nair"], (await staff.GetAsync("/batches/" + batch.Id)).Texts("td.who a"));
    }

    [Fact]
    public async Task A_name_that_no_font_has_is_said_to_staff_before_anything_is_sent_and_another_writing_helps()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "안나 Kim");
        using var staff = await app.SignInAsync(Roles.Counsellor);

        var page = await staff.GetAsync("/leads/" + lead.Id);
        var refused = await staff.GetAsync($"/leads/{lead.Id}/brochure.pdf");
        await app.DeliverAsync();

        Assert.StartsWith("Documents cannot show 안 (U+C548), 나 (U+B098): no font here has it.", page.One("p.problem").TextContent);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "This document cannot be made"), (refused.Status, refused.One("h1").TextContent));
        var brochure = Assert.Single(await app.AllAsync<OutboxMessage>(), m => m.Attachment == "brochure");
        Assert.Equal(MessageStatus.Failed, brochure.Status);
        Assert.StartsWith("It cannot be made: No font can draw 안 (U+C548), 나 (U+B098)", brochure.Error);

        await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(),
            _ => [new CertificateNameSet(PersonName.FromStored("Anna Kim"))], default);

        Assert.Empty((await staff.GetAsync("/leads/" + lead.Id)).Html.QuerySelectorAll("p.problem"));
        Assert.Equal(HttpStatusCode.OK, (await staff.DownloadAsync($"/leads/{lead.Id}/brochure.pdf")).StatusCode);
    }

    [Theory]
    [InlineData("/institute", "form[action='/institute']", "letterText")]
    [InlineData("/courses/new", "form[action='/courses']", "summary")]
    [InlineData("/courses/new", "form[action='/courses']", "modules")]
    [InlineData("/batches", "form[action='/batches']", "schedule")]
    [InlineData("/users", "form[action='/users']", "name")]
    public async Task What_documents_are_made_of_is_refused_where_no_font_has_it(string page, string form, string field)
    {
        var (_, manager) = await shared.OnceAsync(async app => (await app.AddCourseAsync(), await app.SignInAsync(Roles.Manager)));
        await manager.GetAsync(page);

        var refused = await manager.SubmitAsync(form, new() { [field] = "Welcome 안, 5" });

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Documents cannot show 안 (U+C548): no font here has it."),
            (refused.Status, refused.ErrorOf(field)));
    }
}

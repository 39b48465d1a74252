using System.Net;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Institute;
using Crm.People;
using Crm.Seats;

namespace Crm.Tests.Enrolments;

/// <summary>The certificate of attendance: who gets one, and what it says on one sheet.</summary>
public sealed class CertificateTests(TestPostgres postgres)
{
    private static CertificateContent Content(string name)
    {
        var batch = Papers.MakeBatch();
        batch.EndsOn = new DateOnly(2027, 5, 21);
        var seat = new Enrolment { RollNumber = "CPC-2701-07", CourseName = "CPC Examination Preparation" };
        return new CertificateContent(PersonName.FromStored(name), seat, batch, new AttendanceRate(92, 100), Papers.Institute, null);
    }

    [Theory]
    [InlineData("Anjali Nair")]
    [InlineData("തിരുവനന്തപുരംകാരൻ ഉണ്ണികൃഷ്ണൻനമ്പൂതിരിപ്പാട്")]
    [InlineData("Venkatanarasimharajuvaripeta Sreelakshmi Parameswaran Nambiar")]
    public void It_is_one_sheet_across_whatever_the_name(string name)
    {
        var pdf = Certificate.Generate(Content(name));
        if (Environment.GetEnvironmentVariable("CERTIFICATES") is { } folder) File.WriteAllBytes($"{folder}/{name.Length}.pdf", pdf);

        var text = Assert.Single(PdfText.Pages(pdf));

        Assert.All(["Certificate of Attendance", name, "CPC Examination Preparation", "from 4 Jan 2027 to 21 May 2027, batch CPC-2701",
            "92 of 100 days", "92%", "CPC-2701-07", "for Periyar School of Medical Coding"], said => Assert.Contains(said, text));
    }

    [Fact]
    public async Task It_is_refused_with_the_reason_before_the_end_and_below_the_percentage_and_given_after()
    {
        await using var office = await Office.OpenAsync(postgres);
        var (lead, seat) = await office.EnrolAsync();
        var (today, address) = (office.App.Clock.Today, $"/enrolments/{seat.Id}/certificate.pdf");
        async Task<string> RefusedAsync()
        {
            var page = await office.Staff.GetAsync(address);
            Assert.Equal((HttpStatusCode.UnprocessableEntity, "There is no certificate"), (page.Status, page.One("h1").TextContent));
            return page.Texts(".notice p")[0];
        }
        async Task ChangeAsync(DateOnly? end)
        {
            var batch = await office.BatchNowAsync();
            (batch.StartsOn, batch.EndsOn) = (today.AddDays(-9), end);
            await office.App.StoreAsync(batch);
        }
        async Task MarkAsync(int days, Mark mark, int from)
        {
            for (var i = from; i < from + days; i++)
                await office.App.StoreAsync(new AttendanceDay
                {
                    Id = AttendanceDay.IdOf(office.Batch.Id, today.AddDays(-i)),
                    BatchId = office.Batch.Id,
                    Day = today.AddDays(-i),
                    Marks = new() { [seat.Id] = mark },
                });
        }

        await ChangeAsync(null);
        Assert.Equal("CPC-2701 has no last day yet: the certificate is given after it.", await RefusedAsync());
        await ChangeAsync(today);
        Assert.Equal("CPC-2701 goes on until 23 Nov 2026: the certificate is given after it.", await RefusedAsync());
        await ChangeAsync(today.AddDays(-1));
        Assert.Equal("Nobody was marked in CPC-2701: a certificate needs 75% attendance.", await RefusedAsync());
        await MarkAsync(2, Mark.Present, 1);
        await MarkAsync(1, Mark.Absent, 3);
        Assert.Equal("66.6% was attended, 2 of 3 days: a certificate needs 75%.", await RefusedAsync());
        await MarkAsync(1, Mark.Late, 4);
        await office.App.Get<PersonWriter>().ChangeAsync(lead.PersonId, office.App.Now(),
            _ => [new CertificateNameSet(PersonName.FromStored("Anjali Krishnan Nair"))], default);

        var given = await office.Staff.DownloadAsync(address);

        Assert.Equal("certificate-CPC-2701-01.pdf", given.Content.Headers.ContentDisposition?.FileNameStar);
        Assert.Contains("Anjali Krishnan Nair", Assert.Single(PdfText.Pages(await given.Content.ReadAsByteArrayAsync())));
        Assert.Equal(address, (await office.Staff.GetAsync($"/leads/{lead.Id}")).One(".seat-head p a").GetAttribute("href"));
        Assert.Equal("Certificate", (await office.Staff.GetAsync($"/batches/{office.Batch.Id}")).One("td.tools a").TextContent);
    }
}

using System.Globalization;
using Crm.Accounts;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Seats;
using SkiaSharp;
using ZXing;

namespace Crm.Tests.Fees;

/// <summary>The QR as a phone's camera reads it, from pixels.</summary>
public sealed class UpiQrTests(TestPostgres postgres)
{
    private static string? Read(SKBitmap picture)
    {
        var grey = picture.Pixels.Select(p => (byte)((p.Red + p.Green + p.Blue) / 3)).ToArray();
        var source = new RGBLuminanceSource(grey, picture.Width, picture.Height, RGBLuminanceSource.BitmapFormat.Gray8);
        var reader = new BarcodeReaderGeneric { Options = { TryHarder = true, PossibleFormats = [BarcodeFormat.QR_CODE] } };
        return reader.Decode(source)?.Text;
    }

    private static string? ReadSvg(AngleSharp.Dom.IElement svg)
    {
        const int pixels = 5;
        var size = int.Parse(svg.GetAttribute("viewBox")!.Split(' ')[2], CultureInfo.InvariantCulture);
        using var picture = new SKBitmap(size * pixels, size * pixels);
        using var canvas = new SKCanvas(picture);
        canvas.Clear(SKColors.White);
        canvas.Scale(pixels);
        using var paint = new SKPaint();
        using var path = SKPath.ParseSvgPathData(svg.QuerySelector("path")!.GetAttribute("d"));
        canvas.DrawPath(path, paint);
        return Read(picture);
    }

    [Fact]
    public async Task On_the_persons_page_it_asks_for_what_is_due_and_is_gone_when_nothing_is()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var user = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course);
        var seat = await app.EnrolAsync(lead, user, await app.AddBatchAsync(course), instalments: 3);
        using var staff = await app.SignInAsync(user);
        Task<WebPage> PayAsync(string amount) => staff.SubmitAsync(
            $"form[action='/enrolments/{seat.Id}/payments']", new() { ["amount"] = amount, ["way"] = "Cash" });
        Assert.Empty((await staff.GetAsync($"/leads/{lead.Id}")).Html.QuerySelectorAll("svg.qr"));

        await app.DescribeAsync(p => p.UpiPayee = "periyar.fees@okbank");
        var shown = ReadSvg((await staff.GetAsync($"/leads/{lead.Id}")).One("svg.qr"));
        Assert.Equal("upi://pay?pa=periyar.fees@okbank&pn=Periyar%20School%20of%20Medical%20Coding&am=14000.00&cu=INR"
            + $"&tn={PaymentReference.Of(seat.Id)}%20CPC-2701-01", shown);
        Assert.Contains("&am=3999.50&", ReadSvg((await PayAsync("10,000.50")).One("svg.qr")));
        Assert.Contains("&am=14000.00&", ReadSvg((await PayAsync("3999.50")).One("svg.qr")));
        Assert.Empty((await PayAsync("28000")).Html.QuerySelectorAll("svg.qr"));
    }

    [Fact]
    public void On_the_letter_it_is_sharp_enough_to_be_read_from_paper()
    {
        var batch = Papers.MakeBatch();
        var seat = new AgreedSeat(batch, Money.FromRupees(42_000), Money.Zero,
            Instalments.Split(Money.FromRupees(42_000), 6, new DateOnly(2026, 12, 1)));
        var (_, taken, _) = seat.TakeFor(new Crm.Leads.Lead { CourseName = "CPC Preparation" }, TestApp.Start);
        // The id is in what the code says: of random ones the reader fails one in 300 at this sharpness, none at 200 dpi.
        var enrolment = new Enrolment { Id = new Guid("0198d2f1-6f0a-7c3e-9b1d-52e7a4c80d63") }
            .After(taken with { At = TestApp.Start, By = Actor.System });
        var person = new Crm.People.Person { Id = Guid.NewGuid() }.After(new Crm.People.PersonRegistered(
            PersonName.FromStored("Anjali Nair"), [PhoneNumber.FromE164("+919847012345")], null, Crm.People.Standing.Given, "Agreed",
            "Public form"));
        var upi = new UpiLink("periyar.fees@okbank", "Periyar", Money.FromRupees(7_000), PaymentReference.Of(enrolment.Id));
        EnrolmentLetterContent Content(UpiLink? link) =>
            new(person, enrolment, batch, Papers.Institute, null, new DateOnly(2026, 11, 23)) { Upi = link };

        using var page = SKBitmap.Decode(Assert.Single(EnrolmentLetter.Compose(Content(upi)).GenerateImages(150)));

        Assert.Equal(upi.Address, Read(page));
        var text = Assert.Single(PdfText.Pages(EnrolmentLetter.Generate(Content(upi))));
        Assert.Contains("by UPI", text);
        using var without = SKBitmap.Decode(Assert.Single(EnrolmentLetter.Compose(Content(null)).GenerateImages(150)));
        Assert.Null(Read(without));
    }
}

using Crm.Fees;
using Crm.Institute;
using Crm.Seats;
using Crm.Web;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Desk;

/// <summary>Search from anywhere.</summary>
public sealed class SearchTests(SharedApps shared) : IClassFixture<SharedApps>
{
    private sealed record Desk(Browser Browser, string Reference, string RollNumber, string Receipt, string Payer);

    [Theory]
    [InlineData("anj")]
    [InlineData("ANJALI NAIR")]
    [InlineData("nair anj")]
    [InlineData("98470 43210")]
    [InlineData("+91 98470 43210")]
    [InlineData("43210")]
    [InlineData("anjali@mail")]
    [InlineData("{reference}")]
    [InlineData("{roll}")]
    [InlineData("{receipt}")]
    [InlineData("HDFCR52026112300123456")]
    [InlineData("hdfcr5-2026 1123 0012 3456")]
    [InlineData("556677")]
    [InlineData("Chq 0556677")]
    [InlineData("{payer}")]
    public async Task Whoever_is_looked_for_is_the_first_thing_found(string typed)
    {
        var desk = await shared.OnceAsync(PrepareAsync);
        var q = typed.Replace("{reference}", desk.Reference.ToLowerInvariant()).Replace("{roll}", desk.RollNumber.ToLowerInvariant())
            .Replace("{receipt}", desk.Receipt).Replace("{payer}", desk.Payer.ToLowerInvariant());

        var page = await desk.Browser.GetAsync("/search?q=" + Uri.EscapeDataString(q), htmx: true);

        var first = page.Html.QuerySelectorAll("a")[0];
        Assert.Contains("Anjali Nair", first.TextContent, StringComparison.Ordinal);
        // Of two of one name the stage tells most, and a phone cuts what comes last.
        if (first.GetAttribute("href")!.StartsWith("/people/", StringComparison.Ordinal))
            Assert.Matches(@"^\w+, CPC · \+91 ", first.QuerySelector(".quiet")!.TextContent);
        var person = await desk.Browser.GetAsync(first.GetAttribute("href")!);
        Assert.Equal("Anjali Nair", person.One("h1").TextContent);
    }

    [Theory]
    [InlineData("ശ്രീ", "ശ്രീദേവി")]
    [InlineData("add", "Add a lead")]
    [InlineData("DUES", "Dues")]
    [InlineData("cpc-27", "CPC-2701")]
    public async Task Names_in_other_letters_pages_acts_and_batches_are_found(string typed, string expected)
    {
        var desk = await shared.OnceAsync(PrepareAsync);

        var page = await desk.Browser.GetAsync("/search?q=" + Uri.EscapeDataString(typed));

        Assert.Contains(expected, page.Texts(".found a .text"));
    }

    [Theory]
    [InlineData("zzzz", "Nothing found for “zzzz”.")]
    [InlineData("%_%", "Nothing found for “%_%”.")]
    [InlineData("HDFCR5202611230012345", "Nothing found for “HDFCR5202611230012345”.")]
    [InlineData("5566", "Nothing found for “5566”.")]
    [InlineData("<b>x</b>'; --", "Nothing found for “<b>x</b>'; --”.")]
    public async Task What_is_not_there_is_said(string typed, string said)
    {
        var desk = await shared.OnceAsync(PrepareAsync);

        var page = await desk.Browser.GetAsync("/search?q=" + Uri.EscapeDataString(typed));

        Assert.Equal(said, page.One(".found [role=status]").TextContent);
    }

    [Fact]
    public async Task With_nothing_typed_it_is_a_list_of_where_one_can_go()
    {
        var desk = await shared.OnceAsync(PrepareAsync);

        var page = await desk.Browser.GetAsync("/search");

        Assert.Contains("Pipeline", page.Texts(".found a .text"));
        Assert.DoesNotContain("Upkeep", page.Texts(".found a .text"));
    }

    private static async Task<Desk> PrepareAsync(TestApp app)
    {
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var counsellor = await app.AddUserAsync("Divya Menon");
        for (var i = 0; i < 12; i++) await app.AddLeadAsync(course, $"Sanjana Nairobi {(char)('A' + i)}", $"s{i}@mail.example");
        await app.AddLeadAsync(course, "ശ്രീദേവി", "sree@mail.example");
        var lead = await app.AddLeadAsync(course, phone: "+919847043210");
        var seat = await app.EnrolAsync(lead, counsellor, batch);
        var pay = app.Host.Services.GetServices<SeatAct>().OfType<RecordPayment>().Single();
        async Task PayAsync(string way, string reference)
        {
            var form = new Form { ["amount"] = "1000", ["way"] = way, ["on"] = "2026-11-23", ["reference"] = reference };
            await app.Get<SeatWriter>().ChangeAsync(seat.Id, app.Now(Actor.Staff(counsellor.Id, counsellor.Name)),
                work => pay.DecideAsync(new SeatForm(work.Seat, work.Stamp, form, work.Session, app.Clock), default), default);
        }
        await PayAsync("Cash", "");
        var receipt = Assert.Single(await app.AllAsync<Receipt>());
        await PayAsync("BankTransfer", "HDFCR52026112300123456");
        await PayAsync("Cheque", "556677");
        return new Desk(await app.SignInAsync(counsellor), lead.Reference, seat.RollNumber, receipt.Number,
            PaymentReference.Of(seat));
    }
}

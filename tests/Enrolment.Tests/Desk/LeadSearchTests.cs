using Crm.Desk;
using Crm.Institute;
using Crm.Leads;
using Crm.People;

namespace Crm.Tests.Desk;

/// <summary>A search with more matches than a page shows.</summary>
public sealed class LeadSearchTests(TestPostgres postgres)
{
    [Theory]
    [InlineData(LeadSort.Received)]
    [InlineData(LeadSort.Activity)]
    [InlineData(LeadSort.Name)]
    public async Task Matches_come_in_order_and_once_over_all_pages(LeadSort sort)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        for (var i = 0; i < LeadList.PageSize + 10; i++)
        {
            await app.AddLeadAsync(course, $"Anjali {i * 37 % 100:00}", email: null);
            await app.AddLeadAsync(course, $"Midhun {i:00}", email: null);
            if (i % 3 == 0) app.Time.Advance(TimeSpan.FromMinutes(1)); // some are received at one moment: their ids decide
        }
        var filter = new LeadFilter("anj", Sort: sort);
        await using var session = app.Store.QuerySession();

        var first = await LeadList.QueryAsync(session, filter, app.Clock, whole: true, default);
        var second = await LeadList.QueryAsync(session, filter with { After = first.Next }, app.Clock, whole: false, default);

        var all = await app.AllAsync<Lead>();
        var names = (await app.AllAsync<Person>()).ToDictionary(p => p.Id, p => p.Name.Text);
        var expected = all.Where(l => names[l.PersonId].StartsWith("Anjali", StringComparison.Ordinal))
            .OrderBy(l => l.Id.ToString(), StringComparer.Ordinal).ToList();
        if (sort == LeadSort.Name) expected = [.. expected.OrderBy(l => names[l.PersonId], StringComparer.Ordinal)];
        else expected = [.. Enumerable.Reverse(expected).OrderByDescending(l => l.ReceivedAt)];
        Assert.Equal((LeadList.PageSize, 10, null), (first.Rows.Count, second.Rows.Count, second.Next));
        Assert.Equal(expected.Select(l => l.Id), first.Rows.Concat(second.Rows).Select(r => r.Id));
        Assert.Equal(LeadList.PageSize + 10, first.Count);
    }

    [Fact]
    public async Task Corrected_details_are_what_search_finds()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "K. P. Anoop", phone: "+919847012345");
        await app.Get<PersonWriter>().ChangeAsync(lead.PersonId, app.Now(),
            p => [new NameCorrected(PersonName.FromStored("José O’Brien")),
                new PhoneCorrected(p.Phone, PhoneNumber.FromE164("+914842900199"))], default);
        await using var session = app.Store.QuerySession();

        async Task<int> CountAsync(string q) =>
            (await LeadList.QueryAsync(session, new LeadFilter(q), app.Clock, false, default)).Rows.Count;

        foreach (var found in new[] { "jose", "Jose\u0301", "o'brien", "0484 2900199", "0484-290 0199" })
            Assert.Equal((found, 1), (found, await CountAsync(found)));
        foreach (var gone in new[] { "anoop", "98470 12345" }) Assert.Equal((gone, 0), (gone, await CountAsync(gone)));
    }
}

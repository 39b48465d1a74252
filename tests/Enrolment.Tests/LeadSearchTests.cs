using Crm.Leads;

namespace Crm.Tests;

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
        var filter = new LeadFilter("anj", null, null, null, null, sort, null);
        await using var session = app.Store.QuerySession();

        var first = await LeadList.QueryAsync(session, filter, default);
        var second = await LeadList.QueryAsync(session, filter with { After = first.Next }, default);

        var all = await app.AllAsync<Lead>();
        var expected = all.Where(l => l.Name.StartsWith("Anjali", StringComparison.Ordinal)).OrderBy(l => l.Id.ToString(), StringComparer.Ordinal).ToList();
        if (sort == LeadSort.Name) expected = [.. expected.OrderBy(l => l.Name, StringComparer.Ordinal)];
        else expected = [.. Enumerable.Reverse(expected).OrderByDescending(l => l.ReceivedAt)];
        Assert.Equal((LeadList.PageSize, 10, null), (first.Leads.Count, second.Leads.Count, second.Next));
        Assert.Equal(expected.Select(l => l.Id), first.Leads.Concat(second.Leads).Select(l => l.Id));
        Assert.Equal(LeadList.PageSize + 10, first.Count);
    }
}

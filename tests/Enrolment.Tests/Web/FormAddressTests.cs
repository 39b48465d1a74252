using System.Net;
using System.Text.RegularExpressions;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Seats;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Web;

/// <summary>What an address to which only a form is sent answers to who opens it: the page that has the form.</summary>
public sealed class FormAddressTests(TestPostgres postgres)
{
    [Fact]
    public async Task Each_address_that_only_takes_a_form_leads_to_a_page_above_it()
    {
        await using var app = await TestApp.StartAsync(postgres);
        using var browser = await app.SignInAsync(Roles.Manager);
        var routes = app.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().SelectMany(e =>
            (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(m => (Method: m, e.RoutePattern.RawText!)))
            .ToLookup(r => r.Method, r => "/" + r.Item2.Trim('/'));
        string[] read = [.. routes["GET"].Select(r => Regex.Replace(r, @"/\{[^}]+\?\}", "(/[^/]+)?"))
            .Select(r => $"^{Regex.Replace(r, @"\{[^}]+\}", "[^/]+")}$")];
        var only = routes["POST"].Except(routes["GET"]).Where(r => !read.Any(g => Regex.IsMatch(r, g))).Order().ToList();

        foreach (var route in only)
        {
            var path = Regex.Replace(route, @"\{[^}]+\}", Guid.NewGuid().ToString());
            using var answer = await browser.SendRawAsync(new HttpRequestMessage(HttpMethod.Get, path));
            var to = answer.Headers.Location?.ToString() ?? "";
            Assert.True(answer.StatusCode == HttpStatusCode.Redirect && read.Any(r => Regex.IsMatch(to, r)), $"{path} leads to {to}");
            var isAbove = path.StartsWith(to, StringComparison.Ordinal) || to == path + "/new" || path == "/signout";
            Assert.True(isAbove, $"{path} leads to {to}");
        }
        Assert.True(only.Count > 60, $"Only {only.Count} were found.");
    }

    [Fact]
    public async Task The_page_to_which_it_leads_has_the_form_and_nothing_is_done_on_the_way()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon", Roles.Manager);
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course, "Anjali Nair");
        var asks = await app.AddLeadAsync(course, "Binu George");
        var seat = await app.EnrolAsync(lead, divya, await app.AddBatchAsync(course));
        await app.OnSeatAsync<RecordPayment>(seat.Id, divya, ("amount", "500"), ("way", "Cash"), ("on", $"{app.Clock.Today:yyyy-MM-dd}"));
        var before = await app.LoadAsync<Enrolment>(seat.Id);
        using var browser = await app.SignInAsync(divya);

        foreach (var (address, page) in new[]
        {
            ($"/leads/{asks.Id}/offers", $"/leads/{asks.Id}"), ($"/leads/{asks.Id}/waits/departures", $"/leads/{asks.Id}"),
            ($"/enrolments/{seat.Id}/payments", $"/leads/{lead.Id}"), ($"/enrolments/{seat.Id}/transfer", $"/leads/{lead.Id}"),
            ($"/people/{lead.PersonId}/tags", $"/people/{lead.PersonId}"), ("/courses", "/courses/new"),
            ($"/approvals/{asks.Id}", "/approvals"), ("/account/password", "/account"),
        })
        {
            var shown = await browser.GetAsync(address);
            Assert.Equal((HttpStatusCode.OK, page), (shown.Status, shown.Path));
            if (!address.EndsWith("departures", StringComparison.Ordinal) && !page.EndsWith("approvals", StringComparison.Ordinal))
                Assert.NotNull(shown.One($"form[method=post][action='{address}']"));
        }
        Assert.Equal(before.Version, (await app.LoadAsync<Enrolment>(seat.Id)).Version);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync($"/enrolments/{Guid.NewGuid()}/payments")).Status);
    }

    [Fact]
    public async Task Who_was_signed_out_meanwhile_comes_back_to_the_page_that_has_the_form()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Divya Menon");
        var lead = await app.AddLeadAsync(await app.AddCourseAsync(), "Anjali Nair");
        using var browser = app.Browse();

        await browser.GetAsync($"/leads/{lead.Id}/notes");
        var page = await browser.SubmitAsync("form[action='/signin']",
            new() { ["email"] = divya.Email, ["password"] = TestApp.Password });

        Assert.Equal((HttpStatusCode.OK, $"/leads/{lead.Id}"), (page.Status, page.Path));
    }
}

using System.Net;
using Crm.Institute;
using Crm.Messaging;
using Crm.People;

namespace Crm.Tests.Enquiries;

/// <summary>What a stranger who knows numbers, names and addresses tries.</summary>
public sealed class HostileEnquiryTests(TestPostgres postgres)
{
    private static async Task EnquireAsync(TestApp app, string name, string phone, string email)
    {
        using var visitor = app.Browse();
        await visitor.GetAsync("/enquire/CPC");
        var page = await visitor.SubmitAsync("form#enquiry",
            new() { ["name"] = name, ["phone"] = phone, ["email"] = email, ["consent"] = "true" });
        Assert.Equal((HttpStatusCode.OK, "Thank you"), (page.Status, page.One("h1").TextContent));
    }

    [Fact]
    public async Task A_known_address_is_not_filled_with_brochures_under_ever_new_names_and_numbers()
    {
        await using var app = await TestApp.StartAsync(postgres);
        await app.AddCourseAsync();
        await EnquireAsync(app, "Real Name", "98470 55503", "real@mail.example");
        var before = (await app.AllAsync<OutboxMessage>()).Count(m => m.ToApplicant);

        for (var i = 0; i < 10; i++) await EnquireAsync(app, $"Claim Rs {9000 + i} now", $"98470 5551{i}", "real@mail.example");

        Assert.Equal(before, (await app.AllAsync<OutboxMessage>()).Count(m => m.ToApplicant));
        Assert.Equal(11, (await app.AllAsync<Person>()).Count);
    }

    [Fact]
    public async Task A_look_alike_that_a_tired_counsellor_merges_gives_the_stranger_no_mail()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var course = await app.AddCourseAsync();
        var real = await app.AddLeadAsync(course, "Anu George", null, "+919847055503");
        await EnquireAsync(app, "Anu G", "98470 55503", "x@evil.example");
        await app.DeliverAsync();
        using var staff = await app.SignInAsync(Roles.Counsellor);
        var other = Assert.Single(await app.AllAsync<Person>(), p => p.Id != real.PersonId);

        await staff.GetAsync($"/people/{real.PersonId}/merges/new?with={other.Id}");
        await staff.SubmitAsync($"form[action='/people/{real.PersonId}/merges']");

        Assert.Null((await app.PersonOfAsync(real)).Email);
        Assert.Contains("x@evil.example · given, not confirmed", (await staff.GetAsync("/leads/" + real.Id)).Texts(".facts-list .address"));
    }
}

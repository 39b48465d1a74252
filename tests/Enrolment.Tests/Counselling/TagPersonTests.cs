using System.Net;
using Crm.Institute;

namespace Crm.Tests.Counselling;

/// <summary>A tag on a person: put on, taken off, and refused.</summary>
public sealed class TagPersonTests(TestPostgres postgres)
{
    [Fact]
    public async Task A_tag_is_shown_among_the_facts_and_taken_off_by_the_same_form()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await staff.GetAsync("/leads/" + lead.Id);
        var form = $"form[action='/people/{lead.PersonId}/tags']";

        var tagged = await staff.SubmitAsync(form, new() { ["tag"] = " Nurse " });

        Assert.Equal((HttpStatusCode.OK, "/leads/" + lead.Id), (tagged.Status, tagged.Path));
        Assert.Contains("nurse", tagged.Texts(".facts-list dd"));
        Assert.Contains("Tagged nurse", tagged.Texts(".timeline .what"));
        await staff.SubmitAsync(form, new() { ["tag"] = "nurse" });
        Assert.Empty((await app.PersonOfAsync(lead)).Tags);
    }

    [Theory]
    [InlineData(" ", "Enter a tag.")]
    [InlineData("a tag that is much too long to be read", "Keep this to 30 characters; it has 38.")]
    public async Task A_refused_tag_says_why_beside_the_field(string tag, string error)
    {
        await using var app = await TestApp.StartAsync(postgres);
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        using var staff = await app.SignInAsync(Roles.Counsellor);
        await staff.GetAsync("/leads/" + lead.Id);

        var page = await staff.SubmitAsync($"form[action='/people/{lead.PersonId}/tags']", new() { ["tag"] = tag });

        Assert.Equal((HttpStatusCode.UnprocessableEntity, error), (page.Status, page.ErrorOf("tag")));
        Assert.Empty((await app.PersonOfAsync(lead)).Tags);
    }
}

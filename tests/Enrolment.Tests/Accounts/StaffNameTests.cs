using Crm.Accounts;
using Crm.Institute;

namespace Crm.Tests.Accounts;

/// <summary>Staff whose names read the same are told apart wherever one of them is named to choose or to count.</summary>
public sealed class StaffNameTests(TestPostgres postgres)
{
    private static User Called(string name, string email) => new() { Id = Guid.NewGuid(), Name = name, Email = email };

    [Theory]
    [InlineData("Divya Menon", "Divya Menon")]
    [InlineData("Divya Menon", "DIVYA  MENON")]
    [InlineData("Divya Menon", "Divyá Menon\u200B")]
    [InlineData("അനിൽ", "അനില്\u200D")]
    public void Two_names_that_read_the_same_have_their_addresses_behind_them(string one, string other)
    {
        User[] staff = [Called(one, "one@institute.example"), Called("Ravi Pillai", "ravi@institute.example"),
            Called(other, "other@institute.example")];

        var names = StaffNames.Of(staff);

        Assert.Equal([$"{one} (one@institute.example)", "Ravi Pillai", $"{other} (other@institute.example)"],
            staff.Select(u => names[u.Id]));
    }

    [Fact]
    public async Task Counsellors_of_one_name_are_told_apart_in_the_report_its_files_and_the_lists_to_choose_from()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var one = await app.AddUserAsync("Divya Menon");
        var other = Called("Divya Menon", "menon@institute.example");
        await app.StoreAsync(other);
        await app.TellAsync("Anjali", TestApp.Start, one);
        var lead = await app.TellAsync("Binu", TestApp.Start, other);
        string[] expected = ["Divya Menon (divya@institute.example)", "Divya Menon (menon@institute.example)"];
        using var manager = await app.SignInAsync(Roles.Manager);

        Assert.Equal(expected, (await manager.GetAsync("/reports")).Texts("section[aria-label='By counsellor'] tbody th").Order());
        Assert.All(expected, name => Assert.Contains(name, manager.DownloadAsync("/reports/funnel.csv").Result.Content
            .ReadAsStringAsync().Result));
        Assert.Equal(expected, (await manager.GetAsync("/leads")).Texts("select[name=counsellor] option").TakeLast(2));
        Assert.Equal(expected, (await manager.GetAsync("/leads/" + lead.Id)).Texts("select[name=counsellor] option").TakeLast(2));
    }
}

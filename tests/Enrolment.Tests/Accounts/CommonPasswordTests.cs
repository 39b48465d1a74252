using System.Net;
using Crm.Accounts;
using Crm.Institute;

namespace Crm.Tests.Accounts;

/// <summary>Which passwords are refused because they are tried first.</summary>
public sealed class CommonPasswordTests(TestPostgres postgres)
{
    private static readonly string[] Own =
        ["Zephyrine Kuttikkadan", "zephyrine.k@periyar.example", "Periyar Institute of Coding", "Periyar"];

    [Theory]
    [InlineData("password123", CommonPasswords.Common)]
    [InlineData("P@ssw0rd2026!", CommonPasswords.Common)]
    [InlineData("welcomeIndia@1", CommonPasswords.Common)]
    [InlineData("iloveyou12345", CommonPasswords.Common)]
    [InlineData("qwertyuiop", CommonPasswords.Common)]
    [InlineData("poiuytrewq12", CommonPasswords.Common)]
    [InlineData("1qazxsw23edc", null)]
    [InlineData("qwertyuiopasdf", CommonPasswords.Common)]
    [InlineData("aaaaaaaaaaaa", CommonPasswords.Common)]
    [InlineData("!!!!!!!!!!!!", CommonPasswords.Common)]
    [InlineData("9847012345", CommonPasswords.Figures)]
    [InlineData("01-01-1990-01", CommonPasswords.Figures)]
    [InlineData("Periyar@2026", CommonPasswords.Own)]
    [InlineData("zephyrine.k@periyar.example", CommonPasswords.Own)]
    [InlineData("Zephyrine.K@Periyar.Example1", CommonPasswords.Own)]
    [InlineData("zephyrine@periyar", CommonPasswords.Own)]
    [InlineData("zephyrinekuttikkadan1", CommonPasswords.Own)]
    [InlineData("admin-Z3phyrine-99", CommonPasswords.Own)]
    [InlineData("kettle walks under lamps", null)]
    [InlineData("a password of mine", null)]
    [InlineData("g7-Kx0-mP2-ww", null)]
    public void What_is_tried_first_is_told_from_what_is_not(string password, string? why) =>
        Assert.Equal(why, CommonPasswords.WhyNot(password, Own));

    [Fact]
    public async Task Wherever_a_password_is_chosen_the_reason_stands_beside_the_field_and_nothing_is_changed()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var divya = await app.AddUserAsync("Zephyrine Kuttikkadan");
        using var hers = await app.SignInAsync(divya);
        await hers.GetAsync("/account");
        var changed = await hers.SubmitAsync("form[action='/account/password']",
            new() { ["current"] = TestApp.Password, ["password"] = "password1234" });
        using var visitor = app.Browse();
        await visitor.GetAsync(new Uri(await app.Get<AccessLinks>().MakeAsync(divya.Id, AccessLinks.ResetLasts, default)).PathAndQuery);

        var chosen = await visitor.SubmitAsync("form[method=post]", new() { ["password"] = "zephyrine-2026!" });

        Assert.Equal((HttpStatusCode.UnprocessableEntity, CommonPasswords.Common), (changed.Status, changed.ErrorOf("password")));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, CommonPasswords.Own), (chosen.Status, chosen.ErrorOf("password")));
        using var again = await app.SignInAsync(divya);
        Assert.DoesNotContain(await app.AllAsync<Crm.Messaging.OutboxMessage>(), m => m.Kind == AccountNotices.Kind);
    }
}

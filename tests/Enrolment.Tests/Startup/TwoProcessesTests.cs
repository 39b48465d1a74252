using System.Net;
using System.Text.RegularExpressions;
using Crm.Institute;
using Crm.Messaging;

namespace Crm.Tests.Startup;

/// <summary>Two processes on one database, as a proxy sends visitors to either, and one of them is killed.</summary>
public sealed class TwoProcessesTests(TestPostgres postgres) : IDisposable
{
    // A slow machine may not answer within the second that a server has here: then all mail waits for a minute, as it should.
    private static readonly TimeSpan PauseOver = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-two-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task One_killed_in_the_middle_of_a_delivery_signs_nobody_out_sends_nothing_twice_and_breaks_no_link()
    {
        await using var mail = await MailServer.StartAsync();
        await using var app = await TestApp.StartAsync(postgres);
        var course = (await app.AddCourseAsync()).Id.ToString();
        var beena = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        string[] settings = [.. mail.Settings.Select(s => $"--{s.Key}={s.Value}"), "--Smtp:Timeout=00:00:01", "--Migrate:OnStart=false",
            "--ConnectionStrings:Enrolment=" + app.ConnectionString];
        await using var first = await RunningProgram.StartAsync(Path.Combine(_folder.FullName, "first"), settings);
        await using var second = await RunningProgram.StartAsync(Path.Combine(_folder.FullName, "second"), settings);
        using var browser = first.Browse();
        await browser.GetAsync("/signin");
        await browser.SubmitAsync("form[action='/signin']", new() { ["email"] = beena.Email, ["password"] = TestApp.Password });
        await browser.GetAsync("/courses/new");
        await EnquireAsync(first, course, "1");
        await Poll.UntilAsync(() => Task.FromResult(MailTo(mail, "1").Count == 1), "the first mail to leave", PauseOver);

        // The mail server has all of the second message, and the process that handed it over does not live to hear so.
        var answer = new TaskCompletionSource();
        mail.FallSilent(answer.Task);
        await EnquireAsync(first, course, "2");
        await Poll.UntilAsync(() => Task.FromResult(MailTo(mail, "2").Count == 1), "the mail server to have the second", PauseOver);
        await first.KillAsync();
        mail.FallSilent(Task.CompletedTask);
        answer.SetResult();

        // Nobody is signed out, and a form of the dead one's is taken by the other, with all that was typed.
        using var elsewhere = second.Browse(browser);
        var kept = await elsewhere.SubmitAsync("main form", new() { ["code"] = "CCS", ["name"] = "", ["fee"] = "100" });
        Assert.StartsWith("/courses", kept.Path);
        Assert.Equal("CCS", kept.One("[name=code]").GetAttribute("value"));
        Assert.Equal((HttpStatusCode.OK, "/leads"), ((await elsewhere.GetAsync("/leads")).Status, elsewhere.Page.Path));
        var stop = Regex.Match(MailTo(mail, "1")[0].TextBody ?? "", @"/unsubscribe/\S+").Value;
        Assert.Equal("Stop our emails?", (await elsewhere.GetAsync(stop)).One("h1").TextContent);

        // Mail goes on, and of the message in doubt a person is told.
        await Task.Delay(TimeSpan.FromSeconds(10)); // the lease of the dead one's claim
        await EnquireAsync(second, course, "3");
        await Poll.UntilAsync(() => Task.FromResult(MailTo(mail, "3").Count == 1), "the third mail to leave", PauseOver);
        var doubtful = Assert.Single(await app.AllAsync<OutboxMessage>(), m => m.To == Address("2") && m.Attachment is not null);
        Assert.Equal((MessageStatus.Unconfirmed, "The program stopped while the mail server was taking this message."),
            (doubtful.Status, doubtful.Error));
        Assert.Contains(Address("2"), (await elsewhere.GetAsync("/outbox?status=Unconfirmed")).Text);
        Assert.All(mail.Accepted.CountBy(m => m.MessageId ?? ""), id => Assert.Equal(1, id.Value));
        Assert.Single(MailTo(mail, "2"));
    }

    private static string Address(string who) => $"applicant-{who}@mail.example";

    private static List<MimeKit.MimeMessage> MailTo(MailServer mail, string who) =>
        [.. mail.Accepted.Where(m => m.To.Mailboxes.Any(to => to.Address == Address(who)))];

    private static async Task EnquireAsync(RunningProgram program, string course, string who)
    {
        using var browser = program.Browse();
        await browser.GetAsync("/enquire");
        var thanks = await browser.SubmitAsync("form#enquiry", new()
        {
            ["name"] = "Anjali Nair",
            ["phone"] = $"98470 5550{who}",
            ["email"] = Address(who),
            ["course"] = course,
            ["consent"] = "true",
        });
        Assert.StartsWith("/enquire/thanks/", thanks.Path);
    }
}

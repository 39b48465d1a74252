using System.Net;
using Crm.Institute;
using Crm.Messaging;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Crm.Tests.Messaging;

/// <summary>Settings of mail are understood, or end the start with a sentence: mail never fails to leave without a word.</summary>
public sealed class MailSettingsTests(TestPostgres postgres)
{
    [Theory]
    [InlineData("admissions@mail.example", "Periyar School of Medical Coding", "admissions@mail.example")]
    [InlineData("Admissions <admissions@mail.example>", "Admissions", "admissions@mail.example")]
    [InlineData("\"Nair, Admissions\" <Admissions@Mail.example>", "Nair, Admissions", "admissions@mail.example")]
    [InlineData("പ്രവേശനം <admissions@mail.example>", "പ്രവേശനം", "admissions@mail.example")]
    [InlineData("<admissions@mail.example>", "Periyar School of Medical Coding", "admissions@mail.example")]
    [InlineData("", "Periyar School of Medical Coding", "admissions@periyar.example")]
    [InlineData("  ", "Periyar School of Medical Coding", "admissions@periyar.example")]
    public async Task A_sender_is_understood_as_people_write_it_and_replies_reach_somebody(string setting, string name, string address)
    {
        await using var app = await TestApp.StartAsync(postgres, new Dictionary<string, string?> { ["Smtp:From"] = setting });
        await app.AddLeadAsync(await app.AddCourseAsync());

        await app.DeliverAsync();

        using var mime = await MimeMessage.LoadAsync(Directory.GetFiles(Path.Combine(app.DataFolder, "outbox")).Single());
        var from = mime.From.Mailboxes.Single();
        Assert.Equal((name, address), (from.Name, from.Address));
        Assert.EndsWith("@" + address.Split('@')[1], mime.MessageId);
        var readBy = mime.ReplyTo.Count > 0 ? mime.ReplyTo : mime.From;
        Assert.Equal("admissions@periyar.example", readBy.Mailboxes.Single().Address);
    }

    [Theory]
    [InlineData("Smtp:From", "a@mail.example, b@mail.example", "Smtp:From must be one address")]
    [InlineData("Smtp:From", "a@mail.example; b@mail.example", "Smtp:From must be one address")]
    [InlineData("Smtp:From", "<>", "Smtp:From must be one address")]
    [InlineData("Smtp:From", "admissions", "Smtp:From must be one address")]
    [InlineData("Smtp:From", "Admissions <admissions@>", "Smtp:From must be one address")]
    [InlineData("Smtp:From", "admissions@-mail.example", "Smtp:From must be one address")]
    [InlineData("Smtp:Host", "mail.example:587", "Smtp:Host must be a name like mail.example.org, with the port in Smtp:Port")]
    [InlineData("Smtp:Host", "smtp://mail.example", "Smtp:Host must be a name")]
    [InlineData("Smtp:Host", "mail example", "Smtp:Host must be a name")]
    [InlineData("Smtp:Port", "70000", "Smtp:Port must be from 1 to 65535; it is 70000.")]
    [InlineData("Smtp:Port", "0", "Smtp:Port must be from 1 to 65535; it is 0.")]
    [InlineData("Smtp:Timeout", "-00:00:05", "Smtp:Timeout must be a time like 00:00:30")]
    [InlineData("Smtp:Timeout", "30", "Smtp:Timeout must be a time like 00:00:30, at most ten minutes; it is 30.00:00:00.")] // days
    [InlineData("Smtp:Certificate", "AB:CD", "Smtp:Certificate must be the SHA-256 fingerprint")]
    public async Task A_setting_with_which_no_mail_could_leave_ends_the_start_with_a_sentence(string key, string value, string said)
    {
        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(
            () => TestApp.StartAsync(postgres, new Dictionary<string, string?> { [key] = value }));

        Assert.Contains(said, thrown.Message);
    }

    // As settings say, or somebody on the line has it that the server offers nothing secure.
    [Theory]
    [InlineData("StartTls", false)]
    [InlineData("Auto", false)]
    [InlineData("StartTlsWhenAvailable", false)]
    [InlineData("Auto", true)]
    [InlineData("None", true)]
    public async Task A_password_goes_over_no_line_that_others_read_unless_a_setting_says_so(string security, bool aloud)
    {
        await using var server = new ScriptedMailServer { OffersTls = false };
        await using var app = await TestApp.StartAsync(postgres, new Dictionary<string, string?>(server.Settings(TimeSpan.FromSeconds(5)))
        {
            ["Smtp:Security"] = security,
            ["Smtp:PasswordWithoutTls"] = aloud.ToString(),
        });
        await app.QueueAsync();

        await app.DeliverAsync();

        Assert.Equal(aloud, server.Said.Any(line => line.StartsWith("AUTH", StringComparison.Ordinal)));
        Assert.Equal(aloud ? MessageStatus.Sent : MessageStatus.Queued, (await app.OneMessageAsync()).Status);
    }

    [Fact]
    public async Task A_start_that_would_send_it_so_ends_with_a_sentence()
    {
        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => TestApp.StartAsync(postgres,
            new Dictionary<string, string?> { ["Smtp:Host"] = "mail.example", ["Smtp:User"] = "me", ["Smtp:Security"] = "None" }));

        Assert.Contains("Smtp:PasswordWithoutTls=true", thrown.Message);
    }

    [Theory]
    [InlineData("http://localhost", false)]
    [InlineData("http://crm.periyar.example", false)]
    [InlineData("https://crm.periyar.example", true)]
    public async Task One_click_to_stop_emails_is_offered_only_where_nobody_else_reads_the_line(string publicUrl, bool offered)
    {
        await using var app = await TestApp.StartAsync(postgres, new Dictionary<string, string?> { ["Institute:PublicUrl"] = publicUrl });
        var lead = await app.AddLeadAsync(await app.AddCourseAsync());
        await app.DeliverAsync();
        using var mime = await MimeMessage.LoadAsync(Directory.GetFiles(Path.Combine(app.DataFolder, "outbox")).Single());

        Assert.Equal(offered, mime.Headers.Contains(HeaderId.ListUnsubscribe));
        Assert.Equal(offered, mime.Headers.Contains(HeaderId.ListUnsubscribePost));
        var link = mime.TextBody!.Split('\n').Single(l => l.StartsWith("To get no more emails: ", StringComparison.Ordinal))[23..].Trim();
        Assert.Contains(link, mime.HtmlBody);
        using var browser = app.Browse();
        var stopped = await browser.PostAsync(link, new() { ["List-Unsubscribe"] = "One-Click" });
        Assert.Equal(HttpStatusCode.OK, stopped.Status);
        Assert.True((await app.PersonOfAsync(lead)).EmailsAreStopped);
    }

    [Theory]
    [InlineData("https://periyar.example", 1)]
    [InlineData("", 0)]
    public async Task The_foot_of_an_email_links_to_a_website_where_there_is_one(string website, int links)
    {
        await using var app = await TestApp.StartAsync(postgres);
        await using (var session = app.Store.LightweightSession())
        {
            var profile = (await session.LoadAsync<InstituteProfile>(InstituteProfile.TheOne))!;
            profile.Website = website;
            session.Store(profile);
            await session.SaveChangesAsync();
        }
        await app.Get<CurrentInstitute>().RefreshAsync(default, now: true);
        await app.QueueAsync();

        await app.DeliverAsync();

        using var mime = await MimeMessage.LoadAsync((await app.OneMessageAsync()).File!);
        Assert.Equal(links, mime.HtmlBody!.Split("<a href=").Length - 1);
        Assert.DoesNotContain("href=\"\"", mime.HtmlBody);
    }
}

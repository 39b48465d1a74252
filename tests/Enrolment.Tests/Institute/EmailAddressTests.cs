using System.Text.Json;
using Crm.Institute;
using CsCheck;
using MimeKit;

namespace Crm.Tests.Institute;

public sealed class EmailAddressTests
{
    private const string NotAnAddress = "Enter an email address like name@example.com.";

    [Theory]
    [InlineData("anjali@mail.example", "anjali@mail.example")]
    [InlineData("o'brien@mail.example", "o'brien@mail.example")]
    [InlineData("Anjali.Nair+cpc@Mail.Example", "anjali.nair+cpc@mail.example")]
    [InlineData("a_b-c/d=e@sub.mail-1.example", "a_b-c/d=e@sub.mail-1.example")]
    [InlineData("9847012345@mail.example", "9847012345@mail.example")]
    public void An_address_is_taken_in_lower_case(string typed, string address) => Assert.Equal(address, Taken(typed).Text);

    [Theory]
    [InlineData("\u200Banjali@mail.example")]
    [InlineData("anjali@mail.example\uFEFF")]
    [InlineData("\u2066anjali\u00AD@mail\u2060.example\u2069")]
    [InlineData("\u00A0anjali@mail.example\r\n")]
    [InlineData("anjali＠mail。example")]
    [InlineData("ａｎｊａｌｉ＠ｍａｉｌ．ｅｘａｍｐｌｅ")]
    public void Marks_that_cannot_be_seen_are_not_part_of_an_address(string typed) =>
        Assert.Equal("anjali@mail.example", Taken(typed).Text);

    [Theory]
    [InlineData("Anjali <anjali@mail.example>")]
    [InlineData("\"Nair, Anjali\" <anjali@mail.example>,")]
    [InlineData("anjali@mail.example <anjali@mail.example>")]
    [InlineData("mailto:anjali@mail.example")]
    [InlineData("MAILTO:anj%61li@mail.example?subject=Fees")]
    [InlineData("mailto:anjali@mail.example?bcc=other@evil.example")]
    [InlineData("anjali@mail.example,")]
    [InlineData("anjali@mail.example.")]
    [InlineData("anjali@mail.example ;")]
    [InlineData("<mailto:anjali@mail.example>")]
    [InlineData("'anjali@mail.example'")]
    [InlineData("(anjali@mail.example)")]
    public void An_address_is_taken_without_its_wrapping(string typed) => Assert.Equal("anjali@mail.example", Taken(typed).Text);

    [Theory]
    [InlineData("anjali@")]
    [InlineData("anjali nair@mail.example")]
    [InlineData("anjali.@mail.example")]
    [InlineData(".anjali@mail.example")]
    [InlineData("anjali..nair@mail.example")]
    [InlineData("anjali@[127.0.0.1]")]
    [InlineData("anjali@127.0.0.1")]
    [InlineData("anjali@-mail.example")]
    [InlineData("anjali@mail-.example")]
    [InlineData("anjali@mail_1.example")]
    [InlineData("anjali@mail..example")]
    [InlineData("anjali@localhost")]
    [InlineData("x?bcc=other@evil.example")]
    [InlineData("mailto:x?bcc=other@evil.example")]
    [InlineData("mailto:x%3Fbcc=other@evil.example")]
    [InlineData("mailto:anjali@mail.example%0D%0ABcc:other")]
    [InlineData("anjali@mail.example\r\nBcc: other")]
    [InlineData("\"anjali nair\"@mail.example")]
    [InlineData("anjali@mail.example/inbox")]
    [InlineData("anjali@@mail.example")]
    [InlineData("www.mail.example")]
    [InlineData("anjali@xn--zzzzzz.example")]
    public void What_is_no_address_of_a_mailbox_is_refused(string typed) => Assert.Equal(NotAnAddress, Refused(typed));

    [Theory]
    [InlineData(null, "Enter an email address.")]
    [InlineData(" \u200B,", "Enter an email address.")]
    [InlineData("a@mail.example, b@mail.example", "Enter one email address here.")]
    [InlineData("Anju <a@mail.example>; Binu <b@mail.example>", "Enter one email address here.")]
    public void The_reason_is_said(string? typed, string problem) => Assert.Equal(problem, Refused(typed));

    [Fact]
    public void An_address_that_no_server_would_take_for_its_length_is_refused()
    {
        var long254 = $"{new string('a', 64)}@{string.Join('.', Enumerable.Repeat(new string('b', 60), 3))}.example";
        Assert.Equal($"Keep this to 254 characters; it has {long254.Length}.", Refused(long254));
        Assert.Equal(NotAnAddress, Refused($"{new string('a', 65)}@mail.example"));
        Assert.Equal(NotAnAddress, Refused($"{string.Concat(Enumerable.Repeat("അ", 22))}@mail.example"));
        Assert.NotNull(EmailAddress.Read($"{new string('a', 64)}@mail.example").Address);
        Assert.StartsWith("Keep this to 254 characters", Refused(new string('\'', 100_000)));
    }

    [Theory]
    [InlineData("аnjali@mail.example", true)]
    [InlineData("അഞ്ജലി@mail.example", true)]
    [InlineData("അനില്\u200D@mail.example", true)]
    [InlineData("josé@mail.example", true)]
    [InlineData("anjali@пример.example", false)]
    [InlineData("anjali@mail.example", false)]
    public void Only_the_part_before_the_at_sign_asks_for_SMTPUTF8(string typed, bool needed)
    {
        Assert.Equal(typed, Taken(typed).Text);
        Assert.Equal(needed, Taken(typed).NeedsSmtpUtf8);
    }

    [Theory]
    [InlineData("anjali@XN--e1afmkfd.example", "anjali@пример.example")]
    [InlineData("jose\u0301@mail.example", "josé@mail.example")]
    public void One_mailbox_has_one_writing(string one, string other) => Assert.Equal(Taken(one), Taken(other));

    [Theory]
    [InlineData("o'brien@mail.example", "mailto:o%27brien@mail.example")]
    [InlineData("anjali.nair+cpc@mail.example", "mailto:anjali.nair%2Bcpc@mail.example")]
    [InlineData("a%3Fbcc=b&c=d#e@mail.example", "mailto:a%253fbcc%3Db%26c%3Dd%23e@mail.example")]
    [InlineData("അ@пример.example", "mailto:%E0%B4%85@xn--e1afmkfd.example")]
    public void The_link_opens_a_mail_to_one_mailbox(string typed, string href) => Assert.Equal(href, Taken(typed).MailtoHref);

    [Fact]
    public void What_is_taken_can_be_put_into_a_message_and_read_back()
    {
        var atoms = Gen.String[Gen.Char["abzABZ019.!#$%&'*+-/=?^_`{|}~ ()<>@,;:\"\\[]éаഅ്\u200D"], 1, 12];
        var domains = Gen.String[Gen.Char["abzAZ019.-_[]:éഅ"], 1, 12];
        Gen.Select(atoms, domains).Sample((local, domain) =>
        {
            if (EmailAddress.Read($"{local}@{domain}.example").Address is not { } address) return true;
            var message = new MimeMessage();
            message.To.Add(new MailboxAddress("Anjali", address.Text));
            return MailboxAddress.Parse(address.Text).Address == address.Text && EmailAddress.Read(address.Text).Address == address
                && EmailAddress.Read(address.MailtoHref).Address == address;
        }, iter: 20_000);
    }

    [Fact]
    public void Any_text_is_either_an_address_or_refused_with_a_sentence() =>
        Gen.String.Sample(typed => EmailAddress.Read(typed)
            is { Address: null, Problem: [.., '.'] } or { Address: not null, Problem: null });

    [Fact]
    public void In_JSON_an_address_is_its_text()
    {
        var address = Taken("anjali@mail.example");
        Assert.Equal("\"anjali@mail.example\"", JsonSerializer.Serialize(address));
        Assert.Equal(address, JsonSerializer.Deserialize<EmailAddress>("\"anjali@mail.example\""));
        Assert.Null(JsonSerializer.Deserialize<EmailAddress>("null"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("anjali")]
    [InlineData("@mail.example")]
    [InlineData("anjali nair@mail.example")]
    public void Stored_nonsense_is_no_address(string stored)
    {
        Assert.Throws<FormatException>(() => EmailAddress.FromStored(stored));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<EmailAddress>(JsonSerializer.Serialize(stored)));
    }

    private static EmailAddress Taken(string typed)
    {
        var reading = EmailAddress.Read(typed);
        Assert.Null(reading.Problem);
        return reading.Address!;
    }

    private static string Refused(string? typed)
    {
        var reading = EmailAddress.Read(typed);
        Assert.Null(reading.Address);
        return reading.Problem!;
    }
}

using System.Globalization;
using System.Text;
using Crm.Enquiries;
using Crm.Institute;
using Crm.Leads;
using CsCheck;

namespace Crm.Tests.Leads;

/// <summary>What sources are called, however links, pages and apps spell them.</summary>
public sealed class SourceNameTests
{
    [Theory]
    [InlineData("Google", "google", "Google", "google.com", "www.google.co.in", "google.de", "https://www.google.com/search?q=cpc",
        "com.google.android.googlequicksearchbox")]
    [InlineData("Facebook", "fb", "FB", "facebook", "face-book", "facebook.com", "m.facebook.com", "l.facebook.com",
        "lm.facebook.com", "fb.me")]
    [InlineData("WhatsApp", "WhatsApp", "whatsapp", "Whats App", "wa.me", "api.whatsapp.com", "web.whatsapp.com", "com.whatsapp")]
    [InlineData("Instagram", "ig", "instagram", "l.instagram.com", "Insta", "com.instagram.android")]
    [InlineData("YouTube", "yt", "youtube", "youtube.com", "m.youtube.com", "youtu.be", "You_Tube")]
    [InlineData("LinkedIn", "linkedin", "lnkd.in", "in.linkedin.com")]
    [InlineData("X", "twitter", "t.co", "x.com")]
    [InlineData("Telegram", "t.me", "telegram", "web.telegram.org")]
    [InlineData("Direct", "direct", "Direct")]
    [InlineData("Walk in", "Walk in", "walk-in")]
    public void The_usual_sources_have_one_name(string name, params string[] spellings) =>
        Assert.All(spellings, spelling => Assert.Equal((spelling, name), (spelling, SourceNames.Usual(spelling))));

    [Theory]
    [InlineData("notgoogle.com")]
    [InlineData("google.evil.example")]
    [InlineData("sites.google.com")]
    [InlineData("facebook.com.evil.example")]
    [InlineData("fakefacebook.com")]
    [InlineData("blog")]
    [InlineData("google ads")]
    [InlineData("codingblog.example")]
    [InlineData("🔥")]
    public void What_only_looks_like_a_usual_source_keeps_its_name(string name) => Assert.Equal(name, SourceNames.Usual(name));

    [Fact]
    public void A_name_is_made_once() => Gen.OneOf(Gen.String, Gen.OneOf("fb", "www.google.co.in", "wa.me", "X")).Sample(name =>
        SourceNames.Usual(SourceNames.Usual(name)) == SourceNames.Usual(name));

    [Theory]
    [InlineData("\uFFFE", null)]
    [InlineData("\u200B\u202E", null)]
    [InlineData("\uFE0F", null)]
    [InlineData("\u0301", null)]
    [InlineData("\uE000", null)]
    [InlineData("\uD83D", null)]
    [InlineData("\u2800 \u3164", null)]
    [InlineData("🔥🔥", "🔥🔥")]
    [InlineData("❤️", "❤️")]
    [InlineData("  Blog\u200B\uFFFE Post ", "blog post")]
    [InlineData("\u202E=1+1", "=1+1")]
    [InlineData("മാതൃഭൂമി", "മാതൃഭൂമി")]
    [InlineData("a\nb\u0000c", "a bc")]
    public void A_source_has_a_name_that_can_be_seen_or_none(string written, string? name)
    {
        Assert.Equal(name, SourceNames.Read(written));
        Assert.Equal(name ?? "codingblog.example", Sources.Of(written, null, null, "https://www.codingblog.example/a").Name);
    }

    [Fact]
    public void Whatever_a_link_says_is_cut_between_letters_and_can_stand_in_a_file() => Gen.String[Gen.Char, 0, 300].Sample(written =>
        SourceNames.Shown(written) is not { } name
        || name.Length is > 0 and <= 80 && CellText.Held(name) == name && name == name.Trim()
            && name.EnumerateRunes().Any(
                r => Rune.GetUnicodeCategory(r) is not (UnicodeCategory.Format or UnicodeCategory.SpaceSeparator)));

    [Fact]
    public void A_long_row_of_emoji_is_cut_between_two() =>
        Assert.Equal(string.Concat(Enumerable.Repeat("👩‍⚕️", 16)), SourceNames.Read(string.Concat(Enumerable.Repeat("👩‍⚕️", 40))));

    [Fact]
    public void An_app_on_a_telephone_is_a_source() => Assert.Equal("Instagram",
        SourceNames.Usual(Sources.Of(null, null, null, "android-app://com.instagram.android/").Name));
}

/// <summary>Names that managers joined.</summary>
public sealed class SourceBookTests
{
    private static SourceBook Joined(params (string[] Names, string Into)[] joins)
    {
        var book = new SourceBook();
        foreach (var (names, into) in joins) book.Join(names, into, "Beena Thomas", TestApp.Start);
        return book;
    }

    [Fact]
    public void What_was_joined_has_one_name_and_its_own_again_when_taken_out()
    {
        var book = Joined((["codingblog.example", "blog"], "Our blog"), (["Our blog", "newsletter"], "Website"));

        Assert.Equal(["Website", "Website", "Website", "Google"],
            new[] { "codingblog.example", "blog", "newsletter", "google" }.Select(book.NameOf));
        Assert.Equal(["Website", "Our blog", "codingblog.example", "blog", "newsletter"], book.SourcesOf("Website"));

        book.Part("Our blog");
        book.Part("Our blog");

        Assert.Equal(["Our blog", "Our blog", "Website"], new[] { "codingblog.example", "blog", "newsletter" }.Select(book.NameOf));
        Assert.Equal(["Our blog", "codingblog.example", "blog"], book.SourcesOf("Our blog"));
    }

    [Theory]
    [InlineData("blog", "blog", "Choose the sources that are to have this name.")]
    [InlineData("fair", "blog", "“blog” is a part of “Website”. Take it out first, or write “Website”.")]
    [InlineData("blog", "fair", "“blog” is a part of “Website” by now. Look at the list again.")]
    public void What_would_go_round_in_a_circle_or_was_joined_meanwhile_is_refused(string name, string into, string why)
    {
        var book = name == into ? new SourceBook() : Joined((["blog"], "Website"));

        Assert.Equal(why, Assert.Throws<Refusal>(() => book.Join([name], into, "Beena Thomas", TestApp.Start)).Message);
    }

    [Fact]
    public void However_names_are_joined_and_taken_out_each_has_one_name_that_knows_it() =>
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 6], Gen.Bool).Array[0, 30].Sample(acts =>
        {
            string[] all = ["a", "b", "c", "d", "e", "f", "g"];
            var book = new SourceBook();
            foreach (var (from, to, joins) in acts)
            {
                try
                {
                    if (joins) book.Join([all[from]], all[to], "", default);
                    else book.Part(all[from]);
                }
                catch (Refusal)
                {
                    // Refused acts change nothing.
                }
            }
            return all.All(name => book.NameOf(book.NameOf(name)) == book.NameOf(name)
                && book.SourcesOf(book.NameOf(name)).Count(n => n == name) == 1);
        });
}

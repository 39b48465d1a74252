using System.Text;
using System.Text.Json;
using Crm.Institute;
using CsCheck;

namespace Crm.Tests.Institute;

public sealed class PersonNameTests
{
    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.String, Gen.String[Gen.Char["aKé. \u0301\u00A0\u200B\u200C\u200D\u202E\uFE0F\u034Fനൻ്ിം‍റ👩⚕'’-/<@"], 0, 12]);

    private static readonly string[] SomeWords =
        ["kp", "k", "p", "anu", "anup", "anupama", "george", "anugeorge", "geo", "അനു", "അനുപമ", "王明", "rk", "r", "12"];

    private static readonly Gen<string> ManyNames = Gen.OneOf(
        Gen.Int[0, SomeWords.Length - 1].Select(i => SomeWords[i]).Array[1, 4].Select(words => string.Join(' ', words)),
        Gen.String[Gen.Char["akpr അന"], 1, 8].Select(name => "a" + name));

    [Fact]
    public void What_is_looked_at_before_names_are_compared_changes_no_answer() => Gen.Select(ManyNames, ManyNames).Sample((one, other) =>
        PersonName.FromStored(one).CompareTo(PersonName.FromStored(other)) == ComparableName.Of(one).CompareTo(ComparableName.Of(other)),
        iter: 20_000);

    [Theory]
    [InlineData("P")]
    [InlineData("K. P. Anoop")]
    [InlineData("അനിൽ\u200Cകുമാർ")]
    [InlineData("അനില്\u200D")]
    [InlineData("O’Brien")]
    [InlineData("അഞ്ജലി <b>നായർ</b> 👩‍⚕️")]
    [InlineData("محمد علي")]
    [InlineData("राहुल शर्मा")]
    [InlineData("தமிழ்செல்வி")]
    [InlineData("می\u200Cخواهم")]
    [InlineData("Anne-Marie D'Souza (Annie)")]
    [InlineData("王明")]
    public void A_name_stays_as_it_is_written(string typed) => Assert.Equal(typed, Taken(typed).Text);

    [Theory]
    [InlineData("Anjali \u202EPM", "Anjali PM")]
    [InlineData("  Anjali\t\n Nair\u00A0 ", "Anjali Nair")]
    [InlineData("\u2067Anjali\u2069\u200F", "Anjali")]
    [InlineData("An\u200Bj\u00ADa\u2060li\uFEFF", "Anjali")]
    [InlineData("Anj\u200Dali", "Anjali")]
    [InlineData("Anjali\u0000\u0007\u001B", "Anjali")]
    [InlineData("Anjali\uFE0F", "Anjali")]
    [InlineData("Anjali\u3164\u2800Nair", "Anjali Nair")]
    [InlineData("Jose\u0301", "José")]
    [InlineData("\u200Dഅനു\u200D", "അനു")]
    public void What_cannot_be_seen_is_dropped(string typed, string name) => Assert.Equal(name, Taken(typed).Text);

    [Theory]
    [InlineData("\u200B\u200B")]
    [InlineData("\u00AD")]
    [InlineData("\uFE0F")]
    [InlineData("\u3164\u115F\uFFA0")]
    [InlineData("\u2800")]
    [InlineData("\u200D\u0301")]
    [InlineData("---")]
    [InlineData("98470")]
    [InlineData("👩‍⚕️")]
    [InlineData("")]
    [InlineData(null)]
    public void A_name_that_cannot_be_seen_is_refused(string? typed) => Assert.Equal("Enter your name.", Refused(typed));

    [Theory]
    [InlineData("You won Rs 50,000: claim at https://prize.example/win")]
    [InlineData("www.prize.example")]
    [InlineData("prize.example")]
    [InlineData("Claim at PRIZE.COM now")]
    [InlineData("ｐｒｉｚｅ．ｅｘａｍｐｌｅ")]
    [InlineData("prize。com")]
    [InlineData("സമ്മാനം.com")]
    [InlineData("bit.ly for Rs 50")]
    [InlineData("t.co")]
    [InlineData("anu@mail.example")]
    [InlineData("Anu (ｍａｉｌ＠example)")]
    [InlineData("prize∕win")]
    [InlineData("tel://98470")]
    [InlineData("Anu / Binu")]
    [InlineData("prize.xn--p1ai")]
    [InlineData("b.com")]
    [InlineData("Claim at X.com")]
    [InlineData("AB.Tech")]
    public void A_name_holds_no_address(string typed) => Assert.Equal("Enter only your name, without links or addresses.", Refused(typed));

    [Theory]
    [InlineData("K.P. Anoop")]
    [InlineData("K.P.Anoop")]
    [InlineData("k.p.anoop")]
    [InlineData("Anoop.K.P")]
    [InlineData("Anoop.KP")]
    [InlineData("St. Mary")]
    [InlineData("Dr.Anil")]
    [InlineData("Anju B.Com")]
    [InlineData("Anju Nair M.Com.")]
    [InlineData("Rahul M.Tech")]
    [InlineData("RAHUL B.TECH")]
    [InlineData("dr.anil kumar")]
    [InlineData("Mohd.Ali")]
    [InlineData("Anu.George")]
    [InlineData("A.P.J.Abdul Kalam")]
    [InlineData("കെ.പി.അനൂപ്")]
    [InlineData("Anu S/o George")]
    [InlineData("Meera D/O. Krishnan")]
    [InlineData("Anil Kumar Jr.")]
    public void Dots_and_parents_in_a_name_are_no_address(string typed) => Assert.Equal(typed, Taken(typed).Text);

    [Fact]
    public void A_name_has_room_for_so_many_characters()
    {
        Assert.Equal(100, Taken(new string('a', 100)).Text.Length);
        Assert.Equal("Keep this to 100 characters; it has 101.", Refused(new string('a', 101)));
        Assert.Equal("Keep this to 5 characters; it has 6.", PersonName.Read("Anjali", max: 5).Problem);
        Assert.Equal("Enter a name.", PersonName.Read("").Problem);
    }

    [Fact]
    public void A_name_that_was_read_is_read_again_as_itself() =>
        AnyText.Sample(typed => PersonName.Read(typed).Name is not { } name
            || PersonName.Read(name.Text).Name == name && name.Text.IsNormalized(NormalizationForm.FormC) && name.Text == name.Text.Trim());

    [Theory]
    [InlineData("K. P. Anoop", "ANOOP KP")]
    [InlineData("K. P. Anoop", "Anoop K P")]
    [InlineData("K. P. Anoop", "anoop k.p")]
    [InlineData("K. P. Anoop", "K.P.Anoop")]
    [InlineData("K. P. Anoop", "KPAnoop")]
    [InlineData("Anil Kumar", "anilkumar")]
    [InlineData("Anil Kumar", "Kumar  ANIL")]
    [InlineData("Anilkumar K.", "K. Anil Kumar")]
    [InlineData("അനിൽ", "അനില്\u200D")]
    [InlineData("അനിൽ\u200Cകുമാർ", "അനിൽ കുമാർ")]
    [InlineData("സന്റോ", "സൻറോ")]
    [InlineData("കൗസല്യ", "ക\u0D46\u0D57സല്യ")]
    [InlineData("കെ. പി. അനൂപ്", "അനൂപ് കെപി")]
    [InlineData("José Álvarez", "jose\u0301 alvarez")]
    [InlineData("O’Brien", "O'BRIEN")]
    [InlineData("Anne-Marie", "Anne Marie")]
    [InlineData("Anu", "anu.")]
    public void One_name_written_two_ways_is_the_same(string one, string other) => Matches(NameMatch.Same, one, other);

    [Theory]
    [InlineData("Anu", "Anu George")]
    [InlineData("Anu G", "Anu George")]
    [InlineData("A George", "Anu George")]
    [InlineData("Anu G", "A George")]
    [InlineData("Anoop K", "K. P. Anoop")]
    [InlineData("Anoop KP", "Anoop Krishna Prasad")]
    [InlineData("Anu", "Anupama Nair")]
    [InlineData("Dr. Anil", "Anil")]
    [InlineData("S Anu", "Sanu")]
    [InlineData("Anu S", "Sanu")]
    [InlineData("K. P. Anoop", "P. K. Anoop")]
    [InlineData("Anu George", "അനു ജോർജ്")]
    [InlineData("Anu", "Anu (അനു)")]
    [InlineData("राहुल", "രാഹുൽ")]
    public void A_short_form_and_another_script_cannot_be_told(string one, string other) => Matches(NameMatch.CannotTell, one, other);

    [Theory]
    [InlineData("Anu George", "Binu George")]
    [InlineData("Anu G", "Anu Thomas")]
    [InlineData("Anu George", "Anu Thomas")]
    [InlineData("Anu George", "Binu ജോർജ്")]
    [InlineData("Anu", "Binu (അനു)")]
    [InlineData("Anil", "Anila")]
    [InlineData("അനിൽ", "അനൂപ്")]
    [InlineData("Claim Rs 9000", "Anu George")]
    public void Letters_tell_two_people_apart(string one, string other) => Matches(NameMatch.Different, one, other);

    [Fact]
    public void Neither_the_order_of_words_nor_their_case_makes_another_name() =>
        Gen.String[Gen.Char["abcdeklmnoprstu"], 2, 8].Array[1, 4]
            .SelectMany(words => Gen.Shuffle(words).Select(shuffled => (words, shuffled)))
            .Sample(pair => PersonName.FromStored(string.Join(' ', pair.words))
                .CompareTo(PersonName.FromStored(string.Join("  ", pair.shuffled).ToUpperInvariant())) == NameMatch.Same);

    [Fact]
    public void Two_names_compare_alike_both_ways() =>
        Gen.Select(Gen.String[Gen.Char["abk .അ്"], 1, 10], Gen.String[Gen.Char["abk .അ്"], 1, 10])
            .Where((one, other) => !string.IsNullOrWhiteSpace(one) && !string.IsNullOrWhiteSpace(other))
            .Sample((one, other) => PersonName.FromStored(one).CompareTo(PersonName.FromStored(other))
                == PersonName.FromStored(other).CompareTo(PersonName.FromStored(one)));

    [Fact]
    public void Long_names_made_to_be_slow_are_compared_at_once()
    {
        var one = PersonName.FromStored(string.Join(' ', Enumerable.Repeat("aab aba baa ab ba a b", 4)));
        var other = PersonName.FromStored(string.Join(' ', Enumerable.Repeat("aab baa aba ba ab b a", 4)) + " c");
        var five = PersonName.FromStored("aaaab aaabaa aabaaaa abaaaaaa baaaaaaaa");
        var more = PersonName.FromStored("aaaaaab aaaaba aabaaaaa aaabaaa aabaaaaa");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.NotEqual(NameMatch.Same, one.CompareTo(other));
        Assert.Equal(NameMatch.Different, five.CompareTo(more));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
    }

    [Theory]
    [InlineData("K. P. Anoop", "kp anoop")]
    [InlineData("K. P. Anoop", "k p anoop")]
    [InlineData("K. P. Anoop", "k.p. anoop")]
    [InlineData("K. P. Anoop", "K.P.Anoop")]
    [InlineData("K. P. Anoop", "anoop")]
    [InlineData("Anoop KP", "k p anoop")]
    [InlineData("Anoop K P", "kp anoop")]
    [InlineData("കെ. പി. അനൂപ്", "കെപി അനൂപ്")]
    [InlineData("O’Brien", "o'brien")]
    [InlineData("O'Brien", "oʼbrien")]
    [InlineData("O´Brien", "obrien")]
    [InlineData("José", "jose\u0301")]
    [InlineData("Jose", "josé")]
    [InlineData("Łukasz Sørensen", "lukasz sorensen")]
    [InlineData("Weiß", "weiss")]
    [InlineData("İnci", "inci")]
    [InlineData("അനിൽ", "അനില്\u200D")]
    [InlineData("അനില്\u200D", "അനിൽ")]
    [InlineData("അനിൽ\u200Cകുമാർ", "അനിൽകുമാർ")]
    [InlineData("അനിൽ", "അനി")]
    [InlineData("Anne-Marie", "annemarie")]
    [InlineData("Anne-Marie", "anne marie")]
    [InlineData("L-WE397N", "LWE397N")]
    [InlineData("ＡＮＪＡＬＩ", "anjali")]
    [InlineData("George, Anu", "anu george")]
    [InlineData("Batch ൨൦", "20")]
    public void A_name_is_found_however_it_is_written(string stored, string query) => Assert.True(Finds(stored, query));

    [Theory]
    [InlineData("K. P. Anoop", "kr anoop")]
    [InlineData("അനിൽ", "അനിറ")]
    [InlineData("Anu George", "binu")]
    public void Another_name_is_not_found(string stored, string query) => Assert.False(Finds(stored, query));

    [Fact]
    public void Folding_twice_is_folding_once() =>
        AnyText.Sample(text => PersonName.FoldForSearch(PersonName.FoldForSearch(text)) == PersonName.FoldForSearch(text), iter: 10_000);

    [Fact]
    public void Whatever_name_is_taken_is_found_by_itself_in_capitals() =>
        AnyText.Sample(text => PersonName.Read(text).Name is not { } name || Finds(name.Text, name.Text.ToUpperInvariant()), iter: 10_000);

    [Theory]
    [InlineData('\u200D')]
    [InlineData('a')]
    [InlineData('.')]
    [InlineData('്')]
    [InlineData('<')]
    [InlineData('1')]
    public void A_paste_of_a_million_characters_is_refused_at_once(char character)
    {
        var pasted = "അ" + new string(character, 1_000_000);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.NotNull(EmailAddress.Read(pasted).Problem);
        Assert.NotNull(PhoneNumber.Read(pasted, "IN").Problem);
        Assert.NotNull(new MoneyStyle().Read(pasted, "the fee", new Money(100)).Problem);
        Assert.Equal(character != '\u200D', PersonName.Read(pasted).Problem is not null);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
    }

    [Fact]
    public void Names_are_ordered_as_people_read_them() => InOrder(
        "'Abid", "anoop", "ANU", "Anu George", "ärya", "Balan", "Émile", "K. P. Anoop", "Kannan", "O’Brien", "Ødegaard", "Zubair", "അനു");

    [Fact]
    public void Malayalam_names_follow_the_alphabet() => InOrder(
        "അനന്തു", "അനില", "അനിൽ", "അനൂപ്", "അന്ന", "അൻവർ", "അമല", "അംബിക", "അമ്മു", "ആര്യ", "ഇന്ദു", "കണ്ണൻ", "കമല", "കൊച്ചു", "കോമളം",
        "രമ്യ", "ലത", "വിഷ്ണു", "ശ്രീ", "ഷീബ", "സന്ധ്യ", "സമീർ", "സംഗീത", "സാറ", "ഹരി", "റഹീം");

    [Fact]
    public void Case_and_accents_do_not_count_in_the_order()
    {
        Assert.Equal(Key("ANU"), Key("anu"));
        Assert.Equal(Key("Émile"), Key("emile"));
        Assert.Equal(Key("അനിൽ"), Key("അനില്\u200D"));
    }

    [Theory]
    [InlineData("محمد علي", "\u2068محمد علي\u2069")]
    [InlineData("Ali (علي)", "\u2068Ali (علي)\u2069")]
    [InlineData("שרה", "\u2068שרה\u2069")]
    [InlineData("Anjali", "Anjali")]
    [InlineData("അനിൽ", "അനിൽ")]
    public void A_name_from_right_to_left_is_isolated_in_other_text(string name, string isolated) =>
        Assert.Equal(isolated, Taken(name).Isolated);

    [Fact]
    public void In_JSON_a_name_is_its_text()
    {
        var name = Taken("K. P. Anoop");
        Assert.Equal("\"K. P. Anoop\"", JsonSerializer.Serialize(name));
        Assert.Equal(name, JsonSerializer.Deserialize<PersonName>("\"K. P. Anoop\""));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<PersonName>("\" \""));
        Assert.Throws<FormatException>(() => PersonName.FromStored(""));
    }

    /// <summary>As the lists search: every word of the folded query lies inside the folded text.</summary>
    private static bool Finds(string stored, string query)
    {
        var folded = PersonName.FoldForSearch(stored);
        return PersonName.FoldForSearch(query).Split(' ').All(word => folded.Contains(word, StringComparison.Ordinal));
    }

    private static void InOrder(params string[] names)
    {
        // As PostgreSQL compares in its collation C: byte for byte.
        var ordered = names.Reverse().OrderBy(name => Convert.ToHexString(Encoding.UTF8.GetBytes(Key(name))), StringComparer.Ordinal);
        Assert.Equal(names, ordered);
    }

    private static string Key(string name) => PersonName.FromStored(name).SortKey;

    private static void Matches(NameMatch expected, string one, string other)
    {
        Assert.Equal(expected, Taken(one).CompareTo(Taken(other)));
        Assert.Equal(expected, Taken(other).CompareTo(Taken(one)));
    }

    private static PersonName Taken(string typed)
    {
        var reading = PersonName.Read(typed, label: "your name");
        Assert.Null(reading.Problem);
        return reading.Name!;
    }

    private static string Refused(string? typed)
    {
        var reading = PersonName.Read(typed, label: "your name");
        Assert.Null(reading.Name);
        return reading.Problem!;
    }
}

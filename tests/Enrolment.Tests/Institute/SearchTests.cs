using System.Globalization;
using System.Text;
using Crm.Institute;
using CsCheck;
using PhoneNumbers;
using PhoneNumber = Crm.Institute.PhoneNumber;

namespace Crm.Tests.Institute;

/// <summary>What finds a person by name, number or address, decided by letters alone. The database decides the same
/// (<c>TrigramTests</c>).</summary>
public sealed class SearchTests
{
    private static readonly PhoneNumberUtil Util = PhoneNumberUtil.GetInstance();

    private static readonly Gen<string> Names = Gen.OneOf(Gen.String[Gen.Char, 1, 30],
        Gen.String[Gen.Char["abIİıßŉéàÑøκςΛΈйЁഅനിൽുക്ഷമ്ൻअक्षமிمحأَّـשִׁ王소é'’-. \u200C\u200D"], 1, 30]);

    private static readonly Gen<PhoneNumber> Phones = Gen.Select(Gen.OneOf("IN", "GB", "US", "AE", "SG", "RU", "MV", "DE"),
            Gen.OneOf(PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE), Gen.Int[0, 9999])
        .Select((region, type, last) => Numbered(region, type, last)).Where(number => number is not null).Select(number => number!);

    [Fact]
    public void A_name_that_is_taken_is_found_by_itself_in_capitals_decomposed_without_accents_and_in_any_order() =>
        Gen.Select(Names, Gen.Int).Sample((typed, seed) =>
        {
            if (PersonName.Read(typed).Name is not { } name) return true;
            // Initials keep their order: "K P" is not "P K".
            var words = PersonName.FoldForSearch(name.Text).Split(' ');
            if (words.Count(w => w.EnumerateRunes().Count(Rune.IsLetter) < 2) < 2) new Random(seed).Shuffle(words);
            return Finds(name, name.Text) && Finds(name, name.Text.ToUpperInvariant()) && Finds(name, name.Text.ToLowerInvariant())
                && Finds(name, name.Text.Normalize(NormalizationForm.FormD)) && Finds(name, WithoutAccents(name.Text))
                && Finds(name, string.Join(' ', words));
        }, iter: 20_000);

    [Theory]
    [InlineData("K. P. Anoop", "kp anoop")]
    [InlineData("K. P. Anoop", "Anoop K P")]
    [InlineData("O’Brien", "o'brien")]
    [InlineData("José", "Jose\u0301")]
    [InlineData("അനിൽ", "അനില്\u200D")]
    [InlineData("അനില്\u200D", "അനിൽ")]
    [InlineData("Ελένη Παπαδοπούλου", "ΕΛΕΝΗ")]
    [InlineData("Артём", "артем")]
    [InlineData("أَحْمَد", "احمد")]
    [InlineData("محمـــد", "محمد")]
    [InlineData("שָׂרָה", "שרה")]
    [InlineData("Anjali Nair", "anjali\tNAIR")]
    public void A_name_is_found_in_another_writing(string stored, string query) =>
        Assert.True(Finds(PersonName.FromStored(stored), query));

    [Theory]
    [InlineData("അനിൽ", "അനൽ")] // in the scripts of India a mark is a letter
    [InlineData("Anu George", "anu thomas")]
    [InlineData("Anu", "a%u")]
    [InlineData("Anu", "a_u")]
    public void Another_name_is_not_found(string stored, string query) =>
        Assert.False(Finds(PersonName.FromStored(stored), query));

    [Fact]
    public void A_number_is_found_by_every_usual_writing_and_by_its_last_digits() =>
        Gen.Select(Phones, Gen.Int[4, 12]).Sample((number, last) =>
        {
            var parsed = Util.Parse(number.E164, null);
            var national = Util.Format(parsed, PhoneNumberFormat.NATIONAL);
            var international = Util.Format(parsed, PhoneNumberFormat.INTERNATIONAL);
            string[] writings =
            [
                number.E164, number.Digits, number.Grouped, number.ForTel, international, international.Replace(' ', '-'),
                international.Replace(" ", ""), "00" + number.Digits, international.Replace("+", "00"), Util.Format(parsed,
                    PhoneNumberFormat.RFC3966), $"({number.Grouped})", $"{number.Grouped} (WhatsApp)", number.Digits[^Math.Min(last,
                    number.Digits.Length)..],
            ];
            var region = Util.GetRegionCodeForNumber(parsed);
            var missed = writings.Where(w => !Finds(number, w, "IN"))
                .Concat(new[] { national, national.Replace(" ", ""), national.Replace(' ', '.') }.Where(w => !Finds(number, w, region)));
            Assert.Empty(missed);
        });

    [Theory]
    [InlineData("+919847012345", "98470-12345")]
    [InlineData("+919847012345", "09847012345")]
    [InlineData("+919847012345", "0091 98470 12345")]
    [InlineData("+919847012345", "(98470) 12345")]
    [InlineData("+914842900199", "0484 2900199")]
    [InlineData("+914842900199", "0484-290 0199")]
    [InlineData("+919847012345", "98470,12345")]
    [InlineData("+919847012345", "൯൮൪൭൦ ൧൨൩൪൫")]
    [InlineData("+919847012345", "98470\u202F12345")]
    [InlineData("+919847012345", "wa.me/919847012345")]
    [InlineData("+919847012345", "98470 12345 / 98950 54321")]
    [InlineData("+442079460958", "+44 020 7946 0958")]
    [InlineData("+919847010012", "0012")]
    public void A_number_is_found_in_another_writing(string stored, string query) =>
        Assert.True(Finds(PhoneNumber.FromE164(stored), query, "IN"));

    [Fact]
    public void A_name_and_a_number_beside_it_find_who_has_the_number()
    {
        var text = SearchIndex.TextOf([PersonName.FromStored("Anjali Nair")], [PhoneNumber.FromE164("+914842900199")], []);

        Assert.All(["anjali 0484 2900199", "anjali 2900199", "0199 nair", "Anjali: 0484-290 0199"],
            query => Assert.True(SearchQuery.Read(query, "IN").Finds(text), query));
    }

    [Theory]
    [InlineData("o'brien@mail.example", "o'brien@mail.example")]
    [InlineData("o'brien@mail.example", "OBRIEN@MAIL")]
    [InlineData("anne-marie@mail.example", "anne-marie@mail")]
    [InlineData("k.p.anoop@mail.example", "p.anoop@mail.example")]
    [InlineData("k.p.anoop@mail.example", "kp anoop")]
    [InlineData("k.p.anoop@mail.example", "k.p.anoop")]
    [InlineData("anjali.nair+cpc@mail.example", "nair+cpc@")]
    [InlineData("anjali@mail.example", "mail.example")]
    [InlineData("anjali@mail.example", "Anjali <anjali@mail.example>")]
    [InlineData("9847012345@mail.example", "9847012345@mail.example")]
    public void An_address_is_found_whole_or_in_part(string stored, string query) =>
        Assert.True(SearchQuery.Read(query, "IN").Finds(SearchIndex.TextOf([], [], [EmailAddress.FromStored(stored)])));

    [Theory]
    [InlineData("jali@other.example")]
    [InlineData("an@mail.example")]
    public void A_part_of_an_address_is_looked_for_in_its_order(string query) => Assert.False(SearchQuery.Read(query, "IN")
        .Finds(SearchIndex.TextOf([PersonName.FromStored("An Mail")], [], [EmailAddress.FromStored("anjali@mail.example")])));

    [Theory]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("...")]
    [InlineData("\\")]
    [InlineData("@")]
    [InlineData("\u200B")]
    [InlineData("— – -")]
    [InlineData("😀")]
    public void By_signs_alone_nothing_can_be_looked_for(string query) => Assert.Empty(SearchQuery.Read(query, "IN").Parts);

    private static bool Finds(PersonName name, string query) =>
        SearchQuery.Read(query, "IN").Finds(SearchIndex.TextOf([name], [], []));

    private static bool Finds(PhoneNumber number, string query, string region) =>
        SearchQuery.Read(query, region).Finds(SearchIndex.TextOf([], [number], []));

    // What a keyboard without accents leaves of a name. The signs of Indian scripts are no accents.
    private static string WithoutAccents(string text)
    {
        var (plain, before) = (new StringBuilder(), new Rune(' '));
        foreach (var rune in text.Normalize(NormalizationForm.FormD).EnumerateRunes())
        {
            var isMark = Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark;
            if (isMark && before.Value is < 0x0700 and > 0x40) continue;
            plain.Append(rune);
            if (!isMark) before = rune;
        }
        return plain.ToString();
    }

    private static PhoneNumber? Numbered(string region, PhoneNumberType type, int last)
    {
        var example = Util.Format(Util.GetExampleNumberForType(region, type), PhoneNumberFormat.E164);
        var number = example[..^4] + last.ToString("0000", CultureInfo.InvariantCulture);
        return Util.IsValidNumber(Util.Parse(number, null)) ? PhoneNumber.FromE164(number) : null;
    }
}

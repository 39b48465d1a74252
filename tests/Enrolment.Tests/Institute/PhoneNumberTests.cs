using System.Text.Json;
using Crm.Institute;
using CsCheck;
using Xunit.Sdk;

namespace Crm.Tests.Institute;

public sealed class PhoneNumberTests
{
    private const string TooFewDigits =
        "Enter a phone number with all its digits, such as 98470 12345; start with + and the country code if it is from abroad.";

    private static readonly Gen<string> IndianMobile = Gen.Int[0, 999_999_999].Where(n => n % 10 != n / 10 % 10)
        .Select(n => $"{6 + n % 4}{n:000000000}").Where(digits => PhoneNumber.Read(digits, "IN").Number is not null);

    [Theory]
    [InlineData("98470 12345")]
    [InlineData("98470\u202F12345")]
    [InlineData("+91 \u206698470 12345\u2069")]
    [InlineData("98470\uFEFF12345")]
    [InlineData("\u200E+91\u00A098470\u201112345\u202C")]
    [InlineData("98470\u00AD12345")]
    [InlineData("98470\u3000−\u300012345")]
    [InlineData("98470\u2800\u180E12345\uFE0F")]
    [InlineData("9️⃣8️⃣4️⃣7️⃣0️⃣12345")]
    [InlineData("(+91) 98470-12345")]
    [InlineData("+91 (0)98470 12345")]
    [InlineData("➕91 98470–12345")]
    [InlineData("98470\t12345\r\n")]
    [InlineData("098470 12345")]
    [InlineData("091 98470 12345")]
    [InlineData("0091-98470-12345")]
    [InlineData("98470,12345")]
    [InlineData("9,847,012,345")]
    [InlineData("98470•12345")]
    public void Spaces_dashes_and_marks_are_none_of_a_numbers_business(string typed) => Assert.Equal("+919847012345", Taken(typed).E164);

    [Theory]
    [InlineData("91 98470 22345", "+919847022345")]
    [InlineData("0044 7400 123456", "+447400123456")]
    [InlineData("൯൮൪൭൦ ൧൨൩൪൫", "+919847012345")]
    [InlineData("９８４７０ １２３４５", "+919847012345")]
    [InlineData("＋９１ ९८४७० १२३४५", "+919847012345")]
    [InlineData("٩٨٤٧٠ ١٢٣٤٥", "+919847012345")]
    [InlineData("௯௮௪௭௦௧௨௩௪௫", "+919847012345")]
    [InlineData("0484-290 0100", "+914842900100")]
    [InlineData("1800 425 1234", "+9118004251234")]
    public void Digits_of_any_script_and_any_country_count(string typed, string number) => Assert.Equal(number, Taken(typed).E164);

    [Theory]
    [InlineData("p:+919847012345")]
    [InlineData("tel:+91-98470-12345")]
    [InlineData("9847012345.0")]
    [InlineData("+919847012345.00")]
    [InlineData("9.847012345E+09")]
    [InlineData("Mob: 98470 12345")]
    [InlineData("98470 12345 (mother)")]
    [InlineData("98470 12345 after 6 pm")]
    [InlineData("98470 12345 - call between 10 and 11 am")]
    [InlineData("98470 12345 ext. 12")]
    [InlineData("📞 98470 12345 (Anju's father)")]
    [InlineData("https://wa.me/919847012345")]
    [InlineData("98470 12345 / 98470-12345")]
    public void What_files_and_people_write_beside_a_number_is_passed_over(string typed)
    {
        var reading = PhoneNumber.Read(typed, "IN");
        Assert.Equal("+919847012345", reading.Number?.E164);
        Assert.Empty(reading.Others);
    }

    [Theory]
    [InlineData("98470 12346 / 98950 54321", "+919847012346", "+919895054321")]
    [InlineData("9847012347, 0484 290 0100", "+919847012347", "+914842900100")]
    [InlineData("98470 12346 (WhatsApp 98950 54321)", "+919847012346", "+919895054321")]
    [InlineData("98470 12346 (98950 54321)", "+919847012346", "+919895054321")]
    [InlineData("98470 12346 98950 54321", "+919847012346", "+919895054321")]
    [InlineData("9847012346-9895054321", "+919847012346", "+919895054321")]
    [InlineData("98470 12346\n98950 54321", "+919847012346", "+919895054321")]
    [InlineData("+44 7400 123456+91 98950 54321", "+447400123456", "+919895054321")]
    [InlineData("Home 0484-290 0100; mobile 098950 54321", "+914842900100", "+919895054321")]
    [InlineData("98470 12346 or 98950 54321 & 0484 290 0100", "+919847012346", "+919895054321", "+914842900100")]
    public void The_first_of_several_numbers_is_taken_and_the_rest_are_kept(string typed, params string[] numbers)
    {
        var reading = PhoneNumber.Read(typed, "IN");
        Assert.Null(reading.Problem);
        Assert.Equal(numbers, reading.Others.Prepend(reading.Number!).Select(n => n.E164));
    }

    [Fact]
    public void Where_one_number_can_be_taken_the_words_say_one_number_here()
    {
        var reading = PhoneNumber.Read("98470 12346 / 98950 54321", "IN").OnlyOne();
        Assert.Null(reading.Number);
        Assert.Equal("Enter one number here; these are 2: +91 98470 12346, +91 98950 54321.", reading.Problem);
        Assert.NotNull(PhoneNumber.Read("98470 12346 (home)", "IN").OnlyOne().Number);
    }

    [Theory]
    [InlineData("98470")]
    [InlineData("not a number")]
    [InlineData("984701234")]
    [InlineData("+91 98470 1234")]
    [InlineData("290 0100")]
    [InlineData("112")]
    [InlineData("9847O 1234S")]
    public void Too_few_digits_are_said_to_be_too_few(string typed) => Assert.Equal(TooFewDigits, Refused(typed));

    [Theory]
    [InlineData("98470 12345 6", "too many digits")]
    [InlineData("44 7400 123456", "start with + and the country code if it is from abroad")]
    [InlineData("98470 12345 98470 12345 98470", "too many digits")]
    [InlineData("98470 1234 / 98950 54321", "“98470 1234” is not a whole phone number")]
    [InlineData("0484 290 0100 / 101", "“101” is not a whole phone number")]
    [InlineData("98470 12346, 98950", "“98950” is not a whole phone number")]
    [InlineData("9.84701E+09", "The last digits of this number are lost")]
    [InlineData("9,84701e+09", "The last digits of this number are lost")]
    [InlineData("1E+10", "The last digits of this number are lost")]
    [InlineData("p:9.19847E+11", "The last digits of this number are lost")]
    [InlineData("+999 123 456 789", "Enter a phone number with all its digits")]
    [InlineData(null, "Enter a phone number.")]
    [InlineData(" \u200B ", "Enter a phone number.")]
    public void What_is_no_number_is_refused_with_the_reason(string? typed, string reason) => Assert.Contains(reason, Refused(typed));

    [Theory]
    [InlineData("1234567890")]
    [InlineData("+91 12345 67890")]
    [InlineData("9999999999")]
    [InlineData("8888888888")]
    [InlineData("0000000000")]
    [InlineData("6789012345")]
    [InlineData("5555555555")]
    [InlineData("+1 555 555 5555")]
    public void A_number_nobody_has_is_refused(string typed) => Assert.StartsWith("Nobody has the number ", Refused(typed));

    [Theory]
    [InlineData("9898989898", true)]
    [InlineData("9000000000", true)]
    [InlineData("9876543210", true)]
    [InlineData("98470 98470", true)]
    [InlineData("98888 88881", true)]
    [InlineData("98470 12345", false)]
    [InlineData("0484 290 0100", false)]
    [InlineData("98470 00012", false)]
    public void A_number_that_looks_made_up_is_taken_and_flagged(string typed, bool unlikely)
    {
        var reading = PhoneNumber.Read(typed, "IN");
        Assert.NotNull(reading.Number);
        Assert.Equal(unlikely, reading.Unlikely);
    }

    [Theory]
    [InlineData("960 771 2345", "+91 96077 12345", true)]
    [InlineData("65 8123 4567", "+91 6581 234 567", true)]
    [InlineData("098470 12345", "+91 98470 12345", true)]
    [InlineData("+65 8123 4567", "+65 8123 4567", false)]
    [InlineData("91 98470 22345", "+91 98470 22345", false)]
    [InlineData("0044 7400 123456", "+44 7400 123456", false)]
    [InlineData("091 98470 12345", "+91 98470 12345", false)]
    public void A_number_whose_country_was_assumed_is_said_to_be(string typed, string grouped, bool assumed)
    {
        var reading = PhoneNumber.Read(typed, "IN");
        Assert.Equal(grouped, reading.Number?.Grouped);
        Assert.Equal(assumed, reading.AssumedRegion);
    }

    [Fact]
    public void Another_region_reads_its_own_numbers_and_gives_its_own_example()
    {
        Assert.Equal("+6581234567", PhoneNumber.Read("8123 4567", "sg").Number?.E164);
        Assert.Equal("+919847012345", PhoneNumber.Read("+91 98470 12345", "SG").Number?.E164);
        Assert.DoesNotContain("98470", PhoneNumber.Read("8123", "SG").Problem);
    }

    [Fact]
    public void A_number_is_written_in_groups_as_digits_and_as_a_link()
    {
        var number = PhoneNumber.FromE164("+919847012345");
        Assert.Equal("+91 98470 12345", number.Grouped);
        Assert.Equal("919847012345", number.Digits);
        Assert.Equal("tel:+919847012345", number.ForTel);
        Assert.Equal("+919847012345", number.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("9847012345")]
    [InlineData("+91 98470 12345")]
    [InlineData("+91")]
    [InlineData("+099847012345")]
    [InlineData("+9990123456789")]
    [InlineData("+9198470123456789")]
    [InlineData("+൯൧൯൮൪൭൦൧൨൩൪൫")]
    [InlineData("+919847012345\n")]
    public void Stored_nonsense_is_no_number(string stored)
    {
        Assert.Throws<FormatException>(() => PhoneNumber.FromE164(stored));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<PhoneNumber>(JsonSerializer.Serialize(stored)));
    }

    [Fact]
    public void In_JSON_a_number_is_its_text_as_a_value_and_as_a_key()
    {
        var names = new Dictionary<PhoneNumber, PhoneNumber?>
        {
            [PhoneNumber.FromE164("+919847012345")] = null,
            [PhoneNumber.FromE164("+6581234567")] = PhoneNumber.FromE164("+447400123456"),
        };
        var json = JsonSerializer.Serialize(names);
        Assert.Equal("""{"\u002B919847012345":null,"\u002B6581234567":"\u002B447400123456"}""", json);
        Assert.Equal(names, JsonSerializer.Deserialize<Dictionary<PhoneNumber, PhoneNumber?>>(json));
    }

    [Theory]
    [InlineData("98470-12345", "+919847012345")]
    [InlineData("09847012345", "+919847012345")]
    [InlineData("0091 98470 12345", "+919847012345")]
    [InlineData("(98470) 12345", "+919847012345")]
    [InlineData("+91 (0) 98470 12345", "+919847012345")]
    [InlineData("tel:+919847012345", "+919847012345")]
    [InlineData("9847012345.0", "+919847012345")]
    [InlineData("൯൮൪൭൦", "+919847012345")]
    [InlineData("98470\u202F123", "+919847012345")]
    [InlineData("470123", "+919847012345")]
    [InlineData("345", "+919847012345")]
    [InlineData("0484 2900199", "+914842900199")]
    [InlineData("0484-290 0199", "+914842900199")]
    [InlineData("0484", "+914842900199")]
    [InlineData("0199", "+914842900199")]
    [InlineData("0012", "+919847010012")]
    public void A_number_is_found_in_any_writing(string query, string stored)
    {
        var digits = PhoneNumber.DigitsToSearch(query, "IN");
        Assert.NotNull(digits);
        Assert.Contains(digits, PhoneNumber.FromE164(stored).Digits);
    }

    [Theory]
    [InlineData("")]
    [InlineData("98")]
    [InlineData("-9")]
    [InlineData("00")]
    [InlineData("anjali")]
    [InlineData("L-WE397N")]
    [InlineData("anjali 98470")]
    [InlineData("CPC-2026-01")]
    [InlineData("35,000")]
    [InlineData("98470@mail.example")]
    public void What_is_no_number_is_not_looked_for_as_one(string query) => Assert.Null(PhoneNumber.DigitsToSearch(query, "IN"));

    [Fact]
    public void However_a_number_is_grouped_it_is_read_and_found_as_itself() =>
        Gen.Select(
                IndianMobile,
                Gen.OneOf("", "0", "91", "+91", "0091", "+91 (0)"),
                Gen.OneOf(" ", "-", ".", "\u00A0", "\u2010", "\u200B", "\u2009\u2066"),
                Gen.Int[1, 8])
            .Sample((digits, prefix, gap, at) =>
            {
                var typed = $"{prefix} {digits[..at]}{gap}{digits[at..]}";
                var found = PhoneNumber.DigitsToSearch(typed, "IN");
                return PhoneNumber.Read(typed, "IN").Number?.E164 == "+91" + digits && found is not null && ("91" + digits).Contains(found);
            });

    [Fact]
    public void What_is_shown_in_groups_is_read_back_as_the_same_number() =>
        IndianMobile.Sample(digits => PhoneNumber.Read(Taken(digits).Grouped, "SG").Number == Taken(digits));

    [Fact]
    public void Two_numbers_are_told_apart_whatever_stands_between_them() =>
        Gen.Select(IndianMobile, IndianMobile, Gen.OneOf(" / ", ", ", "; ", " ", "\n", " or ", " (WhatsApp) ", "+91"))
            .Where((one, other, _) => one != other)
            .Sample((one, other, between) =>
                PhoneNumber.Read(one + between + other, "IN") is { Number.E164: var first, Others: [{ E164: var second }] }
                && first == "+91" + one && second == "+91" + other);

    [Fact]
    public void Any_text_is_either_a_number_or_refused_with_a_sentence() =>
        Gen.String.Sample(typed => PhoneNumber.Read(typed, "IN")
            is { Number: null, Problem: [.., '.'] } or { Number: not null, Problem: null });

    private static PhoneNumber Taken(string typed) => PhoneNumber.Read(typed, "IN") is { Number: { } number, Others: [] } reading
        ? number
        : throw new XunitException($"“{typed}” is not taken as one number: {PhoneNumber.Read(typed, "IN")}");

    private static string Refused(string? typed)
    {
        var reading = PhoneNumber.Read(typed, "IN");
        Assert.Null(reading.Number);
        Assert.Empty(reading.Others);
        return reading.Problem ?? throw new XunitException("No problem is named.");
    }
}

using Crm.Institute;
using Crm.People;

namespace Crm.Tests.People;

/// <summary>What a merge brings together and a split puts back.</summary>
public sealed class MergingTests
{
    private static Person Of(string name, string phone, string email, Standing standing = Standing.Given) =>
        new Person { Id = Guid.CreateVersion7() }
        .After(new PersonRegistered(PersonName.FromStored(name), [PhoneNumber.FromE164(phone)], EmailAddress.FromStored(email), standing,
            "Agreed", "Public form"));

    private static Person After(Person person, IReadOnlyList<PersonEvent> events) => events.Aggregate(person.Copy(), (p, e) => p.After(e));

    private static (Person Keep, Person Other) Merge(Person keep, Person other, bool otherName = false)
    {
        var (kept, gone) = Merging.Merge(keep, other, otherName ? ["name"] : [], []);
        return (After(keep, kept), After(other, gone));
    }

    [Fact]
    public void An_address_that_the_other_was_only_given_waits_to_be_accepted()
    {
        var (kept, _) = Merge(Of("Anu George", "+919847055501", "anu@mail.example"), Of("Anu G", "+919847055501", "x@evil.example"));

        Assert.False(kept.MayBeWrittenTo(EmailAddress.FromStored("x@evil.example")));
        Assert.Contains(kept.Emails, e => e is { Address.Text: "x@evil.example", Standing: Standing.Unconfirmed });
    }

    [Theory]
    [InlineData(Standing.Confirmed)]
    [InlineData(Standing.Stopped)]
    [InlineData(Standing.Bounced)]
    public void What_else_is_known_of_the_others_address_is_kept(Standing standing)
    {
        var (kept, _) = Merge(Of("Anu George", "+919847055501", "anu@mail.example"),
            Of("Anu", "+919847055501", "second@mail.example", standing));

        Assert.Equal(standing, kept.Emails[1].Standing);
    }

    [Fact]
    public void The_latest_of_two_merges_is_split_first()
    {
        var (anu, second) = Merge(Of("Anu George", "+919847055501", "anu@mail.example"), Of("Anu", "+919847055502", "b@mail.example"),
            otherName: true);
        var (both, third) = Merge(anu, Of("Anu G", "+919847055502", "c@mail.example"), otherName: true);

        Assert.Equal("Another record was merged here later: split that one first.",
            Assert.Throws<Refusal>(() => Merging.Split(both, second)).Message);

        var one = After(both, Merging.Split(both, third).Kept);
        var none = After(one, Merging.Split(one, second).Kept);
        Assert.Equal("Anu", one.Name.Text);
        Assert.Equal("Anu George", none.Name.Text);
        Assert.Equal(["+919847055501"], none.Phones.Select(p => p.Number.E164));
        Assert.Equal(["anu@mail.example"], none.Emails.Select(e => e.Address.Text));
        Assert.Empty(none.Merges);
    }

    [Fact]
    public void A_record_that_gave_way_itself_is_not_split_below_the_one_who_goes_on()
    {
        var (anu, second) = Merge(Of("Anu George", "+919847055501", "anu@mail.example"), Of("Anu", "+919847055501", "b@mail.example"));
        var (_, gone) = Merge(Of("Anu G", "+919847055501", "c@mail.example"), anu);

        Assert.Equal("This record gave way to another itself: split those two first.",
            Assert.Throws<Refusal>(() => Merging.Split(gone, second)).Message);
    }

    public static TheoryData<string> Details => [.. DetailField.All.Select(f => f.Key)];

    // Two who say something different of everything, with numbers, addresses and tags of which they share some.
    private static (Person Keep, Person Other) Full() => (
        After(Of("Anu George", "+919847055501", "anu@mail.example"),
        [
            new PhoneAdded(PhoneNumber.FromE164("+919847055502"), Standing.Confirmed), new CertificateNameSet(Named("Anu George P")),
            new EmailAdded(EmailAddress.FromStored("work@mail.example"), Standing.Confirmed), new LanguageSet("Malayalam"),
            new GuardianSet(new Guardian(Named("Leela George"), null)), new PersonTagged("nurse"), new PersonTagged("weekend"),
        ]),
        After(Of("Anu", "+919847055502", "anu.g@mail.example", Standing.Confirmed),
        [
            new PhoneAdded(PhoneNumber.FromE164("+919847055503"), Standing.Confirmed), new CertificateNameSet(Named("ANU G")),
            new EmailAdded(EmailAddress.FromStored("anu@mail.example"), Standing.Confirmed), new LanguageSet("Tamil"),
            new GuardianSet(new Guardian(Named("Binu George"), PhoneNumber.FromE164("+919847055509"))), new PersonTagged("nurse"),
            new PersonTagged("evening"),
        ]));

    private static PersonName Named(string name) => PersonName.FromStored(name);

    private static string Held(Person person) => System.Text.Json.JsonSerializer.Serialize(person);

    [Theory, MemberData(nameof(Details))]
    public void A_detail_is_taken_from_the_other_where_it_was_chosen_and_no_detail_else(string chosen)
    {
        var (keep, other) = Full();

        var kept = After(keep, Merging.Merge(keep, other, [chosen], []).Keep);

        Assert.All(DetailField.All,
            f => Assert.Equal(f.Says(f.Key == chosen ? other.Details : keep.Details), f.Says(kept.Details)));
    }

    [Theory, MemberData(nameof(Details))]
    public void What_only_one_of_the_two_knows_is_kept(string chosen)
    {
        var (known, _) = Full();
        var bare = new Person { Id = Guid.CreateVersion7() }.After(new PersonRegistered(Named("Anu"), [], null, Standing.Given, "", ""));

        Assert.All(DetailField.All.Where(f => f.Key != "name"), f =>
        {
            Assert.Equal(f.Says(known.Details), f.Says(After(known, Merging.Merge(known, bare, [chosen], []).Keep).Details));
            if (f.Key != "email") // which was only given, and waits to be accepted
                Assert.Equal(f.Says(known.Details), f.Says(After(bare, Merging.Merge(bare, known, [], []).Keep).Details));
        });
    }

    [Fact]
    public void Numbers_addresses_and_tags_of_both_come_together_the_chosen_ones_first()
    {
        var (keep, other) = Full();

        var kept = After(keep, Merging.Merge(keep, other, ["phone", "email"], []).Keep);

        Assert.Equal(["+919847055502", "+919847055501", "+919847055503"], kept.Phones.Select(p => p.Number.E164));
        Assert.Equal(["anu.g@mail.example", "anu@mail.example", "work@mail.example"], kept.Emails.Select(e => e.Address.Text));
        Assert.Equal(["nurse", "weekend", "evening"], kept.Tags);
    }

    [Theory, MemberData(nameof(Details))]
    public void A_split_puts_back_each_chosen_detail_and_the_order_of_numbers_and_addresses(string chosen)
    {
        var (keep, other) = Full();
        foreach (var all in new string[][] { [chosen], [.. DetailField.All.Select(f => f.Key)] })
        {
            var (merged, gone) = Merging.Merge(keep, other, all, []);
            var (kept, away) = (After(keep, merged), After(other, gone));

            var (apart, home) = Merging.Split(kept, away);

            Assert.Equal(Held(keep), Held(After(kept, apart)));
            Assert.Equal(Held(other), Held(After(away, home)));
        }
    }

    [Fact]
    public void An_address_that_came_by_the_merge_goes_back_with_a_split_although_it_was_accepted_meanwhile()
    {
        var (keep, other) = (Of("Anu George", "+919847055501", "anu@mail.example"), Of("Anu", "+919847055501", "other@mail.example"));
        var (kept, gone) = Merge(keep, other);
        var accepted = After(kept, PersonRules.AcceptEmail(kept, EmailAddress.FromStored("other@mail.example")));
        Assert.True(accepted.MayBeWrittenTo(EmailAddress.FromStored("other@mail.example")));

        var apart = After(accepted, Merging.Split(accepted, gone).Kept);

        Assert.Equal(["anu@mail.example"], apart.Emails.Select(e => e.Address.Text));
    }

    [Fact]
    public void What_was_corrected_since_the_merge_stays_at_the_split()
    {
        var (keep, other) = Full();
        var (merged, gone) = Merging.Merge(keep, other, ["language", "guardian", "phone"], []);
        var changed = After(After(keep, merged),
        [
            new LanguageSet("Hindi"), new PhoneCorrected(PhoneNumber.FromE164("+919847055501"), PhoneNumber.FromE164("+919847055507")),
        ]);

        var apart = After(changed, Merging.Split(changed, After(other, gone)).Kept);

        Assert.Equal(("Hindi", "Leela George"), (apart.Language, apart.Guardian?.Name.Text));
        Assert.Equal(["+919847055507", "+919847055502"], apart.Phones.Select(p => p.Number.E164));
    }

    [Fact]
    public void Nobody_is_merged_with_themselves()
    {
        var anu = Of("Anu George", "+919847055501", "anu@mail.example");

        Assert.Equal("other", Assert.Throws<Refusal>(() => Merging.Merge(anu, anu, [], [])).Field);
    }

    [Fact]
    public void Who_was_erased_is_neither_merged_nor_split_again()
    {
        var (kept, gone) = Merge(Of("Anu George", "+919847055501", "anu@mail.example"), Of("Anu", "+919847055502", "b@mail.example"));
        var erased = kept.After(new PersonErased("E-0001"));
        const string why = "This person was erased as E-0001: nothing is left to bring together or to part.";

        Assert.Equal(why, Assert.Throws<Refusal>(() => Merging.Split(erased, gone.After(new PersonErased("E-0001")))).Message);
        Assert.Equal(why, Assert.Throws<Refusal>(() =>
            Merging.Merge(Of("Binu", "+919847055503", "c@mail.example"), erased, [], [])).Message);
    }
}

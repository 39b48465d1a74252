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
        var (kept, gone) = Merging.Merge(keep, other, otherName ? other.Name : keep.Name, []);
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

    [Fact]
    public void Nobody_is_merged_with_themselves()
    {
        var anu = Of("Anu George", "+919847055501", "anu@mail.example");

        Assert.Equal("other", Assert.Throws<Refusal>(() => Merging.Merge(anu, anu, anu.Name, [])).Field);
    }
}

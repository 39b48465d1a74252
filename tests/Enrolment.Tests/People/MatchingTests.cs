using Crm.Institute;
using Crm.People;

namespace Crm.Tests.People;

/// <summary>Who an enquiry is of, as far as numbers, addresses and names tell.</summary>
public sealed class MatchingTests
{
    private static readonly PhoneNumber Mother = PhoneNumber.FromE164("+919847055501");
    private static readonly EmailAddress Mail = EmailAddress.FromStored("anu@mail.example");

    private static Person Of(string name, Standing standing = Standing.Given, PhoneNumber? phone = null) =>
        new Person { Id = Guid.CreateVersion7() }
        .After(new PersonRegistered(PersonName.FromStored(name), [phone ?? Mother], Mail, standing, "Agreed", "Public form"));

    private static Identity WhoIs(string name, PhoneNumber phone, EmailAddress? email, params Person[] found) =>
        Matching.WhoIs(PersonName.FromStored(name), [phone], email, found);

    private static (Person Keep, Person Other) Merged(Person keep, Person other)
    {
        var (kept, gone) = Merging.Merge(keep, other, [], []);
        return (kept.Aggregate(keep.Copy(), (p, e) => p.After(e)), gone.Aggregate(other.Copy(), (p, e) => p.After(e)));
    }

    [Fact]
    public void A_confirmed_address_with_the_same_name_is_the_same_person_on_any_number()
    {
        var anu = Of("Anu George", Standing.Confirmed);

        Assert.Same(anu, WhoIs("GEORGE Anu", PhoneNumber.FromE164("+919847055599"), Mail, anu).Known);
    }

    [Theory]
    [InlineData(Standing.Given)]
    [InlineData(Standing.Unconfirmed)]
    [InlineData(Standing.Bounced)]
    public void An_address_that_nobody_confirmed_is_for_staff_to_decide(Standing standing)
    {
        var identity = WhoIs("Anu George", PhoneNumber.FromE164("+919847055599"), Mail, Of("Anu George", standing));

        Assert.Null(identity.Known);
        Assert.Equal("the same name and email address", Assert.Single(identity.Maybe).Reason);
    }

    [Fact]
    public void The_name_on_certificates_tells_as_well()
    {
        var anu = Of("Anu").After(new CertificateNameSet(PersonName.FromStored("Anupama George")));

        Assert.Same(anu, WhoIs("Anupama George", Mother, null, anu).Known);
    }

    [Fact]
    public void A_record_that_gave_way_still_tells_by_its_name_who_goes_on()
    {
        var (anupama, ponnu) = Merged(Of("Anupama George"), Of("Ponnu"));

        var identity = WhoIs("Ponnu", Mother, null, anupama, ponnu);

        Assert.Same(anupama, identity.Known);
    }

    [Fact]
    public void A_number_that_who_goes_on_has_no_more_ties_nobody_to_them()
    {
        var (_, other) = Merged(Of("Anu George"), Of("Anu", phone: PhoneNumber.FromE164("+919847055502")));

        Assert.Null(WhoIs("Anu", PhoneNumber.FromE164("+919847055502"), null, other).Known);
    }
}

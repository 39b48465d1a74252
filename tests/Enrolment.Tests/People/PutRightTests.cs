using Crm.Institute;
using Crm.People;
using CsCheck;

namespace Crm.Tests.People;

/// <summary>What an enquirer puts right of their own.</summary>
public sealed class PutRightTests
{
    private static readonly Gen<PhoneNumber> Phone = Gen.Int[1, 5].Select(i => PhoneNumber.FromE164($"+91984701234{i}"));
    private static readonly Gen<EmailAddress?> Email =
        Gen.Int[0, 3].Select(i => i == 0 ? null : EmailAddress.FromStored($"anjali{i}@mail.example"));

    private static readonly Gen<GivenDetails> Given = Gen.Select(
        Gen.OneOf("Anjali", "Anjali Nair", "Anjlai Niar").Select(PersonName.FromStored), Phone.Array[1, 3], Email,
        (name, phones, email) => new GivenDetails(name, [.. phones.Distinct()], email));

    private static Person Registered(GivenDetails given, Standing standing) =>
        new Person().After(new PersonRegistered(given.Name, given.Phones, given.Email, standing, "Agreed", "Public form"));

    private static Person After(Person person, IEnumerable<PersonEvent> events) => events.Aggregate(person, (p, e) => p.After(e));

    [Fact]
    public void However_often_it_is_put_right_the_record_says_what_was_sent_last() =>
        Gen.Select(Given.Array[2, 5], Gen.OneOf(Standing.Given, Standing.Confirmed)).Sample((sent, standing) =>
        {
            var person = Registered(sent[0], standing);
            for (var i = 1; i < sent.Length; i++) person = After(person, PersonRules.PutRight(person, sent[i - 1], sent[i], standing));
            var last = sent[^1];
            return person.Name == last.Name && person.Email == last.Email && person.Emails.Count <= 1
                && person.Phones.Select(p => p.Number).ToHashSet().SetEquals(last.Phones)
                && person.Phones.All(p => p.Standing == standing);
        });

    [Fact]
    public void Sent_as_it_was_it_changes_nothing() =>
        Given.Sample(given => PersonRules.PutRight(Registered(given, Standing.Given), given, given, Standing.Given).Count == 0);

    [Fact]
    public void Whatever_is_sent_what_staff_have_taken_down_stays() =>
        Gen.Select(Given, Given).Sample((was, now) =>
        {
            var person = Registered(was, Standing.Confirmed);
            person = After(person, [new NameCorrected(PersonName.FromStored("Somebody Else"))]);

            person = After(person, PersonRules.PutRight(person, was, now, Standing.Given));

            return person.Name.Text == "Somebody Else" && was.Phones.All(person.Has) && (was.Email is null || person.Email == was.Email);
        });
}

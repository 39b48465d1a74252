using Crm.Institute;

namespace Crm.People;

/// <summary>Making one person of two records, and two of one again.</summary>
public static class Merging
{
    /// <param name="keep">The record that goes on.</param>
    /// <param name="other">The one that gives way, and is kept as it was.</param>
    /// <param name="fromOther">Keys of the details in which the other's word is taken, where both say something.</param>
    /// <param name="leads">The leads of the other, which go to the one that is kept.</param>
    /// <returns>What happened to the one kept, and to the other.</returns>
    public static (IReadOnlyList<PersonEvent> Keep, IReadOnlyList<PersonEvent> Other) Merge(
        Person keep, Person other, IReadOnlyCollection<string> fromOther, IReadOnlyList<Guid> leads)
    {
        if (keep.Id == other.Id) throw new Refusal("other", "Choose another person: nobody is merged with themselves.");
        RefuseErased(keep, other);
        if (keep.MergedInto is not null || other.MergedInto is not null)
            throw new Refusal("One of the two was merged meanwhile. Look again.");
        var merged = new PersonMerged(other.Id, Choose(keep.Details, other.Details, fromOther), keep.Details,
            [.. other.Phones.Where(p => !keep.Has(p.Number))], [.. other.Emails.Where(e => !keep.Has(e.Address)).Select(ToBeAccepted)],
            [.. other.Tags.Except(keep.Tags)],
            [.. keep.Phones.Select(p => p.Number)], [.. keep.Emails.Select(e => e.Address)], leads)
        {
            MakesMinor = other.IsMinor && !keep.IsMinor,
        };
        var consents = ConsentRules.OfBoth(keep, other);
        if (!ConsentRules.AreSame(consents, keep.Consents)) merged = merged with { FormerConsents = keep.Consents, Consents = consents };
        return ([merged], [new MergedInto(keep.Id)]);
    }

    public static (IReadOnlyList<PersonEvent> Kept, IReadOnlyList<PersonEvent> Other) Split(Person kept, Person other)
    {
        RefuseErased(kept, other);
        if (other.MergedInto != kept.Id || kept.Merges.All(m => m.Other != other.Id))
            throw new Refusal("These two are not merged any more.");
        if (kept.MergedInto is not null) throw new Refusal("This record gave way to another itself: split those two first.");
        if (kept.Merges[^1].Other != other.Id) throw new Refusal("Another record was merged here later: split that one first.");
        return ([new PersonSplit(other.Id)], [new SplitFrom(kept.Id)]);
    }

    private static void RefuseErased(params Person[] people)
    {
        if (people.FirstOrDefault(p => p.IsErased) is { } gone)
            throw new Refusal($"This person was erased as {gone.ErasedAs}: nothing is left to bring together or to part.");
    }

    // What only one of them knows is kept in any case.
    private static PersonDetails Choose(PersonDetails keep, PersonDetails other, IReadOnlyCollection<string> fromOther) =>
        DetailField.All
            .Where(f => f.Says(other).Length > 0 && (f.Says(keep).Length == 0 || fromOther.Contains(f.Key)))
            .Aggregate(keep, (chosen, field) => field.Take(chosen, other));

    // Whoever knows a number and half a name can have a record that looks like a duplicate: merging it is not yet a word on its address.
    private static KnownEmail ToBeAccepted(KnownEmail email) =>
        email.Standing == Standing.Given ? email with { Standing = Standing.Unconfirmed } : email;
}

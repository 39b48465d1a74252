using System.Text.RegularExpressions;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using RazorSlices;

namespace Crm.Desk;

/// <summary>One line of a fact.</summary>
/// <param name="Link">Where a press of it leads, such as a <c>mailto:</c>; null for plain words.</param>
/// <param name="Note">What is known of it, in words behind it.</param>
public sealed partial record FactLine(string Text, string? Link = null, string Note = "")
{
    /// <summary>The text in the parts between which a line may break: an address does after its sign and its points.</summary>
    public IEnumerable<string> Parts => Breaks().Split(Text);

    [GeneratedRegex("(?<=[@.])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Breaks();
}

/// <summary>What is known of a person or of the lead that is shown.</summary>
/// <param name="Key">By which an act says that it changes it; empty for what nothing changes in its place.</param>
/// <param name="Lines">None where it is not known.</param>
public sealed record Fact(string Key, string Label, IReadOnlyList<FactLine> Lines)
{
    public Fact(string key, string label, string? text) : this(key, label, text is { Length: > 0 } ? [new FactLine(text)] : []) { }

    public string Id => "fact-" + Key;
}

/// <param name="Edit">The page with this fact's form open; null where whoever looks may not change it.</param>
/// <param name="Form">Its form, where it is open.</param>
public sealed record FactView(Fact Fact, string? Edit, RazorSlice? Form);

/// <summary>The facts of a person, as they stand at the side of the page.</summary>
/// <param name="Page">The page without any form open, to which who gives up comes back.</param>
public sealed record PersonFactsView(IReadOnlyList<FactView> Facts, string Page)
{
    /// <summary>What a form in the place of a fact did just now; null where none did anything.</summary>
    public string? Said { get; init; }

    /// <summary>What is shown: all that is known, and what is not where it could be filled in.</summary>
    public IEnumerable<FactView> Shown => Facts.Where(f => f.Fact.Lines.Count > 0 || f.Edit is not null || f.Form is not null);
}

/// <summary>Whose facts are shown.</summary>
/// <param name="Page">The page's address.</param>
public sealed record FactsShown(Person Person, Lead? Lead, IReadOnlyList<Fact> Facts, string Page);

/// <summary>Reads the facts out of a person, the lead that is shown and what sources are called.</summary>
internal static class FactsOf
{
    public static IEnumerable<Fact> Person(Person person)
    {
        yield return new Fact("name", "Name", person.Name.Text);
        yield return new Fact("phone", "Phone", [.. person.Phones.Take(1).Select(p => Line(person, p))]);
        if (person.Phones.Count > 1) yield return new Fact("", "Other phone", [.. person.Phones.Skip(1).Select(p => Line(person, p))]);
        yield return new Fact("email", "Email",
            [.. person.Emails.Select(e => new FactLine(e.Address.Text,
                person.MayBeWrittenTo(e.Address) ? e.Address.MailtoHref : null, EmailWords.Of(e.Standing)))]);
        yield return new Fact("language", "Language", person.Language);
        yield return new Fact("certificateName", "On certificates", person.CertificateName?.Text);
        yield return new Fact("guardian", "Guardian", person.Guardian?.ToString());
        yield return new Fact("tags", "Tags", string.Join(", ", person.Tags));
        if (person.IsMinor) yield return new Fact("", "Age", "Under 18");
        if (!person.IsErased) yield return new Fact("", "Agrees to", AgreedOf(person));
    }

    /// <summary>What is asked first of a lead, above the facts of its person.</summary>
    public static IEnumerable<Fact> Lead(Lead lead, CurrentInstitute institute) =>
    [
        new("course", institute.Profile.CourseWord.Label,
            string.Join(", and ", [lead.CourseName, .. lead.OtherCourses.Select(c => c.Name)])),
        new("counsellor", "Counsellor", lead.CounsellorName ?? "Nobody yet"),
    ];

    /// <param name="offered">In which a seat was offered; null where none was.</param>
    public static IEnumerable<Fact> Enquiry(
        Lead lead, Batch? offered, SourceBook book, CurrentInstitute institute, InstituteClock clock)
    {
        yield return new Fact("", "Best time", lead.PreferredTime == PreferredTime.Anytime ? "Any time" : Format.Words(lead.PreferredTime));
        yield return new Fact("", "Source",
            book.NameOf(lead.Source.Name) + (lead.Source.Campaign is { } campaign ? $" · {campaign}" : ""));
        yield return new Fact("", "Later", string.Join(", ", lead.LaterSources.Select(s => book.NameOf(s.Name)).Distinct()));
        yield return new Fact("", "Received", Format.DateAndTime(clock.Local(lead.ReceivedAt)));
        // Who has taken the seat, or is lost, can take no offer up.
        if (lead is { IsOpen: true, Offer: { } offer })
            yield return new Fact("", OfferLabel(lead, offer, offered, institute, clock),
                $"{offer.BatchCode} at {institute.Show(offer.Net)}, until {Format.Date(offer.ValidUntil)}");
        foreach (var (label, text) in lead.Kept) yield return new Fact("", label, text);
    }

    private static string OfferLabel(Lead lead, Offer offer, Batch? batch, CurrentInstitute institute, InstituteClock clock) =>
        batch is { IsCancelled: true } ? $"Offer, the {institute.Profile.BatchWord.One} was cancelled"
        : !offer.IsOpenOn(clock.Today) ? "Offer, ran out"
        : batch?.HasSeatFor(lead.Id, clock.Now) == false ? $"Offer, the {institute.Profile.BatchWord.One} is full by now"
        : "Offer";

    private static FactLine Line(Person person, KnownPhone phone) => new(phone.Number.Grouped,
        person.Agrees(Purpose.Call) ? phone.Number.ForTel : null, phone.Standing == Standing.Unconfirmed ? " · given, not confirmed" : "");

    private static string AgreedOf(Person person)
    {
        var agreed = Enum.GetValues<Purpose>().Where(p => person.Agrees(p) && !(p == Purpose.Email && person.EmailsAreStopped))
            .Select(p => Format.Words(p)).ToList();
        return agreed.Count == 0 ? "nothing" : string.Join(", ", agreed);
    }
}

/// <summary>What is known of an address, in words behind it.</summary>
public static class EmailWords
{
    public static string Of(Standing standing) => standing switch
    {
        Standing.Unconfirmed => " · given, not confirmed",
        Standing.Bounced => " · no such address",
        Standing.Stopped => " · wants no more emails",
        _ => "",
    };
}

using System.Collections;
using System.Reflection;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;

namespace Crm.Tests.House;

/// <summary>One event of each type, in which everything that a person could have said or typed is known again.</summary>
internal static class EventSamples
{
    public const string Name = "Anjali Nair";
    public const string Phone = "+919847012345";
    public const string Email = "anjali@mail.example";
    public const string Note = "Her mother calls at six";

    /// <summary>What tells who somebody is.</summary>
    public static readonly string[] Personal = ["Anjali", "9847012345", Email, Note];

    private static readonly Guid Id = new("0198a7b0-0000-7000-8000-000000000001");
    private static readonly DateTimeOffset At = new(2026, 11, 23, 4, 30, 0, TimeSpan.Zero);

    // Texts that are the institute's own, or name a member of staff, a course or an advertisement. All others are somebody's.
    private static readonly HashSet<string> Harmless =
    [
        "CourseRef.Code", "CourseRef.Name", "LeadSource.Name", "LeadSource.Medium", "LeadSource.Campaign", "LeadSource.Referrer",
        "Offer.BatchCode", "LeadReceived.Reference", "LeadReceived.Consent", "EnquiredAgain.Reference", "EnquiredAgain.Consent",
        "LeadAssigned.CounsellorName", "FollowUpCancelled.Why", "LeadEnrolled.BatchCode", "LeadEnrolled.RollNumber",
        "SeatTaken.BatchCode", "SeatTaken.CourseName", "SeatTaken.RollNumber", "SeatTaken.PlaceOfSupply",
        "InvoiceAddressed.PlaceOfSupply", "PersonRegistered.Agreed", "PersonRegistered.Way",
        "SeatTransferred.BatchCode", "SeatTransferred.RollNumber", "LeadWithdrew.BatchCode",
        "LeadWithdrew.RollNumber", "LeadTransferred.BatchCode", "LeadTransferred.RollNumber", "LeadTransferred.From",
        "LeadTransferred.FromRollNumber",
        "WaitlistJoined.BatchCode", "WaitlistLeft.BatchCode", "WaitlistLeft.Why", "ConsentGiven.Text", "ConsentGiven.Way",
        "ConsentGiven.Language", "ConsentWithdrawn.Way",
        "LanguageSet.Language", "PaymentReceived.Receipt", "PaymentVoided.CreditNote", "ChequeBounced.CreditNote", "FeeRefunded.CreditNote",
        "RefundReversed.DebitNote",
        "DiscountApproved.RollNumber", "SeatWish.PlaceOfSupply",
        "PersonErased.Number", "LeadErased.Number", "SeatErased.Number",
    ];

    public static IEnumerable<Type> Types =>
        typeof(StoredEvent).Assembly.GetTypes().Where(t => !t.IsAbstract && t.IsSubclassOf(typeof(StoredEvent)));

    public static StoredEvent Of(Type type) =>
        (StoredEvent)Make(type, type.Name) with { At = At, By = Actor.Staff(Id, "Divya Menon") };

    public static T Of<T>() where T : StoredEvent => (T)Of(typeof(T));

    private static object Make(Type type, string where)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return Make(inner, where);
        if (type == typeof(string)) return Harmless.Contains(where) ? "as printed" : Note;
        if (type == typeof(PersonName)) return PersonName.FromStored(Name);
        if (type == typeof(PhoneNumber))
            return PhoneNumber.FromE164(where.EndsWith("To", StringComparison.Ordinal) ? Phone[..^1] + "6" : Phone);
        if (type == typeof(EmailAddress))
            return EmailAddress.FromStored(where.EndsWith("To", StringComparison.Ordinal) ? "x." + Email : Email);
        if (type == typeof(Person)) return new Person { Id = Id }.After(Of<PersonRegistered>()).After(Of<PersonTagged>());
        if (type == typeof(Lead)) return new Lead { Id = Id }.After(Of<LeadReceived>()).After(Of<FollowUpPlanned>());
        if (type == typeof(Enrolment)) return new Enrolment { Id = Id }.After(Of<SeatTaken>()).After(Of<PaymentReceived>());
        if (type == typeof(Guid)) return Id;
        if (type == typeof(Money)) return Money.FromRupees(42_000);
        if (type == typeof(DateTimeOffset)) return At;
        if (type == typeof(DateOnly)) return new DateOnly(2026, 12, 1);
        if (type == typeof(int)) return 1;
        if (type == typeof(bool)) return true;
        if (type.IsEnum) return Enum.GetValues(type).GetValue(1)!;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return ListOf(type.GetGenericArguments()[0], where);
        var constructor = type.GetConstructors().MaxBy(c => c.GetParameters().Length)
            ?? throw new InvalidOperationException($"There is no sample of {type}, which {where} needs.");
        return constructor.Invoke([.. constructor.GetParameters().Select(p => Make(p.ParameterType, $"{type.Name}.{p.Name}"))]);
    }

    private static IList ListOf(Type item, string where)
    {
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item))!;
        list.Add(Make(item, where));
        return list;
    }
}

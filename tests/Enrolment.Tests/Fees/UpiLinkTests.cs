using Crm.Fees;
using Crm.Institute;
using Crm.Seats;
using CsCheck;

namespace Crm.Tests.Fees;

/// <summary>What a phone is asked to pay, and the reference by which the payment is found again.</summary>
public sealed class UpiLinkTests
{
    private static readonly DateOnly Today = new(2026, 11, 23);

    private static InstituteProfile Institute() => new() { Name = "Periyar & Sons School", UpiPayee = "periyar.fees@okbank" };

    private static Enrolment Seat(params (int Days, decimal Rupees)[] parts) => new()
    {
        Id = new Guid("0190f000-0000-7000-8000-0123456789ab"),
        RollNumber = "CPC-2701-01",
        Fee = Money.FromRupees(parts.Sum(p => p.Rupees)),
        Instalments = [.. parts.Select(p => new Instalment(Today.AddDays(p.Days), Money.FromRupees(p.Rupees)))],
    };

    [Fact]
    public void A_link_carries_payee_amount_and_the_seats_reference_first_in_the_note()
    {
        var seat = Seat((-1, 14_000.5m), (30, 14_000));

        var link = UpiLink.For(seat, Today, Institute())!;

        Assert.Equal("upi://pay?pa=periyar.fees@okbank&pn=Periyar%20%26%20Sons%20School&am=14000.50&cu=INR"
            + $"&tn={PaymentReference.Of(seat.Id)}%20CPC-2701-01", link.Address);
    }

    [Fact]
    public void The_payees_name_at_the_bank_goes_before_the_institutes_and_long_ones_are_cut_whole()
    {
        var institute = Institute();
        institute.UpiName = new string('a', 49) + "🎓 and more";

        Assert.Contains($"&pn={new string('a', 49)}&am=", UpiLink.For(Seat((1, 10)), Today, institute)!.Address);
    }

    [Fact]
    public void Nothing_is_asked_where_nothing_is_owed_no_payee_is_set_or_the_money_is_not_Indias()
    {
        Assert.Null(UpiLink.For(Seat((0, 0)), Today, Institute()));
        Assert.Null(UpiLink.For(Seat((0, 10)), Today, new InstituteProfile { Name = "Test School" }));
        Assert.Null(UpiLink.For(Seat((0, 10)), Today,
            new InstituteProfile { UpiPayee = "a@bank", CurrencySymbol = "Rs", PhoneRegion = "LK" }));
        Assert.NotNull(UpiLink.For(Seat((0, 10)), Today, new InstituteProfile { UpiPayee = "a@bank", CurrencySymbol = "Rs." }));
    }

    [Fact]
    public void A_reference_is_found_in_what_banks_make_of_a_note() => Gen.Guid.Sample(id =>
    {
        var reference = PaymentReference.Of(id);

        Assert.Equal(9, reference.Length);
        Assert.Equal([reference], PaymentReference.FindIn($"UPI/CR/433312345678/ANJALI N/SBIN/{reference.ToLowerInvariant()} CPC-27"));
        Assert.Contains(reference, PaymentReference.FindIn($"UPI433312345678FFFF{reference}CPC"));
    });

    [Fact]
    public void One_letter_wrong_or_two_exchanged_are_no_reference() =>
        Gen.Select(Gen.Guid, Gen.Int[1, 8], Gen.Int[0, 31]).Sample((id, at, letter) =>
        {
            var right = PaymentReference.Of(id);
            var wrong = right.ToCharArray();
            wrong[at] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"[letter];
            Assert.Equal(new string(wrong) == right, PaymentReference.IsOne(new string(wrong)));
            var exchanged = right.ToCharArray();
            if (at == 8) return;
            (exchanged[at], exchanged[at + 1]) = (exchanged[at + 1], exchanged[at]);
            // The first and the last letter of the alphabet are what Luhn's sum cannot tell apart when they stand together.
            if ("2Z".Contains(right[at]) && "2Z".Contains(right[at + 1])) return;
            Assert.Equal(new string(exchanged) == right, PaymentReference.IsOne(new string(exchanged)));
        });
}

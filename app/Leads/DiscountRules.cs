using Crm.Institute;

namespace Crm.Leads;

/// <summary>How a discount that somebody may not give by themselves is asked for and decided on.</summary>
public static class DiscountRules
{
    /// <summary>Asks a manager. What was asked before does not wait any more.</summary>
    /// <param name="seat">What was told of the seat that is to be taken; null where an offer is asked for.</param>
    public static IReadOnlyList<LeadEvent> Ask(
        Lead lead, Offer offer, bool byEmail, string? why, DateOnly today, MoneyStyle money, SeatWish? seat = null)
    {
        // A manager is not asked for what could not be offered.
        LeadRules.MakeOffer(lead, offer, byEmail, today, money);
        if (LeadRules.Blank(why) is not { } reason)
            throw new Refusal("why", $"{money.Show(offer.Discount)} off needs a manager. Say why, and send it: it then waits for one.");
        return [new DiscountAsked(offer, byEmail, reason, seat)];
    }

    /// <summary>What waits, where that is what somebody decides on.</summary>
    /// <param name="seen">The request that their page showed.</param>
    /// <exception cref="Refusal">It was changed, withdrawn or decided on since.</exception>
    public static DiscountRequest Waiting(Lead lead, Guid seen, MoneyStyle money)
    {
        if (lead.Asked is { } asked)
            return asked.Id == seen
                ? asked
                : throw new Refusal($"This was changed meanwhile: {asked.By} now asks for {money.Show(asked.Offer.Discount)} off "
                    + $"{money.Show(asked.Offer.Fee)} in {asked.Offer.BatchCode}. Look at it again.");
        if (lead.Answer is { } answer && answer.Id == seen)
            throw new Refusal($"{answer.By} has {(answer.Approved ? "approved" : "refused")} this already.");
        throw new Refusal("This does not wait any more: another offer was made, or the lead has been decided.");
    }

    /// <summary>Approves, which makes the offer that was asked for.</summary>
    /// <param name="price">What the seat would cost if it were asked for now.</param>
    public static IReadOnlyList<LeadEvent> Approve(
        Lead lead, DiscountRequest asked, string? why, Price price, DateOnly today, DateTimeOffset now, MoneyStyle money)
    {
        var offer = asked.Offer;
        RefuseOtherPrice(lead, offer, price, today, money);
        return
        [
            new DiscountApproved(asked.Id, offer, LeadRules.Blank(why)),
            .. LeadRules.MakeOffer(lead, offer, asked.ByEmail, today, money),
            .. Tell(lead, $"{money.Show(offer.Discount)} off was approved", now),
        ];
    }

    /// <summary>Approves a seat, which is taken as it was asked for.</summary>
    /// <param name="enrolled">Made with the discount that was asked for.</param>
    public static IReadOnlyList<LeadEvent> ApproveSeat(
        Lead lead, DiscountRequest asked, string? why, LeadEnrolled enrolled, DateTimeOffset now, MoneyStyle money) =>
    [
        new DiscountApproved(asked.Id, asked.Offer, LeadRules.Blank(why), enrolled.RollNumber),
        .. LeadRules.Enrol(lead, enrolled),
        new FollowUpPlanned(Guid.CreateVersion7(now), now,
            $"{money.Show(asked.Offer.Discount)} off was approved, and {enrolled.RollNumber} is taken: tell them"),
    ];

    /// <summary>Approves the price of a seat that has gone meanwhile: the applicant waits for the next one at that price.</summary>
    /// <param name="until">The last day on which the batch takes somebody.</param>
    public static IReadOnlyList<LeadEvent> ApproveWaiting(
        Lead lead, DiscountRequest asked, string? why, DateOnly until, DateTimeOffset now, MoneyStyle money)
    {
        var offer = asked.Offer with { ValidUntil = until };
        return
        [
            new DiscountApproved(asked.Id, offer, LeadRules.Blank(why)), new OfferMade(offer, false),
            .. LeadRules.JoinWaitlist(lead, offer.BatchId, offer.BatchCode),
            .. LeadRules.CallAbout(lead, $"{money.Show(offer.Discount)} off was approved, but {offer.BatchCode} is full by now: they wait "
                + "for a seat", now),
        ];
    }

    /// <param name="price">What the seat would cost if it were asked for now.</param>
    /// <exception cref="Refusal">The fee has changed since somebody asked, and no open offer holds it; or the tax on top of it.</exception>
    public static void RefuseOtherPrice(Lead lead, Offer offer, Price price, DateOnly today, MoneyStyle money)
    {
        const string anew = "Refuse this, so that it is asked for anew.";
        // An offer that is still open holds its fee.
        var holds = lead.OfferOf(offer.BatchId, today)?.Fee == offer.Fee;
        if (offer.Fee != price.Fee && !holds) throw new Refusal($"The fee is {money.Show(price.Fee)} by now. {anew}");
        if (offer.Tax != price.Tax)
            throw new Refusal($"With the tax as it is now, {money.Show(offer.Fee - offer.Discount + price.Tax)} would be to pay, not "
                + $"{money.Show(offer.Net)}. {anew}");
    }

    public static IReadOnlyList<LeadEvent> Refuse(Lead lead, DiscountRequest asked, string? why, DateTimeOffset now, MoneyStyle money)
    {
        var reason = LeadRules.Blank(why) ?? throw new Refusal("why", "Say why: the counsellor has to tell the applicant.");
        return
        [
            new DiscountRefused(asked.Id, asked.Offer, reason),
            .. Tell(lead, $"{money.Show(asked.Offer.Discount)} off was refused", now),
        ];
    }

    // Into the counsellor's queue, where nothing is planned that brings the lead there.
    private static IEnumerable<LeadEvent> Tell(Lead lead, string what, DateTimeOffset now) =>
        lead.FollowUp is null ? [new FollowUpPlanned(Guid.CreateVersion7(now), now, what)] : [];
}

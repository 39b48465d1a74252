using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Crm.Seats;
using Marten;

namespace Crm.Enrolments;

/// <summary>What somebody may take off a fee without asking a manager.</summary>
public static class DiscountAuthority
{
    /// <summary>Whether a discount is theirs to give.</summary>
    /// <param name="held">What an offer that is still open takes off already: whoever made it, or approved it, answers for that.</param>
    public static Task<bool> HasAsync(
        LeadForm sent, Money fee, Money discount, Money held, InstituteProfile institute, CancellationToken cancel) =>
        HasAsync(sent.Stamp, sent.Session, fee, discount, held, institute, cancel);

    /// <summary>What of a seat's discount goes along to another fee: all of it, or the same share of one that is lower.</summary>
    public static Money Along(Enrolment seat, Money fee) => fee >= seat.Fee
        ? seat.Discount
        : new Money((long)decimal.Floor((decimal)seat.Discount.Paise * fee.Paise / seat.Fee.Paise));

    /// <summary>The same for whoever acts on a seat.</summary>
    /// <param name="held">What was taken off the seat that another is changed for.</param>
    public static async Task<bool> HasAsync(Stamp stamp, IQuerySession session, Money fee, Money discount, Money held,
        InstituteProfile institute, CancellationToken cancel)
    {
        if (institute.CounsellorCeiling(fee) is not { } ceiling || discount <= ceiling || discount <= held) return true;
        return await stamp.IsManagerAsync(session, cancel);
    }
}

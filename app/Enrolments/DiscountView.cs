using Crm.Institute;
using Crm.Web;

namespace Crm.Enrolments;

/// <summary>The fields in which a discount is told.</summary>
/// <param name="Fee">Null where it is not known.</param>
public sealed record DiscountView(Fields Fields, Money? Fee, CurrentInstitute Institute)
{
    /// <summary>Most characters of the reason for one.</summary>
    public const int LongestReason = 200;

    public string? Hint => Fee is { } fee ? $"Fee {Institute.Show(fee)}{Institute.Profile.FeeNote}" : null;

    /// <summary>The most that counsellors give by themselves; null where there is no limit.</summary>
    public string? Ceiling =>
        Fee is { } fee && Institute.Profile.CounsellorCeiling(fee) is { } ceiling ? Institute.Show(ceiling) : null;
}

using System.Security.Claims;
using Crm.Institute;

namespace Crm.Accounts;

/// <summary>Whose people somebody sees.</summary>
public sealed class Sight(CurrentInstitute institute)
{
    /// <returns>The counsellor whose people alone are seen; null for those who see everybody's.</returns>
    public Guid? OnlyOf(ClaimsPrincipal user) =>
        !institute.Profile.CounsellorsSeeAll && user.IsInRole(Roles.Counsellor)
            ? Guid.Parse(user.FindFirstValue(ClaimTypes.NameIdentifier)!)
            : null;

    /// <summary>Whether somebody sees everybody's people, and so what shows those of all, such as the students of a batch.</summary>
    public bool IsOfAll(ClaimsPrincipal user) => OnlyOf(user) is null;
}

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
}

using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Crm.Accounts;

/// <summary>Puts the person's name among the claims, so that pages need not load the user.</summary>
public sealed class StaffClaims(UserManager<User> users, IOptions<IdentityOptions> options)
    : UserClaimsPrincipalFactory<User>(users, options)
{
    protected override async Task<ClaimsIdentity> GenerateClaimsAsync(User user)
    {
        var identity = await base.GenerateClaimsAsync(user);
        identity.AddClaim(new Claim("name", user.Name));
        identity.AddClaim(new Claim(identity.RoleClaimType, user.Role));
        return identity;
    }
}

using Microsoft.AspNetCore.Authorization;

namespace Crm.Accounts;

/// <summary>Who may look at a page, and who may send a form there.</summary>
public sealed record LooksOrActs(IReadOnlyList<string> Look, IReadOnlyList<string> Act) : IAuthorizationRequirement;

internal sealed class LooksOrActsHandler : AuthorizationHandler<LooksOrActs, HttpContext>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, LooksOrActs requirement, HttpContext resource)
    {
        var looks = HttpMethods.IsGet(resource.Request.Method) || HttpMethods.IsHead(resource.Request.Method);
        if ((looks ? requirement.Look : requirement.Act).Any(context.User.IsInRole)) context.Succeed(requirement);
        return Task.CompletedTask;
    }
}

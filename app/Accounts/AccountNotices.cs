using Crm.Institute;
using Crm.Messaging;
using Crm.Web;
using Marten;
using Microsoft.Extensions.Options;

namespace Crm.Accounts;

/// <summary>Mails that tell the owner of an account what was changed in it, from where, and what to do if it was not them.</summary>
public sealed class AccountNotices(
    IDocumentStore store, InstituteClock clock, IOptions<InstituteOptions> options, IHttpContextAccessor requests)
{
    public const string Kind = "account-notice";

    /// <param name="what">In a sentence without its full stop, such as "Your password was changed".</param>
    public OutboxMessage Of(User user, string what)
    {
        var now = clock.Now;
        return new()
        {
            Id = Guid.CreateVersion7(now),
            Kind = Kind,
            TopicId = user.Id,
            To = user.Email,
            ToName = user.Name,
            Subject = "Your account was changed",
            CreatedAt = now,
            DueAt = now,
            Body = $"""
                Hello {user.Name},

                {what}.

                When: {Format.DateAndTime(clock.Local(now))}
                From: {From()}

                Was it not you? Choose a new password at once, and tell a manager:

                {options.Value.PublicUrl}/signin/forgotten
                """,
        };
    }

    public async Task SendAsync(User user, string what, CancellationToken cancel)
    {
        await using var session = store.LightweightSession();
        session.Store(Of(user, what));
        await session.SaveChangesAsync(cancel);
    }

    private string From()
    {
        if (requests.HttpContext is not { } http) return "the machine of the institute";
        var device = DeviceWords.Of(http.Request.Headers.UserAgent.ToString());
        return http.NetworkAddress() is { } address ? $"{device}, {address}" : device;
    }
}

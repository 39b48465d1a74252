using Crm.Institute;
using Crm.Web;
using RazorSlices;

namespace Crm.Messaging;

public sealed record MailBannerView(QueuePause Pause, InstituteClock Clock);

/// <summary>
/// Tells managers on each of their pages that mail cannot leave, and why; and all others that what they send waits, for they tell people
/// that it was sent.
/// </summary>
public sealed class MailNotice(OutboxStore outbox, InstituteClock clock) : IStaffNotice
{
    public async Task<RazorSlice?> ShowAsync(HttpContext http) =>
        await outbox.CurrentPauseAsync(http.RequestAborted) is { } pause
            ? ViewOf(new MailBannerView(pause, clock), http.User.IsManager())
            : null;

    private static RazorSlice ViewOf(MailBannerView view, bool toManager) =>
        !toManager ? WaitingMailBanner.Create(view) : view.Pause.AwaitsWord ? HeldMailBanner.Create(view) : MailBanner.Create(view);
}

using Crm.Institute;
using Crm.Web;
using RazorSlices;

namespace Crm.Messaging;

public sealed record MailBannerView(QueuePause Pause, InstituteClock Clock);

/// <summary>Tells managers on each of their pages that mail cannot leave, and why.</summary>
public sealed class MailNotice(OutboxStore outbox, InstituteClock clock) : IStaffNotice
{
    public async Task<RazorSlice?> ShowAsync(HttpContext http) =>
        http.User.IsManager() && await outbox.CurrentPauseAsync(http.RequestAborted) is { } pause
            ? ViewOf(new MailBannerView(pause, clock))
            : null;

    private static RazorSlice ViewOf(MailBannerView view) => view.Pause.AwaitsWord ? HeldMailBanner.Create(view) : MailBanner.Create(view);
}

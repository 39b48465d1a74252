using Crm.Institute;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Privacy;

public sealed record ClockBannerView(ClockDoubt Doubt, InstituteClock Clock)
{
    /// <summary>The day that is shown and confirmed, as a form carries it.</summary>
    public string Day => ClockNotice.DayOf(Doubt.Now, Clock);
}

/// <summary>Tells managers on each of their pages that nothing goes for good until they have said that the clock is right.</summary>
public sealed class ClockNotice(NightClock nights, InstituteClock clock) : IStaffNotice
{
    private const string Address = RetentionPage.Address + "/clock";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost(Address, ConfirmAsync).RequireAuthorization(Roles.ManagerPolicy);

    public async Task<RazorSlice?> ShowAsync(HttpContext http) =>
        http.User.IsManager() && await nights.DoubtAsync(http.RequestAborted) is { } doubt
            ? ClockBanner.Create(new ClockBannerView(doubt, clock))
            : null;

    internal static string DayOf(DateTimeOffset moment, InstituteClock clock) => Format.Date(clock.DayOf(moment));

    // The day that was shown, and no other to which the clock has leapt since.
    private static async Task<IResult> ConfirmAsync(
        HttpContext http, NightClock nights, InstituteClock clock, IDocumentSession session, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (await nights.DoubtAsync(cancel) is { } doubt && form["day"] == DayOf(doubt.Now, clock)
            && await SentForm.ClaimAsync(session, form, clock.Now, cancel))
        {
            NightClock.Note(session, nights.RunNow());
            Audit.Note(session, http.Audited(AuditKind.ClockConfirmed, $"{DayOf(doubt.LastRun, clock)} → {form["day"]}"));
            await session.SaveChangesAsync(cancel);
        }
        return Results.Redirect(RetentionPage.Address);
    }
}

using System.Globalization;
using Crm.Institute;
using Crm.Seats;
using Crm.Web;
using RazorSlices;

namespace Crm.Fees;

public sealed record RescheduleView(ActView Act, string Net);

/// <summary>Has what was agreed fall due on other days or in other parts, with a reason.</summary>
public sealed partial class Reschedule(CurrentInstitute institute) : SeatAct
{
    private const int LongestReason = 200;

    public override string Path => "instalments";
    public override bool IsOfMoney => true;
    public override int Order => 40;

    public override bool IsOfferedTo(Enrolment seat) => seat.IsCurrent;

    public override RazorSlice Panel(SeatPanel panel)
    {
        var form = panel.FormShowing(Shown(panel.Seat));
        return Create(new RescheduleView(panel.View(form, "Change the instalments"), institute.Show(panel.Seat.Net)));
    }

    public override Task<IReadOnlyList<EnrolmentEvent>> DecideAsync(SeatForm sent, CancellationToken cancel)
    {
        sent.Form.Reconcile(Shown(sent.Seat));
        var parts = InstalmentLines.Read(sent.Form, "instalments", institute.Money);
        var why = sent.Form.Text("why", "the reason", LongestReason, required: true);
        return sent.Decide(() => [FeeRules.Reschedule(sent.Seat, parts, why!, sent.Clock.Today, institute.Money)]);
    }

    private static Drawn Shown(Enrolment seat) => ("instalments", InstalmentLines.Write(seat.Instalments));
}

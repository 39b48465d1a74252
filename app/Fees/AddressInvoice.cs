using Crm.Institute;
using Crm.Messaging;
using Crm.Seats;
using Crm.Web;
using RazorSlices;

namespace Crm.Fees;

public sealed record AddressInvoiceView(ActView Act, string FromHere);

/// <summary>
/// Has the tax invoices of a seat say where the student lives, and be taxed for that state: those to come, and no earlier one.
/// </summary>
public sealed partial class AddressInvoice(CurrentInstitute institute) : SeatAct
{
    private const int LongestAddress = 300;

    public override string Path => "invoice-address";
    public override bool IsOfMoney => true;
    public override int Order => 45;

    public override bool IsOfferedTo(Enrolment seat) => institute.Profile.IsTaxRegistered;

    public override RazorSlice Panel(SeatPanel panel)
    {
        var form = panel.FormShowing(Shown(panel.Seat));
        return Create(new AddressInvoiceView(panel.View(form, "Address of invoices"), PlacesOfSupply.Own(institute.Profile)));
    }

    public override Task<IReadOnlyList<EnrolmentEvent>> DecideAsync(SeatForm sent, CancellationToken cancel)
    {
        sent.Form.Reconcile(Shown(sent.Seat));
        var place = PlacesOfSupply.Read(sent.Form, "placeOfSupply", institute.Profile);
        var address = sent.Form.Lines("address", "the address", LongestAddress) ?? "";
        // It stands on the invoice.
        sent.Form.MustBeDrawable("address");
        var isAsItWas = (place, address) == (sent.Seat.PlaceOfSupply, sent.Seat.InvoiceAddress);
        return sent.Decide(() => isAsItWas ? [] : [new InvoiceAddressed(place, address)]);
    }

    private static IEnumerable<Drawn> Shown(Enrolment seat) =>
    [
        ("placeOfSupply", seat.PlaceOfSupply, seat.PlaceOfSupply.Length > 0 ? IndianStates.NameOf(seat.PlaceOfSupply) : "the institute's"),
        ("address", seat.InvoiceAddress),
    ];
}

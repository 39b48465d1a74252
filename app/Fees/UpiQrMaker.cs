using Crm.Institute;
using Crm.Messaging;
using Crm.Seats;
using Marten;
using QRCoder;

namespace Crm.Fees;

/// <summary>Makes the QR that goes with a reminder: scanned, it pays what the reminder asks for on that day.</summary>
public sealed class UpiQrMaker(CurrentInstitute institute, InstituteClock clock) : IAttachmentMaker
{
    /// <summary>What messages call these files.</summary>
    public const string UpiQr = "upi-qr";

    private const int PixelsOfModule = 8;

    public string Kind => UpiQr;

    /// <returns>Null where nothing can be paid by UPI.</returns>
    public async Task<AttachedFile?> MakeAsync(OutboxMessage message, IQuerySession session, CancellationToken cancel)
    {
        var seat = message.TopicId is { } id ? await session.LoadAsync<Enrolment>(id, cancel) : null;
        var reminder = await session.LoadAsync<DueReminder>(message.Id, cancel);
        if (seat is null || reminder is null || UpiLink.For(seat, clock.Today, institute.Profile) is not { } link) return null;
        var asked = link with { Amount = OwedParts.Of(seat, reminder.DueOn, clock.Today).Total };
        using var data = QRCodeGenerator.GenerateQrCode(asked.Address, QRCodeGenerator.ECCLevel.M);
        using var png = new PngByteQRCode(data);
        return new AttachedFile($"pay-{seat.RollNumber}.png", "image/png", png.GetGraphic(PixelsOfModule));
    }
}

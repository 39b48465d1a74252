using Crm.Fees;
using Crm.Institute;
using Crm.People;
using Crm.Seats;
using Marten;

namespace Crm.Desk;

/// <summary>Finds whose a payment or a refund is by what a bank says of it. Only whole: parts of such numbers are many people's.</summary>
internal static class FoundPayments
{
    private const int ShortestReference = 4;

    /// <summary>By the bank's number of the transfer, or the cheque's, written in any way.</summary>
    public static async Task<IReadOnlyList<Finding>> ByReferenceAsync(
        IQuerySession session, string q, Guid? only, CurrentInstitute institute, CancellationToken cancel)
    {
        if (q.Length < ShortestReference || !q.Any(char.IsAsciiDigit)) return [];
        // Found along the index that tells a payment from one recorded already.
        var payments = await session.QueryAsync<LedgerEntry>(
            $"where d.data ->> 'PlainReference' = any(?) and d.data ->> 'Kind' in ('{EntryKind.Payment}', '{EntryKind.Refund}')"
            + $"{Finder.SeenSeat(only)} limit {Finder.Most}", cancel,
            (object)new[] { Payer.Plain(q), KnownPayments.Plain(q, PaymentWay.Cheque) });
        var seats = (await session.LoadManyAsync<Enrolment>(cancel, [.. payments.Select(p => p.EnrolmentId)])).ToDictionary(s => s.Id);
        var names = await NamesAsync(session, seats.Values, cancel);
        return [.. payments.Where(p => seats.ContainsKey(p.EnrolmentId)).Select(p => new Finding("wallet", p.Reference,
            $"{names.GetValueOrDefault(seats[p.EnrolmentId].PersonId)} · {Said(p, institute)}", $"/leads/{seats[p.EnrolmentId].LeadId}"))];
    }

    private static string Said(LedgerEntry entry, CurrentInstitute institute) => entry.Kind == EntryKind.Refund
        ? $"{institute.Show(-entry.Amount)} given back"
        : $"{institute.Show(entry.Amount)}, {entry.Receipt}";

    /// <summary>By the payer's reference, which the QR on letters carries; the seat that they have now.</summary>
    public static async Task<IReadOnlyList<Finding>> SeatsAsync(
        IQuerySession session, string q, Guid? only, CancellationToken cancel)
    {
        var reference = q.ToUpperInvariant();
        if (!PaymentReference.IsOne(reference)) return [];
        var ending = await session.QueryAsync<Enrolment>(
            $"where right(d.id::text, 8) = ?{Finder.Seen(only, "(d.data ->> 'PersonId')::uuid")} limit {Finder.Most}", cancel,
            PaymentReference.EndOfSeat(reference));
        var seat = ending.FirstOrDefault(s => PaymentReference.Of(s) == reference);
        while (seat?.Left?.To is { } next) seat = await session.LoadAsync<Enrolment>(next, cancel);
        if (seat is null) return [];
        var names = await NamesAsync(session, [seat], cancel);
        var detail = $"{names.GetValueOrDefault(seat.PersonId)} · {reference}";
        return [new Finding("id-card", seat.RollNumber, detail, $"/leads/{seat.LeadId}")];
    }

    private static async Task<IReadOnlyDictionary<Guid, string>> NamesAsync(
        IQuerySession session, IEnumerable<Enrolment> seats, CancellationToken cancel) =>
        (await session.LoadManyAsync<Person>(cancel, [.. seats.Select(s => s.PersonId).Distinct()]))
            .ToDictionary(p => p.Id, p => p.Name.Text);
}

using System.Text.RegularExpressions;
using Crm.Seats;
using Crm.Storage;
using Marten;

namespace Crm.Fees;

/// <summary>Finds payments by the reference under which banks know them, however somebody wrote it.</summary>
public static partial class KnownPayments
{
    /// <summary>The payments that have a reference and count. Others who look for the same one wait until the session is saved, so that
    /// of two who record one transfer at once the second finds the first.</summary>
    /// <param name="way">By which it was paid; null for any.</param>
    public static async Task<IReadOnlyList<LedgerEntry>> FindAsync(
        IDocumentSession session, string reference, PaymentWay? way, CancellationToken cancel)
    {
        var plain = Plain(reference, way);
        if (plain.Length == 0) return [];
        await session.LockNameAsync($"payment reference {plain}", cancel);
        var known = (await session.Query<LedgerEntry>().Where(e => e.PlainReference == plain && e.Kind == EntryKind.Payment)
            .ToListAsync(cancel)).Where(e => way is null || MayBeOne(e.Way, way.Value)).ToList();
        Guid?[] ids = [.. known.Select(e => (Guid?)e.Id)];
        var reversals = await session.Query<LedgerEntry>().Where(e => e.Reverses.IsOneOf(ids)).ToListAsync(cancel);
        return [.. known.ExceptBy(reversals.Select(r => r.Reverses), e => e.Id)];
    }

    /// <summary>A reference as it is compared: of a cheque its number alone, since its bank's name is written in many ways.</summary>
    public static string Plain(string reference, PaymentWay? way) =>
        way == PaymentWay.Cheque && NumberIn(reference) is { Success: true } number ? number.Value.TrimStart('0') : Payer.Plain(reference);

    /// <summary>What is written of a cheque beside its number, such as its bank and account, as it is compared.</summary>
    public static string BesideNumber(string reference)
    {
        var number = NumberIn(reference); // of no length where there is none
        return Payer.Plain(reference.Remove(number.Index, number.Length));
    }

    // A cheque's number has six digits in India; of a branch or an account beside it there are fewer or more.
    private static Match NumberIn(string reference) =>
        SixDigits().Match(reference) is { Success: true } number ? number : Number().Match(reference);

    // Each bank numbers its cheques and its cards by itself; a transfer is one, whatever it is called.
    private static bool MayBeOne(PaymentWay? one, PaymentWay other) => one == other || IsTransfer(one) && IsTransfer(other);

    private static bool IsTransfer(PaymentWay? way) => way is PaymentWay.Upi or PaymentWay.BankTransfer;

    [GeneratedRegex("(?<![0-9])[0-9]{6}(?![0-9])", RegexOptions.None, 1000)]
    private static partial Regex SixDigits();

    [GeneratedRegex("[0-9]+", RegexOptions.None, 1000)]
    private static partial Regex Number();
}

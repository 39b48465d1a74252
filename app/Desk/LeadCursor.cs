using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Desk;

/// <summary>Where a page of the list ended: the last row's key and id, as it stands in an address.</summary>
internal static class LeadCursor
{
    private const int IdLength = 32;

    /// <returns>Where a page ends; null where none of its rows can be read.</returns>
    public static string? After(IReadOnlyList<LeadEntry> rows, LeadSort sort) =>
        rows.LastOrDefault(r => r.Row is not null)?.Row is { } last ? Of(last, sort) : null;

    /// <summary>The place of one row.</summary>
    public static string Of(LeadRow last, LeadSort sort)
    {
        var key = sort switch
        {
            LeadSort.Activity => Ticks(last.Lead.LastActivityAt),
            LeadSort.Name => last.Person.SortName,
            LeadSort.Unplanned => Ticks(last.Lead.UnplannedSince!.Value),
            LeadSort.FollowUp => Ticks(last.Lead.FollowUpDueAt!.Value),
            _ => Ticks(last.Lead.ReceivedAt),
        };
        return WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes($"{last.Lead.Id:N}{key}"));
    }

    /// <returns>Null for a cursor that nobody of ours wrote: the list then starts from the top.</returns>
    public static (object Key, Guid Id)? Read(LeadFilter filter)
    {
        if (string.IsNullOrEmpty(filter.After)) return null;
        try
        {
            var text = Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(filter.After));
            if (text.Length < IdLength || text.Contains('\0') || !Guid.TryParseExact(text[..IdLength], "N", out var id)) return null;
            var key = text[IdLength..];
            if (filter.Sort == LeadSort.Name) return (key, id);
            return long.TryParse(key, CultureInfo.InvariantCulture, out var ticks) && ticks > 0 && ticks < DateTimeOffset.MaxValue.Ticks
                ? (new DateTimeOffset(ticks, TimeSpan.Zero), id) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string Ticks(DateTimeOffset at) => at.UtcTicks.ToString(CultureInfo.InvariantCulture);
}

using Crm.Institute;
using Marten;

namespace Crm.Enquiries;

/// <summary>
/// What the page of thanks reads back, and the form is filled with again. The reference alone opens nothing: only the browser that
/// has sent the form holds its id, and only for a while, as others may use the same device.
/// </summary>
public sealed class Receipts(InstituteClock clock)
{
    private const string Cookie = "enquiry";
    private static readonly TimeSpan ForAWhile = TimeSpan.FromMinutes(30);

    /// <summary>Without it the visitor is thanked all the same: nothing is asked of anybody for it.</summary>
    public static void Give(HttpContext http, Guid formId) => http.Response.Cookies.Append(Cookie, formId.ToString("N"), new CookieOptions
    {
        HttpOnly = true,
        IsEssential = true,
        MaxAge = ForAWhile,
        Path = "/enquire",
        SameSite = SameSiteMode.Lax,
        Secure = http.Request.IsHttps,
    });

    /// <returns>The form and what it said when it was last sent; null for anybody else, and later.</returns>
    public async Task<(Guid FormId, EnquiryText Text)?> FindAsync(
        HttpContext http, string reference, IQuerySession session, CancellationToken cancel)
    {
        if (!Guid.TryParse(http.Request.Cookies[Cookie], out var formId) || DerivedId.Is(formId)) return null;
        var since = clock.Now - ForAWhile;
        var received = await session.QueryAsync<Enquiry>("where d.id = ? or d.shared_form = ?", cancel, formId, formId);
        await EnquiryTexts.ReadAsync(received, session, cancel);
        if (received.FirstOrDefault(e => e.Reference == reference && e.SentAt > since) is { Text: { } text }) return (formId, text);
        var kept = await session.QueryAsync<SuspectedEnquiry>("where d.form_id = ?", cancel, formId);
        return kept.FirstOrDefault(e => e.Reference == reference && e.ReceivedAt > since) is { } one ? (formId, one.Text) : null;
    }
}

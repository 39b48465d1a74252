using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Enrolments;

/// <summary>Tells managers on each of their pages that discounts wait for them.</summary>
public sealed class ApprovalNotice(IDocumentStore store) : IStaffNotice
{
    public async Task<RazorSlice?> ShowAsync(HttpContext http)
    {
        if (!http.User.IsManager()) return null;
        await using var session = store.QuerySession();
        var waiting = await ApprovalsPage.CountAsync(session, http.RequestAborted);
        return waiting > 0 ? ApprovalBanner.Create(waiting) : null;
    }
}

using RazorSlices;

namespace Crm.Web;

/// <summary>A page with a status other than 200, such as a refused form's 422.</summary>
public sealed class Page(RazorSlice body, int status) : IResult
{
    public Task ExecuteAsync(HttpContext http)
    {
        body.StatusCode = status;
        return ((IResult)body).ExecuteAsync(http);
    }
}

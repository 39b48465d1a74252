namespace Crm.Web;

/// <summary>A page with a status other than 200, such as a refused form's 422.</summary>
public sealed class Page(IResult body, int status) : IResult
{
    public Task ExecuteAsync(HttpContext http)
    {
        http.Response.StatusCode = status;
        return body.ExecuteAsync(http);
    }
}

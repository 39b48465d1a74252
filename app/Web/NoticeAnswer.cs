using Htmx;

namespace Crm.Web;

/// <summary>Answers with a short page: to who is signed in, inside the frame in which they work. What refuses a part that htmx asked for,
/// or a form that it sent, stands above that part, in which what was typed stays.</summary>
public sealed class NoticeAnswer(Notice notice, int status = StatusCodes.Status200OK) : IResult
{
    public Task ExecuteAsync(HttpContext http)
    {
        if (http.User.Identity?.IsAuthenticated != true) return new Page(NoticePage.Create(notice), status).ExecuteAsync(http);
        if (status >= StatusCodes.Status400BadRequest && http.Request.IsHtmx() && !http.Request.IsHistoryRestore())
            return http.RefuseAsync(status, notice.Title, notice.Text);
        // The frame has a form of its own, also where a refusal came before any token.
        http.NeedCsrf();
        return new Page(FramedNotice.Create(notice), status).ExecuteAsync(http);
    }
}

namespace Crm.Web;

/// <summary>Answers with a short page: to who is signed in, inside the frame in which they work.</summary>
public sealed class NoticeAnswer(Notice notice, int status = StatusCodes.Status200OK) : IResult
{
    public Task ExecuteAsync(HttpContext http)
    {
        if (http.User.Identity?.IsAuthenticated != true) return new Page(NoticePage.Create(notice), status).ExecuteAsync(http);
        // The frame has a form of its own, also where a refusal came before any token.
        http.NeedCsrf();
        return new Page(FramedNotice.Create(notice), status).ExecuteAsync(http);
    }
}

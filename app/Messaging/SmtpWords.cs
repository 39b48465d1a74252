using System.Net.Sockets;
using Crm.Institute;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace Crm.Messaging;

/// <summary>What went wrong with a mail server, as a sentence for staff.</summary>
internal static class SmtpWords
{
    private const int Longest = 300;

    public static string NotReady(Exception e, SmtpStep step, SmtpOptions smtp)
    {
        var server = $"{smtp.Host}:{smtp.Port}";
        return e switch
        {
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } =>
                $"No mail server is known by the name {smtp.Host}.",
            SocketException => $"No mail server answers at {server}: {Line(e.Message)}",
            AuthenticationException => $"The mail server {server} does not take Smtp:User with Smtp:Password: {Line(e.Message)}",
            SslHandshakeException => $"No secure line to the mail server {server} could be made: {Reason(e)}",
            NotSupportedException => $"The mail server {server} does not offer what the settings ask for: {Line(e.Message)}",
            SmtpCommandException refused => $"The mail server {server} turned us away {At(step)}: {Answer(refused)}",
            TimeoutException or OperationCanceledException => $"The mail server {server} does not answer {At(step)}.",
            _ => $"The mail server {server} broke off the line {At(step)}.",
        };
    }

    public static string NotTaken(Exception e, SmtpStep step) => e switch
    {
        SmtpCommandException refused => $"The mail server turned us away {At(step)}: {Answer(refused)}",
        MailKit.ServiceNotAuthenticatedException => $"The mail server wants us to sign in: {Line(e.Message)}",
        TimeoutException or OperationCanceledException => $"The mail server does not answer {At(step)}.",
        _ => $"The mail server broke off the line {At(step)}.",
    };

    public static string Refused(SmtpCommandException e) => $"The mail server refused it: {Answer(e)}";

    public static string Unknown(Exception e) => "The mail server had all of this message, and "
        + (e is TimeoutException or OperationCanceledException ? "did not answer." : "the line broke before it answered.")
        + " It may have arrived.";

    private static string Answer(SmtpCommandException e) => $"{(int)e.StatusCode} {Line(e.Message)}";

    private static string At(SmtpStep step) => step switch
    {
        SmtpStep.Connecting or SmtpStep.Greeting => "where it should greet us",
        SmtpStep.Hello => "when greeted",
        SmtpStep.Securing => "where the line becomes secure",
        SmtpStep.SigningIn => "where we sign in",
        SmtpStep.Sender => "when told whom the mail is from",
        SmtpStep.Recipient => "when told whom it is for",
        SmtpStep.Data => "when asked to take the text",
        SmtpStep.Body => "in the middle of the text",
        SmtpStep.Dot => "after the text",
        _ => "between two messages",
    };

    // MailKit explains over many lines what certificates are; what this one lacks it says in the exception inside.
    private static string Reason(Exception e) => Line((e.InnerException ?? e).Message);

    private static string Line(string text)
    {
        var line = Characters.Line(text); // a server may say what no database takes
        return line.Length <= Longest ? line : line[..Longest] + "…";
    }
}

using Crm.Storage;
using MimeKit;

namespace Crm.Messaging;

/// <summary>Keeps mail as <c>.eml</c> files, which any mail program opens. Writing the same message again replaces its file.</summary>
public sealed class FileTransport(string folder) : IMailTransport, IMailSession
{
    public bool LeavesMachine => false;

    public bool IsOpen => true;

    public Task<IMailSession> OpenAsync(CancellationToken cancel)
    {
        try
        {
            PrivateFolder.Create(folder);
            return Task.FromResult<IMailSession>(this);
        }
        catch (Exception e) when (IsOfTheDisk(e))
        {
            throw new MailServerException(Cannot(e), e);
        }
    }

    public async Task<Handover> SendAsync(MimeMessage message, Func<bool> stillOurs, CancellationToken breakOff)
    {
        var path = Path.Combine(folder, message.MessageId!.Split('@')[0] + ".eml");
        var part = path + ".part";
        try
        {
            await using (var file = new FileStream(part, FileMode.Create, FileAccess.Write))
            {
                await message.WriteToAsync(file, breakOff);
                file.Flush(flushToDisk: true); // a full disk may only be noticed here
            }
            if (!stillOurs()) return new Handover(Fate.TooLate);
            File.Move(part, path, overwrite: true);
            return new Handover(Fate.Taken, File: path);
        }
        catch (Exception e) when (IsOfTheDisk(e))
        {
            Discard(part);
            return new Handover(Fate.NotTaken, Cannot(e));
        }
        catch (OperationCanceledException)
        {
            return new Handover(Fate.TooLate);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private string Cannot(Exception e) => $"Mail cannot be kept in the folder {folder}: {e.Message}";

    private static bool IsOfTheDisk(Exception e) => e is IOException or UnauthorizedAccessException;

    private static void Discard(string part)
    {
        try
        {
            File.Delete(part);
        }
        catch (Exception e) when (IsOfTheDisk(e))
        {
            // What is half written is replaced by the next attempt.
        }
    }
}

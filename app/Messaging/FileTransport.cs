using Crm.Storage;
using MimeKit;

namespace Crm.Messaging;

/// <summary>Keeps mail as <c>.eml</c> files, which any mail program opens. Writing the same message again replaces its file.</summary>
public sealed class FileTransport(string folder) : IMailTransport, IMailSession
{
    public Task<IMailSession> OpenAsync(CancellationToken cancel)
    {
        PrivateFolder.Create(folder);
        return Task.FromResult<IMailSession>(this);
    }

    public async Task<string?> SendAsync(MimeMessage message, CancellationToken cancel)
    {
        var path = Path.Combine(folder, message.MessageId!.Split('@')[0] + ".eml");
        await message.WriteToAsync(path + ".part", cancel);
        File.Move(path + ".part", path, overwrite: true);
        return path;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

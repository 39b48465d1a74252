using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MimeKit;
using SmtpServer;
using SmtpServer.Protocol;
using SmtpServer.Storage;
using ServiceProvider = SmtpServer.ComponentModel.ServiceProvider;

namespace Crm.Tests;

/// <summary>A real SMTP server on a free port, which keeps what it accepts and refuses what it is told to.</summary>
internal sealed class MailServer : MessageStore, IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<SmtpResponse> _refusals = new();
    private readonly ConcurrentQueue<MimeMessage> _accepted = new();
    private Task _serving = Task.CompletedTask;
    private Task _silence = Task.CompletedTask;
    private int _handedOver;

    public int Port { get; } = FreePort();

    /// <summary>How many messages it was given, those refused among them.</summary>
    public int HandedOver => _handedOver;

    public IReadOnlyList<MimeMessage> Accepted => [.. _accepted];

    public Dictionary<string, string?> Settings =>
        new() { ["Smtp:Host"] = "127.0.0.1", ["Smtp:Port"] = Port.ToString(), ["Smtp:Security"] = "None" };

    public static async Task<MailServer> StartAsync()
    {
        var server = new MailServer();
        await server.ListenAsync();
        return server;
    }

    /// <summary>Nobody listens on its port until <see cref="ListenAsync"/>.</summary>
    public static MailServer Down() => new();

    public async Task ListenAsync()
    {
        var options = new SmtpServerOptionsBuilder().ServerName("localhost")
            .Endpoint(e => e.Endpoint(new IPEndPoint(IPAddress.Loopback, Port))).Build();
        var services = new ServiceProvider();
        services.Add(this);
        _serving = new SmtpServer.SmtpServer(options, services).StartAsync(_stop.Token);
        await Poll.UntilAsync(async () =>
        {
            using var client = new TcpClient();
            try { await client.ConnectAsync(IPAddress.Loopback, Port); return true; }
            catch (SocketException) { return false; }
        }, "the mail server to listen");
    }

    /// <summary>Answers the next message not yet promised an answer with this one.</summary>
    public void Refuse(int code, string why) => _refusals.Enqueue(new SmtpResponse((SmtpReplyCode)code, why));

    /// <summary>Takes what comes, and says so only when this has ended.</summary>
    public void FallSilent(Task until) => _silence = until;

    public override async Task<SmtpResponse> SaveAsync(
        ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancel)
    {
        Interlocked.Increment(ref _handedOver);
        if (_refusals.TryDequeue(out var refusal)) return refusal;
        using var stream = new MemoryStream(buffer.ToArray());
        _accepted.Enqueue(await MimeMessage.LoadAsync(stream, cancel));
        await _silence.WaitAsync(cancel);
        return SmtpResponse.Ok;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try { await _serving; }
        catch (OperationCanceledException) { }
        _stop.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

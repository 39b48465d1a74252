using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Npgsql;

namespace Crm.Tests;

/// <summary>
/// What stands between a program and its server: it passes on what both say, tells lies as a pooler does, falls silent in the middle, or
/// hangs up before an answer.
/// </summary>
internal sealed class PostgresProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NpgsqlConnectionStringBuilder _server;
    private readonly Task _listening;

    public PostgresProxy(string server)
    {
        _server = new NpgsqlConnectionStringBuilder(server);
        _listener.Start();
        _listening = ListenAsync();
    }

    /// <summary>Which words of a client are not passed on, nor anything after them.</summary>
    public Func<string, bool> StallsAt { get; set; } = _ => false;

    /// <summary>To which words of a client the server's answer is lost: it is not passed on, and both are hung up on.</summary>
    public Func<string, bool> LosesAnswerTo { get; set; } = _ => false;

    /// <summary>Whether clients are told another process than the one that works for them, as a pooler does.</summary>
    public bool TellsAnotherProcess { get; set; }

    /// <summary>Whether nobody gets an answer at all.</summary>
    public bool SaysNothing { get; set; }

    /// <summary>Ends when it has fallen silent.</summary>
    public Task Stalled => _stalled.Task;

    public string ConnectionString => new NpgsqlConnectionStringBuilder(_server.ConnectionString)
    {
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _listening;
        _stop.Dispose();
    }

    private async Task ListenAsync()
    {
        var talks = new List<Task>();
        try
        {
            while (true) talks.Add(TalkAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(talks);
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
            try
            {
                await server.ConnectAsync(_server.Host!, _server.Port, _stop.Token);
                var (near, far) = (client.GetStream(), server.GetStream());
                // Whichever hangs up, the other is told by the end of both.
                var lost = new StrongBox<bool>();
                await await Task.WhenAny(PassAsync(near, far, lost, fromClient: true), PassAsync(far, near, lost, fromClient: false));
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // One of them is gone, or the test is over.
            }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to, StrongBox<bool> lost, bool fromClient)
    {
        var (buffer, silent) = (new byte[1 << 16], SaysNothing);
        while (await from.ReadAsync(buffer, _stop.Token) is > 0 and var read)
        {
            var words = fromClient ? Encoding.UTF8.GetString(buffer, 0, read) : "";
            if (fromClient && StallsAt(words))
            {
                silent = true;
                _stalled.TrySetResult();
            }
            if (fromClient) lost.Value |= LosesAnswerTo(words);
            else if (lost.Value) return;
            if (silent) continue;
            if (!fromClient && TellsAnotherProcess) ChangeProcess(buffer.AsSpan(0, read));
            await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }

    // BackendKeyData: a K, the length 12, and the number of the process, after the parameters and before "ready for query".
    private static void ChangeProcess(Span<byte> said)
    {
        ReadOnlySpan<byte> key = [(byte)'K', 0, 0, 0, 12];
        if (said.IndexOf(key) is >= 0 and var at) BinaryPrimitives.WriteInt32BigEndian(said[(at + key.Length)..], 1);
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Crm.Tests;

/// <summary>A point of the dialogue at which a server can misbehave.</summary>
public enum SmtpStage { Greeting, Ehlo, StartTls, Auth, Mail, Rcpt, Data, Body, Dot, Quit }

/// <summary>What it does there instead of what it should.</summary>
public enum SmtpDeed
{
    /// <summary>421: the service is closing.</summary>
    Close,

    /// <summary>A 4xx of that point.</summary>
    RefuseForNow,

    /// <summary>A 5xx of that point.</summary>
    RefuseForGood,
    Drop,
    Hang,
}

/// <summary>
/// A mail server of our own, with STARTTLS and AUTH, which does at each step what a test has planned. What it has got with its final
/// dot counts as taken unless it said that it refused it: the applicant of a message whose answer was lost may have it.
/// </summary>
internal sealed class ScriptedMailServer : IAsyncDisposable
{
    private static readonly X509Certificate2 Certificate = SelfSigned();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _talks = [];
    private readonly ConcurrentQueue<string> _taken = new();
    private readonly ConcurrentQueue<string> _said = new();
    private readonly Task _listening;
    private int _connections;

    public ScriptedMailServer()
    {
        _listener.Server.ReceiveBufferSize = 4096; // what a client has written is soon more than what lies unread
        _listener.Start();
        _listening = ListenAsync();
    }

    /// <summary>What is done at a stage of a connection, counted from 1; null for what should be done.</summary>
    public Func<int, SmtpStage, SmtpDeed?> Plan { get; set; } = (_, _) => null;

    /// <summary>Called at each stage before anything is done.</summary>
    public Action<SmtpStage> At { get; set; } = _ => { };

    public bool Pipelining { get; set; }

    /// <summary>What stands after the code of a refusal.</summary>
    public string Refusal { get; set; } = "No";

    /// <summary>Whether it offers to make the line secure.</summary>
    public bool OffersTls { get; set; } = true;
    public bool Utf8 { get; set; }

    /// <summary>Lines before the last of the greeting, each after a pause.</summary>
    public (int Lines, TimeSpan Pause) SlowGreeting { get; set; }

    /// <summary>Message-IDs of what it has taken, once for each time.</summary>
    public IReadOnlyList<string> Taken => [.. _taken];

    /// <summary>All commands, in their order.</summary>
    public IReadOnlyList<string> Said => [.. _said];

    public int Connections => _connections;

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Dictionary<string, string?> Settings(TimeSpan timeout) => new()
    {
        ["Smtp:Host"] = "127.0.0.1",
        ["Smtp:Port"] = Port.ToString(),
        ["Smtp:Security"] = "StartTls",
        ["Smtp:User"] = "institute",
        ["Smtp:Password"] = "secret",
        ["Smtp:Certificate"] = Certificate.GetCertHashString(HashAlgorithmName.SHA256),
        ["Smtp:Timeout"] = timeout.ToString(),
    };

    /// <summary>Forgets what was said and taken, and behaves.</summary>
    public void Forget()
    {
        Plan = (_, _) => null;
        At = _ => { };
        _taken.Clear();
        _said.Clear();
        Interlocked.Exchange(ref _connections, 0);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _listening;
        await Task.WhenAll(_talks);
        _stop.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _talks.Add(TalkAsync(client, Interlocked.Increment(ref _connections)));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                return;
            }
        }
    }

    private async Task TalkAsync(TcpClient client, int number)
    {
        using (client)
        {
            try
            {
                await new Talk(this, client, number).RunAsync(_stop.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or DroppedException or SocketException
                or System.Security.Authentication.AuthenticationException)
            {
                client.LingerState = new LingerOption(true, 0); // the line breaks, it does not end
            }
        }
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=scripted.example", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(7));
    }

    private sealed class DroppedException : Exception;

    private sealed class Talk(ScriptedMailServer server, TcpClient client, int number)
    {
        private readonly byte[] _buffer = new byte[1];
        private Stream _line = client.GetStream();
        private bool _secure;

        public async Task RunAsync(CancellationToken stop)
        {
            for (var i = 0; i < server.SlowGreeting.Lines; i++)
            {
                await SayAsync("220-One moment", stop);
                await Task.Delay(server.SlowGreeting.Pause, stop);
            }
            if (!await MayAsync(SmtpStage.Greeting, stop)) return;
            await SayAsync("220 Ready", stop);
            while (await ReadLineAsync(stop) is { } command)
            {
                server._said.Enqueue(command);
                if (!await ObeyAsync(command, stop)) return;
            }
        }

        private async Task<bool> ObeyAsync(string command, CancellationToken stop)
        {
            switch (command.Split(' ', ':')[0].ToUpperInvariant())
            {
                case "EHLO" or "HELO":
                    if (await MayAsync(SmtpStage.Ehlo, stop)) await SayAsync(Announced(), stop);
                    break;
                case "STARTTLS":
                    if (await MayAsync(SmtpStage.StartTls, stop)) await SecureAsync(stop);
                    break;
                case "AUTH":
                    if (await MayAsync(SmtpStage.Auth, stop)) await SayAsync("235 Welcome", stop);
                    break;
                case "MAIL":
                    if (await MayAsync(SmtpStage.Mail, stop)) await SayAsync("250 Sender is fine", stop);
                    break;
                case "RCPT":
                    if (await MayAsync(SmtpStage.Rcpt, stop)) await SayAsync("250 Recipient is fine", stop);
                    break;
                case "DATA":
                    if (await MayAsync(SmtpStage.Data, stop)) await TakeAsync(stop);
                    break;
                case "QUIT":
                    if (await MayAsync(SmtpStage.Quit, stop)) await SayAsync("221 Goodbye", stop);
                    return false;
                default:
                    await SayAsync("250 Fine", stop);
                    break;
            }
            return true;
        }

        private string Announced()
        {
            List<string> lines = ["scripted.example", "8BITMIME", "SIZE 100000000"];
            if (!_secure && server.OffersTls) lines.Add("STARTTLS");
            if (server.Pipelining) lines.Add("PIPELINING");
            if (server.Utf8) lines.Add("SMTPUTF8");
            lines.Add("AUTH PLAIN");
            return string.Join("\r\n", lines.Select((line, i) => (i < lines.Count - 1 ? "250-" : "250 ") + line));
        }

        private async Task SecureAsync(CancellationToken stop)
        {
            await SayAsync("220 Go on", stop);
            var ssl = new SslStream(_line, leaveInnerStreamOpen: false);
            await ssl.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate }, stop);
            (_line, _secure) = (ssl, true);
        }

        private async Task TakeAsync(CancellationToken stop)
        {
            await SayAsync("354 Go on", stop);
            var first = await ReadLineAsync(stop);
            var answered = !await MayAsync(SmtpStage.Body, stop);
            var id = "";
            for (var line = first; line != "."; line = await ReadLineAsync(stop))
            {
                if (line is null) return;
                if (id.Length == 0 && line.StartsWith("Message-Id: ", StringComparison.OrdinalIgnoreCase)) id = line[12..].Trim('<', '>');
            }
            if (answered) return;
            server.At(SmtpStage.Dot);
            var deed = server.Plan(number, SmtpStage.Dot);
            if (deed is null or SmtpDeed.Drop or SmtpDeed.Hang) server._taken.Enqueue(id);
            if (await DoAsync(deed, SmtpStage.Dot, stop)) await SayAsync("250 Taken", stop);
        }

        /// <returns>False where the step was refused.</returns>
        private Task<bool> MayAsync(SmtpStage stage, CancellationToken stop)
        {
            server.At(stage);
            return DoAsync(server.Plan(number, stage), stage, stop);
        }

        private async Task<bool> DoAsync(SmtpDeed? deed, SmtpStage stage, CancellationToken stop)
        {
            switch (deed)
            {
                case null: return true;
                case SmtpDeed.Drop: throw new DroppedException();
                case SmtpDeed.Hang: await Task.Delay(Timeout.Infinite, stop); return false;
                case SmtpDeed.Close:
                    await SayAsync("421 Closing", stop);
                    return false;
                case SmtpDeed.RefuseForNow:
                    await SayAsync(stage == SmtpStage.Auth ? "454 Not now" : "451 Not now", stop);
                    return false;
                default:
                    await SayAsync(stage switch
                    {
                        SmtpStage.Auth => "535 No",
                        SmtpStage.Greeting => "554 No",
                        _ => $"550 {server.Refusal}",
                    }, stop);
                    return false;
            }
        }

        private ValueTask SayAsync(string text, CancellationToken stop) => _line.WriteAsync(Encoding.ASCII.GetBytes(text + "\r\n"), stop);

        private async Task<string?> ReadLineAsync(CancellationToken stop)
        {
            var line = new List<byte>();
            while (await _line.ReadAsync(_buffer, stop) > 0)
            {
                if (_buffer[0] == '\n') return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
                line.Add(_buffer[0]);
            }
            return null;
        }
    }
}

using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Crm.Benchmarks;

/// <summary>
/// Visitors who send enquiries one after the other over connections that are kept, each in a thread that waits for its socket, as
/// pgbench's do: of two processors, what the client takes the program and the database do not get. An HttpClient took a sixth.
/// </summary>
internal static class Visitors
{
    /// <returns>Enquiries a second that were answered with a reference.</returns>
    public static double Post(Uri address, string course, int connections, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        var counts = new int[connections];
        Exception? wrong = null;
        var visitors = Enumerable.Range(0, connections).Select(i => new Thread(() =>
        {
            try
            {
                counts[i] = PostOneByOne(address, course, clock, time);
            }
            catch (Exception e)
            {
                wrong = e;
            }
        })).ToList();
        visitors.ForEach(v => v.Start());
        visitors.ForEach(v => v.Join());
        if (wrong is not null) throw new InvalidOperationException("An enquiry was not taken.", wrong);
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }

    private static int PostOneByOne(Uri address, string course, Stopwatch clock, TimeSpan time)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(address.Host, address.Port);
        var (count, answer) = (0, new byte[1 << 14]);
        for (; clock.Elapsed < time; count++)
        {
            var body = string.Join('&', Enquiries.Next(course).Select(f => $"{f.Key}={Uri.EscapeDataString(f.Value)}"));
            socket.Send(Encoding.ASCII.GetBytes($"POST /enquire HTTP/1.1\r\nHost: {address.Authority}\r\n"
                + $"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
            ReadThanks(socket, answer);
        }
        return count;
    }

    // Where all went well, it is a head without a body.
    private static void ReadThanks(Socket socket, byte[] answer)
    {
        var read = 0;
        while (answer.AsSpan(0, read).IndexOf("\r\n\r\n"u8) < 0)
        {
            var more = socket.Receive(answer.AsSpan(read));
            if (more == 0) throw new IOException("The server hung up.");
            read += more;
        }
        var head = answer.AsSpan(0, read);
        if (!head.StartsWith("HTTP/1.1 302"u8) || head.IndexOf("Location: /enquire/thanks/L-"u8) < 0)
            throw new IOException(Encoding.ASCII.GetString(head));
    }
}

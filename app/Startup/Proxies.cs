using System.Net;
using Crm.Storage;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace Crm.Startup;

/// <summary>
/// Whom to believe where a request says that it is passed on for somebody else: the limits count visitors, and not the proxy; and what is
/// asked over HTTPS knows that it is. Anybody can write such a line, so that only those named in <c>Proxies</c> are believed; where none
/// are, those of this machine.
/// </summary>
public static class Proxies
{
    private const string Setting = "Proxies", ThisMachine = "127.0.0.0/8, ::1";

    public static void AddProxies(this IServiceCollection services, IConfiguration configuration)
    {
        var named = (configuration[Setting] is { Length: > 0 } given ? given : ThisMachine)
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Read).ToList();
        services.Configure<ForwardedHeadersOptions>(o =>
        {
            o.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            o.KnownProxies.Clear();
            o.KnownIPNetworks.Clear();
            foreach (var network in named) o.KnownIPNetworks.Add(network);
            o.ForwardLimit = null; // back to the first address that is none of them
        });
    }

    private static System.Net.IPNetwork Read(string written)
    {
        if (System.Net.IPNetwork.TryParse(written, out var network)) return network;
        if (!IPAddress.TryParse(written, out var address))
            throw new CannotStartException(
                $"{Setting} must be addresses or networks such as 10.0.0.5, 172.16.0.0/12; “{written}” is neither.");
        return new System.Net.IPNetwork(address, address.GetAddressBytes().Length * 8);
    }
}

using System.Net.Sockets;
using System.Text.RegularExpressions;
using Crm.Institute;
using Crm.Operations;
using Crm.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Crm.Startup;

/// <summary>Why the program cannot start, in one sentence that names the setting to change.</summary>
internal static partial class StartProblems
{
    /// <summary>Looks at the addresses to listen at before anything is begun: the log would greet with one that cannot be.</summary>
    /// <exception cref="CannotStartException">One of them is none.</exception>
    public static void CheckUrls(string? urls)
    {
        foreach (var url in urls?.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            if (!IsAddress(url))
                throw new CannotStartException(
                    $"Urls must be addresses like http://localhost:5000, with a port up to {ushort.MaxValue}; “{url}” is none.");
        }
    }

    private static bool IsAddress(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address is { Scheme: "http" or "https" } && (address.IsUnixPipe || address.Port is >= 0 and <= ushort.MaxValue);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    public static string Sentence(Exception e, IConfiguration? settings) => e switch
    {
        CannotStartException or BackupException => e.Message,
        OperationCanceledException => "Enrolment was told to stop while it was starting.",
        IOException { InnerException: AddressInUseException } => $"{e.Message} Stop what uses it, or give another address with Urls.",
        SocketException => $"Nothing can be served at {settings?["Urls"]}: {e.Message}. Give another address with Urls.",
        NpgsqlException when settings?.GetConnectionString("Enrolment") is { Length: > 0 } =>
            $"The database of ConnectionStrings:Enrolment cannot be used: {Chain(e)}",
        NpgsqlException => $"The database cannot be used: {Chain(e)}",
        _ when WrongValue().Match(Chain(e)) is { Success: true } wrong =>
            $"{wrong.Groups["key"]} cannot be “{wrong.Groups["value"]}”: write {Wanted(wrong.Groups["type"].Value)}.",
        OptionsValidationException => e.Message,
        // In .NET's own words it is about certificates of developers.
        InvalidOperationException when e.Message.Contains("HTTPS endpoint", StringComparison.Ordinal) =>
            "Urls has an address with https, and no certificate is set for it: name one in Kestrel:Certificates:Default:Path, "
            + "or serve http and let a proxy before it have the certificate.",
        _ => $"Enrolment could not start: {Chain(e)} (--Logging:LogLevel:Enrolment=Debug tells where.)",
    };

    private static string Wanted(string type) => type[(type.LastIndexOf('.') + 1)..] switch
    {
        nameof(Boolean) => "true or false",
        nameof(Int32) => "a whole number",
        nameof(TimeSpan) => "a time like 00:00:30",
        nameof(MailKit.Security.SecureSocketOptions) => "Auto, StartTls, SslOnConnect or None",
        _ => "it as README.md says",
    };

    // On one line, and each thing once: an outer error often repeats the inner one.
    private static string Chain(Exception e)
    {
        var told = new List<string>();
        for (var each = e; each is not null; each = each.InnerException)
            if (!told.Exists(t => t.Contains(each.Message, StringComparison.Ordinal))) told.Add(each.Message);
        return string.Join(' ', told).ReplaceLineEndings(" ");
    }

    // As .NET's reader of settings says it.
    [GeneratedRegex("Failed to convert configuration value '(?<value>.*?)' at '(?<key>[^']+)' to type '(?<type>[^']+)'",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex WrongValue();
}

using System.Text.Encodings.Web;
using System.Text.Json;
using Crm.Institute;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Crm.Startup;

/// <summary>
/// The log as one JSON object a line, for programs that collect it. Addresses and numbers of people are taken out: what a mail server
/// answers names them.
/// </summary>
public sealed class JsonLog() : ConsoleFormatter(Format)
{
    private const string Format = "enrolment-json", Setting = "Log:Json";

    // What people read stays as it is written, and is no HTML.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>Whether the settings ask for it.</returns>
    public static bool AddWhereSet(ILoggingBuilder logging, IConfiguration configuration)
    {
        if (!configuration.GetValue(Setting, false)) return false;
        logging.ClearProviders();
        logging.AddConsole(console => console.FormatterName = Format).AddConsoleFormatter<JsonLog, ConsoleFormatterOptions>();
        return true;
    }

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, Plain))
        {
            json.WriteStartObject();
            json.WriteString("at", DateTimeOffset.UtcNow);
            json.WriteString("level", logEntry.LogLevel.ToString().ToLowerInvariant());
            json.WriteString("from", logEntry.Category);
            json.WriteString("message", LogText.Masked(logEntry.Formatter(logEntry.State, logEntry.Exception)));
            if (logEntry.Exception is { } exception) json.WriteString("exception", LogText.Masked(exception.ToString()));
            json.WriteEndObject();
        }
        textWriter.WriteLine(System.Text.Encoding.UTF8.GetString(line.ToArray()));
    }
}

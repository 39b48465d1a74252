using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Crm.Tests;

/// <summary>Keeps what the app logs as a warning or an error.</summary>
internal sealed class Log : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<Exception?> _errors = new();
    private readonly ConcurrentQueue<string> _said = new();

    public IReadOnlyList<Exception?> Errors => [.. _errors];

    /// <summary>What was said, a line each.</summary>
    public string Text => string.Join('\n', _said);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) _said.Enqueue(formatter(state, exception));
        if (logLevel >= LogLevel.Error) _errors.Enqueue(exception);
    }

    public void Dispose() { }
}

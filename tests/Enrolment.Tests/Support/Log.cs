using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Crm.Tests;

/// <summary>Keeps what the app logs as an error.</summary>
internal sealed class Log : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<Exception?> _errors = new();

    public IReadOnlyList<Exception?> Errors => [.. _errors];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) _errors.Enqueue(exception);
    }

    public void Dispose() { }
}

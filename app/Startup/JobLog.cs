using Crm.Storage;
using Hangfire.Logging;
using HangfireLevel = Hangfire.Logging.LogLevel;
using Level = Microsoft.Extensions.Logging.LogLevel;

namespace Crm.Startup;

/// <summary>
/// What Hangfire logs. A database that is away, or a disk that is full, is said in a line: each of its threads asks again every few
/// seconds, and a log on the same disk is not to fill it.
/// </summary>
internal sealed class JobLog(ILoggerFactory loggers, DatabaseTroubles troubles) : ILogProvider
{
    public ILog GetLogger(string name) => new Log(loggers.CreateLogger(name), troubles);

    private sealed class Log(ILogger logger, DatabaseTroubles troubles) : ILog
    {
        bool ILog.Log(HangfireLevel logLevel, Func<string>? messageFunc, Exception? exception)
        {
            var level = LevelOf(logLevel);
            if (messageFunc is null || !logger.IsEnabled(level)) return logger.IsEnabled(level);
            if (exception is null || troubles.In(exception) is null) logger.Log(level, exception, "{What}", messageFunc());
            else logger.Log(level, "{What}: {Problem}", messageFunc(), exception.GetBaseException().Message.Split('\n')[0]);
            return true;
        }

        private static Level LevelOf(HangfireLevel level) => level switch
        {
            HangfireLevel.Trace => Level.Trace,
            HangfireLevel.Debug => Level.Debug,
            HangfireLevel.Info => Level.Information,
            HangfireLevel.Warn => Level.Warning,
            HangfireLevel.Error => Level.Error,
            _ => Level.Critical,
        };
    }
}

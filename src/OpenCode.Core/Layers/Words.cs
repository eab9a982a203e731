using System.Globalization;

namespace OpenCode.Layers;

/// <summary>How statuses, levels and times are written in files.</summary>
internal static class Words
{
    /// <summary>Lower case, as the seed writes statuses.</summary>
    public static string Of(AgentTaskStatus status) => status switch
    {
        AgentTaskStatus.Pending => "pending",
        AgentTaskStatus.Running => "running",
        AgentTaskStatus.Completed => "completed",
        AgentTaskStatus.Failed => "failed",
        AgentTaskStatus.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };

    /// <summary>The four levels.</summary>
    public static string Of(LogLevel level) => level switch
    {
        LogLevel.Debug => "debug",
        LogLevel.Info => "info",
        LogLevel.Warn => "warn",
        LogLevel.Error => "error",
        _ => throw new ArgumentOutOfRangeException(nameof(level)),
    };

    /// <summary>ISO 8601, UTC, milliseconds.</summary>
    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads a level, or null when it is none.</summary>
    public static LogLevel? Level(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("info"u8) ? LogLevel.Info
        : word.SequenceEqual("debug"u8) ? LogLevel.Debug
        : word.SequenceEqual("warn"u8) ? LogLevel.Warn
        : word.SequenceEqual("error"u8) ? LogLevel.Error
        : null;
}

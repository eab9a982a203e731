using System.Globalization;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;

namespace OpenCode.McpHost;

/// <summary>Logs to standard error, one line a message; standard output belongs to the protocol.</summary>
/// <param name="output">Standard error.</param>
/// <param name="least">What is lighter is not written.</param>
/// <param name="clock">The time in the lines.</param>
internal sealed class StderrLog(TextWriter output, Microsoft.Extensions.Logging.LogLevel least, TimeProvider clock) : ILoggerFactory, ILogger
{
    private const int MostCharacters = 4_000;

    private readonly Lock _lock = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
        // There is one place to log to.
    }

    public void Dispose()
    {
        // Standard error is the process's.
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => logLevel >= least && logLevel != Microsoft.Extensions.Logging.LogLevel.None;

    public void Log<TState>(Microsoft.Extensions.Logging.LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var time = clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var cause = exception switch
        {
            null => "",
            McpException => " " + OneLine(exception.Message), // the client's mistake: where it was found out helps nobody
            _ => Environment.NewLine + exception,
        };
        var line = $"{time} {logLevel.ToString().ToUpperInvariant()} {OneLine(formatter(state, exception))}{cause}";
        try
        {
            lock (_lock)
            {
                output.WriteLine(line);
                output.Flush();
            }
        }
        catch (IOException)
        {
            // Nobody reads standard error any more; the protocol goes on.
        }
    }

    // Names of tools and methods are the client's: they make no lines of their own, and do not fill a disk.
    private static string OneLine(string text) =>
        string.Concat((text.Length > MostCharacters ? text[..MostCharacters] + "…" : text).Select(static character => char.IsControl(character) || character is '\u2028' or '\u2029' ? ' ' : character));
}

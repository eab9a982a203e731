using System.Diagnostics;
using System.Text.Json;

namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>A log of one process: a line before each request and a line after it, each with one write, so that a kill costs at most the last.</summary>
/// <param name="path">The file; it must not be there.</param>
/// <param name="process">The process it is of.</param>
internal sealed class HistoryLog(string path, string process) : IDisposable
{
    /// <summary>What logs are called.</summary>
    public const string Pattern = "*.history.jsonl";

    private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    private readonly Lock _lock = new();
    private long _number;

    /// <summary>Now, in nanoseconds of the machine's monotonic clock. On Linux that is CLOCK_MONOTONIC, one for all processes of a boot.</summary>
    public static long Now
    {
        get
        {
            var ticks = Stopwatch.GetTimestamp();
            return (ticks / Stopwatch.Frequency * 1_000_000_000) + (ticks % Stopwatch.Frequency * 1_000_000_000 / Stopwatch.Frequency);
        }
    }

    /// <summary>A new event of now. The wall is read first, and the monotonic clock after it.</summary>
    public HistoryEvent New(EventKind kind, Operation operation)
    {
        var wall = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        return new HistoryEvent { Wall = wall, At = Now, Process = process, Kind = kind, Operation = operation };
    }

    /// <summary>Writes a question down, with a number of its own.</summary>
    public HistoryEvent Ask(HistoryEvent ask)
    {
        ask = ask with { Number = Interlocked.Increment(ref _number) };
        Write(ask);
        return ask;
    }

    /// <summary>Writes a line.</summary>
    public void Write(HistoryEvent entry)
    {
        var line = HistoryJson.Line(entry);
        lock (_lock)
        {
            _file.Write(line);
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Every event of the logs in a folder. The last line of a log may be torn: its process was killed in the write.</summary>
    public static IEnumerable<HistoryEvent> ReadFolder(string folder) => Directory.EnumerateFiles(folder, Pattern).Order(StringComparer.Ordinal).SelectMany(ReadFile);

    private static IEnumerable<HistoryEvent> ReadFile(string file)
    {
        var lines = File.ReadAllLines(file);
        for (var i = 0; i < lines.Length; i++)
        {
            HistoryEvent entry;
            try
            {
                entry = HistoryJson.Read(lines[i]);
            }
            catch (JsonException) when (i == lines.Length - 1)
            {
                yield break;
            }

            yield return entry;
        }
    }
}

using System.Buffers;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using OpenCode.Common;

namespace OpenCode.Layers;

/// <summary><c>logs.jsonl</c>: one entry a line, appended with one write for all entries of a call.</summary>
/// <param name="files">Appends to files.</param>
/// <param name="clock">The time of a report about a torn line.</param>
public sealed class LogLayer(AppendFile files, TimeProvider clock)
{
    private const int FirstWindow = 128 * 1024;

    private const int MostKept = 256 * 1024;

    // Used from the formatting of a call's entries to the end of their write, with nothing in between that gives the thread away.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    /// <summary>The bytes of entries as they stand in the file.</summary>
    public static ReadOnlyMemory<byte> Format(IEnumerable<LogEntry> entries)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        Format(buffer, entries);
        return buffer.WrittenMemory;
    }

    /// <summary>Appends entries. A torn last line that a crash left is cut off first, and the log then says so.</summary>
    public void Append(TaskLock held, TaskFolder folder, params IEnumerable<LogEntry> entries)
    {
        held.Cover(folder);
        var buffer = _buffer is { Capacity: <= MostKept } kept ? kept : _buffer = new ArrayBufferWriter<byte>(1024);
        buffer.ResetWrittenCount();
        Format(buffer, entries);
        files.Append(folder.Contained(folder.Logs), buffer.WrittenMemory, WholeLength, cut => Format([Torn(cut)]));
    }

    /// <summary>Reads entries in order.</summary>
    /// <param name="folder">The task's folder.</param>
    /// <param name="lighterThan">Entries lighter than this level are passed over; null takes all.</param>
    /// <param name="wanted">Takes an entry, or passes over it.</param>
    /// <param name="last">Only so many of the newest that are wanted; null takes all.</param>
    /// <returns>The entries, and how many lines could not be read.</returns>
    public static (IReadOnlyList<LogEntry> Entries, int Malformed) Read(TaskFolder folder, LogLevel? lighterThan, Func<LogEntry, bool> wanted, int? last)
    {
        using var file = Open(folder, folder.Logs);
        return file is null ? ([], 0) : Read(file, RandomAccess.GetLength(file), lighterThan, wanted, last);
    }

    /// <summary>As the other, from a log that is open, up to a length.</summary>
    internal static (IReadOnlyList<LogEntry> Entries, int Malformed) Read(SafeFileHandle file, long length, LogLevel? lighterThan, Func<LogEntry, bool> wanted, int? last)
    {
        for (long window = FirstWindow; last is not null && window < length; window *= 8)
        {
            // The newest entries are at the end: look there first, and further back only when too few are wanted.
            var (entries, malformed) = Scan(file, length - window, length, lighterThan, wanted, last);
            if (entries.Count >= last)
            {
                return (entries, malformed);
            }
        }

        return Scan(file, 0, length, lighterThan, wanted, last);
    }

    /// <summary>The number of the lifecycle event in the last whole line; null when that line is none.</summary>
    /// <remarks>Whoever appends has first projected what a dead process left, so an unfinished projection is always at the end.</remarks>
    public static long? LastSeq(TaskFolder folder)
    {
        using var file = Open(folder, folder.Logs);
        if (file is null)
        {
            return null;
        }

        var length = WholeLength(file, RandomAccess.GetLength(file));
        for (long window = 4096; ; window *= 8)
        {
            var from = Math.Max(0, length - window);
            var buffer = new byte[length - from];
            var read = ReadFully(file, buffer, from);
            var text = buffer.AsSpan(0, read).TrimEnd((byte)'\n');
            var start = text.LastIndexOf((byte)'\n');
            if (start >= 0 || from == 0)
            {
                return LogLine.Read(text[(start + 1)..])?.Seq;
            }
        }
    }

    /// <summary>The length up to the last line break.</summary>
    internal static long WholeLength(SafeFileHandle file, long length)
    {
        Span<byte> buffer = stackalloc byte[512];
        var end = length;
        while (end > 0)
        {
            var from = Math.Max(0, end - buffer.Length);
            var part = buffer[..(int)(end - from)];
            ReadFully(file, part, from);
            var at = part.LastIndexOf((byte)'\n');
            if (at >= 0)
            {
                return from + at + 1;
            }

            end = from;
        }

        return 0;
    }

    private static void Format(ArrayBufferWriter<byte> buffer, IEnumerable<LogEntry> entries)
    {
        foreach (var entry in entries)
        {
            LogLine.Write(buffer, entry);
        }
    }

    // Before the new entries, in the same write: a lifecycle event stays the last line until the next one.
    private LogEntry Torn(long cut) => new()
    {
        Timestamp = clock.GetUtcNow(),
        Level = LogLevel.Warn,
        Message = string.Create(CultureInfo.InvariantCulture, $"Cut off a torn last line of {cut} bytes, left by a process that died while it wrote"),
    };

    private static (IReadOnlyList<LogEntry> Entries, int Malformed) Scan(SafeFileHandle file, long from, long to, LogLevel? lighterThan, Func<LogEntry, bool> wanted, int? last)
    {
        var entries = new Queue<LogEntry>();
        var malformed = 0;
        var reader = new LineReader(file, from, to);
        if (from > 0)
        {
            reader.TryRead(out _); // the window begins somewhere in a line
        }

        while (reader.TryRead(out var line))
        {
            if (lighterThan is { } level && LogLine.IsLighter(line, level))
            {
                continue;
            }

            if (LogLine.Read(line) is not { } entry)
            {
                malformed++;
                continue;
            }

            if (!(entry.Level < lighterThan) && wanted(entry))
            {
                entries.Enqueue(entry);
                if (entries.Count > last)
                {
                    entries.Dequeue();
                }
            }
        }

        return ([.. entries], malformed);
    }

    /// <summary>Opens a log of a task for reading; null when it is not there.</summary>
    internal static SafeFileHandle? Open(TaskFolder folder, string path)
    {
        try
        {
            return File.OpenHandle(folder.Contained(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpenCodeException(OpenCodeError.StoreUnavailable, $"The file '{path}' cannot be read: {e.Message} Check its permissions.", path, e);
        }
    }

    internal static int ReadFully(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        var total = 0;
        int read;
        while (total < buffer.Length && (read = RandomAccess.Read(file, buffer[total..], offset + total)) > 0)
        {
            total += read;
        }

        return total;
    }
}

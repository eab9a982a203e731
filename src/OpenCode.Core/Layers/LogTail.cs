using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using OpenCode.Common;

namespace OpenCode.Layers;

/// <summary>
/// Reads a log on as it grows: every line once, and none left out, also when a repair or a restore puts another file in its
/// place. Holds no file open between looks, because on some systems an open file cannot be replaced.
/// </summary>
/// <remarks>
/// That it still is the same log is told by the bytes before the place that was read up to, not by the file's identity, which
/// .NET has no name for; where they are the same, going on there is right whatever file it is.
/// </remarks>
/// <param name="folder">The task's folder.</param>
/// <param name="knownSeq">Lifecycle events up to this one are in the log already.</param>
internal sealed class LogTail(TaskFolder folder, long knownSeq)
{
    private const int MarkBytes = 256;
    private const int MostKnownLines = 64;
    private const int MostRestoresBack = 8;

    // The newest lines that were read, to find the place again in a log that a repair has written anew.
    private readonly Queue<UInt128> _known = new();
    private (long Length, DateTime Written) _seen;
    private byte[] _mark = [];
    private long _offset;
    private long _seq = knownSeq;

    /// <summary>How many lines could not be read and were passed over.</summary>
    public int Malformed { get; private set; }

    /// <summary>False when there is no log.</summary>
    public bool Exists => File.Exists(folder.Logs);

    /// <summary>True when the file is another one, or longer or shorter, than at the last reading. A look at the folder's entry, no more.</summary>
    public bool HasChanged
    {
        get
        {
            var file = new FileInfo(folder.Logs);
            return file.Exists && (file.Length, file.LastWriteTimeUtc) != _seen;
        }
    }

    /// <summary>Begins: the newest entries that are wanted, and everything up to there counts as read.</summary>
    /// <param name="lighterThan">Entries lighter than this level are passed over; null takes all.</param>
    /// <param name="wanted">Takes an entry, or passes over it.</param>
    /// <param name="last">Only so many of the newest; null takes all.</param>
    public IReadOnlyList<LogEntry> Begin(LogLevel? lighterThan, Func<LogEntry, bool> wanted, int? last)
    {
        using var file = Look();
        if (file is null)
        {
            return [];
        }

        var length = LogLayer.WholeLength(file, RandomAccess.GetLength(file));
        var (entries, malformed) = LogLayer.Read(file, length, lighterThan, wanted, last);
        Malformed += malformed;
        // Only to know the newest lines and the newest event again; what they say was just read.
        var lines = new LineReader(file, Math.Max(0, length - (64 * 1024)), length);
        while (lines.TryRead(out var line))
        {
            if (LogLine.Read(line) is { } entry)
            {
                Know(line, entry);
            }
        }

        PutMark(file, length);
        return entries;
    }

    /// <summary>Reads on from where the last reading ended; null when another log is in its place, which <see cref="Turn(TaskLock)"/> takes up.</summary>
    public IReadOnlyList<LogEntry>? Continue()
    {
        using var file = Look();
        if (file is null)
        {
            return [];
        }

        return IsSame(file) ? ReadFrom(file, _offset, MostRestoresBack) : null;
    }

    /// <summary>Takes up a log that was put in the place of the one that was read.</summary>
    /// <param name="held">The task's lock: the new log is complete, with the event that tells why it is there.</param>
    public IReadOnlyList<LogEntry> Turn(TaskLock held)
    {
        held.Cover(folder);
        using var file = Look();
        return file is null ? [] : GoOn(file, MostRestoresBack);
    }

    private List<LogEntry> GoOn(SafeFileHandle file, int back) =>
        IsSame(file) ? ReadFrom(file, _offset, back) : ReadFrom(file, RestoredAt(file) ?? AfterKnown(file), back);

    /// <summary>Where the event of a restore we do not know begins: what comes before it came back, and did not arrive.</summary>
    private long? RestoredAt(SafeFileHandle file)
    {
        var (length, at) = (LogLayer.WholeLength(file, RandomAccess.GetLength(file)), 0L);
        var lines = new LineReader(file, 0, length);
        while (lines.TryRead(out var line))
        {
            if (LogLine.Read(line) is { } entry && IsNewRestore(entry))
            {
                return at;
            }

            at += line.Length + 1;
        }

        return null;
    }

    /// <summary>The end of the last line or event we know: a repair keeps the order of what is whole.</summary>
    private long AfterKnown(SafeFileHandle file)
    {
        var (length, at, after) = (LogLayer.WholeLength(file, RandomAccess.GetLength(file)), 0L, 0L);
        var known = _known.ToHashSet();
        var lines = new LineReader(file, 0, length);
        while (lines.TryRead(out var line))
        {
            at += line.Length + 1;
            if (known.Contains(Digest(line)) || LogLine.Read(line) is { Seq: { } seq } && seq <= _seq)
            {
                after = at;
            }
        }

        return after;
    }

    private List<LogEntry> ReadFrom(SafeFileHandle file, long from, int back)
    {
        var length = LogLayer.WholeLength(file, RandomAccess.GetLength(file));
        var entries = new List<LogEntry>();
        var lines = new LineReader(file, from, length, (int)Math.Clamp(length - from, 4096, LineReader.Capacity));
        for (var at = from; lines.TryRead(out var line); at += line.Length + 1)
        {
            if (LogLine.Read(line) is not { } entry)
            {
                Malformed++;
                continue;
            }

            if (IsNewRestore(entry) && back > 0)
            {
                // What was logged between our last look and the restore is not in this log any more; the restore has saved it. (All but
                // the event of that saving itself, which the restored entry names.)
                if (at > from)
                {
                    PutMark(file, at);
                }

                entries.AddRange(ReadSaved(entry, back - 1));
            }

            Know(line, entry);
            entries.Add(entry);
        }

        PutMark(file, length);
        return entries;
    }

    private List<LogEntry> ReadSaved(LogEntry restored, int back)
    {
        if (restored.Data?["savedAs"] is not string checkpoint || !Input.IsId(checkpoint))
        {
            return [];
        }

        using var file = LogLayer.Open(folder, Path.Combine(folder.Checkpoint(checkpoint), Path.GetFileName(folder.Logs)));
        return file is null ? [] : GoOn(file, back);
    }

    private bool IsNewRestore(LogEntry entry) => entry.Seq > _seq && entry.Data is { } data && data.TryGetValue("event", out var kind) && kind is "restored";

    private void Know(ReadOnlySpan<byte> line, LogEntry entry)
    {
        _seq = Math.Max(_seq, entry.Seq ?? 0);
        _known.Enqueue(Digest(line));
        if (_known.Count > MostKnownLines)
        {
            _known.Dequeue();
        }
    }

    private bool IsSame(SafeFileHandle file)
    {
        if (RandomAccess.GetLength(file) < _offset)
        {
            return false;
        }

        var present = new byte[_mark.Length];
        return LogLayer.ReadFully(file, present, _offset - _mark.Length) == _mark.Length && present.AsSpan().SequenceEqual(_mark);
    }

    private void PutMark(SafeFileHandle file, long offset)
    {
        var mark = new byte[Math.Min(offset, MarkBytes)];
        _mark = LogLayer.ReadFully(file, mark, offset - mark.Length) == mark.Length ? mark : [];
        _offset = offset;
    }

    private static UInt128 Digest(ReadOnlySpan<byte> line)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(line, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    private SafeFileHandle? Look()
    {
        // Noted before it is read: what is written meanwhile is a change against this.
        var now = new FileInfo(folder.Logs);
        _seen = now.Exists ? (now.Length, now.LastWriteTimeUtc) : default;
        return LogLayer.Open(folder, folder.Logs);
    }
}

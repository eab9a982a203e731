using System.Buffers;
using System.Globalization;
using System.Text;

namespace OpenCode.Common;

/// <summary>Keeps the beginning and the end of a stream, within a limit of bytes.</summary>
/// <param name="limit">The most bytes kept; half for the beginning, half for the end.</param>
public sealed class BoundedOutput(int limit)
{
    private readonly ArrayBufferWriter<byte> _head = new();
    private readonly int _headLimit = limit / 2;
    private byte[]? _tail;
    private long _tailWritten;

    /// <summary>All bytes that came.</summary>
    public long Total { get; private set; }

    /// <summary>True when bytes were left out.</summary>
    public bool Truncated => _tail is not null && _tailWritten > _tail.Length;

    /// <summary>Takes bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Total += bytes.Length;
        var first = (int)Math.Min(bytes.Length, _headLimit - _head.WrittenCount);
        _head.Write(bytes[..first]);
        bytes = bytes[first..];
        if (bytes.IsEmpty)
        {
            return;
        }

        _tail ??= new byte[limit - _headLimit];
        if (bytes.Length > _tail.Length)
        {
            _tailWritten += bytes.Length - _tail.Length;
            bytes = bytes[^_tail.Length..];
        }

        var at = (int)(_tailWritten % _tail.Length);
        var upToEnd = Math.Min(bytes.Length, _tail.Length - at);
        bytes[..upToEnd].CopyTo(_tail.AsSpan(at));
        bytes[upToEnd..].CopyTo(_tail);
        _tailWritten += bytes.Length;
    }

    /// <summary>Counts bytes between beginning and end that are left out unread. At least as many as are kept of the end have to follow.</summary>
    public void Skip(long count)
    {
        Total += count;
        _tail ??= new byte[limit - _headLimit];
        _tailWritten += count;
    }

    /// <summary>The text that was kept, as UTF-8; where bytes were left out, a line says how many.</summary>
    public override string ToString()
    {
        if (_tail is null)
        {
            return Encoding.UTF8.GetString(_head.WrittenSpan);
        }

        if (!Truncated)
        {
            return Encoding.UTF8.GetString([.. _head.WrittenSpan, .. _tail.AsSpan(0, (int)_tailWritten)]);
        }

        var at = (int)(_tailWritten % _tail.Length);
        byte[] tail = [.. _tail.AsSpan(at), .. _tail.AsSpan(0, at)];
        var left = string.Create(CultureInfo.InvariantCulture, $"\n[… {_tailWritten - _tail.Length} bytes left out …]\n");
        return Encoding.UTF8.GetString(_head.WrittenSpan) + left + Encoding.UTF8.GetString(tail);
    }
}

using System.Buffers.Binary;
using System.Text;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>A frame being written: its length, then numbers (little endian) and texts with their lengths, one after the other. Used again for the next one.</summary>
internal sealed class FrameWriter
{
    /// <summary>What the length of a frame takes.</summary>
    public const int Prefix = 4;

    /// <summary>The length of a text, or the count of a list, that is not there.</summary>
    internal const int None = -1;

    private byte[] _bytes = new byte[4096];
    private int _length = Prefix;

    /// <summary>How long the frame is by now.</summary>
    public int Length => _length;

    /// <summary>Begins a new frame.</summary>
    public FrameWriter Begin()
    {
        _length = Prefix;
        return this;
    }

    /// <summary>Takes back what was written beyond a length.</summary>
    public void CutTo(int length) => _length = length;

    /// <summary>The frame, with its length.</summary>
    public ReadOnlySpan<byte> End()
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes, _length - Prefix);
        return _bytes.AsSpan(0, _length);
    }

    /// <summary>What was written from a place on.</summary>
    public ReadOnlySpan<byte> From(int start) => _bytes.AsSpan(start, _length - start);

    public void Byte(byte value)
    {
        Room(1)[0] = value;
        _length++;
    }

    /// <summary>Writes over a byte that was written.</summary>
    public void Byte(int at, byte value) => _bytes[at] = value;

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Number(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Room(8), value);
        _length += 8;
    }

    public void Number(long? value)
    {
        Flag(value is not null);
        if (value is { } number)
        {
            Number(number);
        }
    }

    public void Time(DateTimeOffset value)
    {
        Number(value.Ticks);
        Number(value.Offset.Ticks);
    }

    public void Time(DateTimeOffset? value)
    {
        Flag(value is not null);
        if (value is { } time)
        {
            Time(time);
        }
    }

    public void Text(string? value)
    {
        if (value is null)
        {
            Count(None);
            return;
        }

        var span = Room(4 + Encoding.UTF8.GetMaxByteCount(value.Length));
        var length = Encoding.UTF8.GetBytes(value, span[4..]);
        BinaryPrimitives.WriteInt32LittleEndian(span, length);
        _length += 4 + length;
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Room(value.Length));
        _length += value.Length;
    }

    /// <summary>Writes a list.</summary>
    public void List<T>(IReadOnlyList<T> list, Action<FrameWriter, T> put)
    {
        Count(list.Count);
        for (var i = 0; i < list.Count; i++)
        {
            put(this, list[i]);
        }
    }

    /// <summary>Writes something that may not be there.</summary>
    public void Optional<T>(T? value, Action<FrameWriter, T> put)
        where T : class
    {
        Flag(value is not null);
        if (value is not null)
        {
            put(this, value);
        }
    }

    private void Count(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Room(4), value);
        _length += 4;
    }

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        }

        return _bytes.AsSpan(_length);
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>A frame being written: its length, then numbers (little endian), and texts and JSON with their lengths. Used again for the next one.</summary>
internal sealed class FrameWriter : IBufferWriter<byte>, IDisposable
{
    /// <summary>What the length of a frame takes.</summary>
    public const int Prefix = 4;

    private readonly Utf8JsonWriter _json;
    private byte[] _bytes = new byte[4096];
    private int _length = Prefix;

    public FrameWriter() => _json = new Utf8JsonWriter(this);

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

    public void Number(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Room(8), value);
        _length += 8;
    }

    public void Text(string value)
    {
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

    /// <summary>Writes a value as JSON.</summary>
    public void Json<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        var at = _length;
        Room(4);
        _length += 4;
        _json.Reset();
        write(_json, state);
        _json.Flush();
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(at), _length - at - 4);
    }

    public void Dispose() => _json.Dispose();

    void IBufferWriter<byte>.Advance(int count) => _length += count;

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint)
    {
        Room(Math.Max(sizeHint, 256));
        return _bytes.AsMemory(_length);
    }

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => ((IBufferWriter<byte>)this).GetMemory(sizeHint).Span;

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        }

        return _bytes.AsSpan(_length);
    }
}

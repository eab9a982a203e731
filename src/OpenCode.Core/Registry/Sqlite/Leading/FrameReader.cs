using System.Buffers.Binary;
using System.Text;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>Reads what <see cref="FrameWriter"/> wrote. What is not there is an <see cref="InvalidDataException"/>.</summary>
internal ref struct FrameReader(ReadOnlySpan<byte> frame)
{
    private ReadOnlySpan<byte> _rest = frame;

    /// <summary>What was not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte Byte() => Take(1)[0];

    public long Number() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public string Text() => Encoding.UTF8.GetString(Part());

    /// <summary>A part with its length before it.</summary>
    public ReadOnlySpan<byte> Part()
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(Take(4));
        return Take(length);
    }

    public ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_rest.Length)
        {
            throw new InvalidDataException("A frame between two processes is shorter than it says.");
        }

        var part = _rest[..count];
        _rest = _rest[count..];
        return part;
    }
}

using System.Buffers.Binary;
using System.Text;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>Reads what <see cref="FrameWriter"/> wrote, in the same order. What is not there is an <see cref="InvalidDataException"/>.</summary>
internal ref struct FrameReader(ReadOnlySpan<byte> frame)
{
    private ReadOnlySpan<byte> _rest = frame;

    /// <summary>Reads a member of a list, or what may not be there.</summary>
    public delegate T Reading<T>(ref FrameReader reader);

    /// <summary>What was not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte Byte() => Take(1)[0];

    public bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        var other => throw new InvalidDataException($"A frame between two processes says {other} where it can say yes or no."),
    };

    public long Number() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public long? OptionalNumber() => Flag() ? Number() : null;

    public int Int() => Number() is >= int.MinValue and <= int.MaxValue and var number ? (int)number : throw new InvalidDataException("A frame between two processes has a number that is too large.");

    public int? OptionalInt() => Flag() ? Int() : null;

    public DateTimeOffset Time()
    {
        try
        {
            return new(Number(), new TimeSpan(Number()));
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException("A frame between two processes has a time that is none.", e);
        }
    }

    public DateTimeOffset? OptionalTime() => Flag() ? Time() : null;

    public TimeSpan Span() => new(Number());

    public TimeSpan? OptionalSpan() => Flag() ? Span() : null;

    public string Text() => OptionalText() ?? throw new InvalidDataException("A frame between two processes lacks a text.");

    public string? OptionalText()
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(Take(4));
        return length == FrameWriter.None ? null : Encoding.UTF8.GetString(Take(length));
    }

    /// <summary>Reads a list.</summary>
    public T[] List<T>(Reading<T> take)
    {
        var count = BinaryPrimitives.ReadInt32LittleEndian(Take(4));
        if ((uint)count > (uint)_rest.Length)
        {
            throw new InvalidDataException("A frame between two processes is shorter than it says."); // each takes a byte at least
        }

        T[] list = count == 0 ? [] : new T[count];
        for (var i = 0; i < count; i++)
        {
            list[i] = take(ref this);
        }

        return list;
    }

    /// <summary>Reads something that may not be there.</summary>
    public T? Optional<T>(Reading<T> take)
        where T : class => Flag() ? take(ref this) : null;

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

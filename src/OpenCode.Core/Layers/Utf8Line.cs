using System.Globalization;
using System.Text;

namespace OpenCode.Layers;

/// <summary>Puts a line together in a buffer that is known to be long enough.</summary>
internal ref struct Utf8Line(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    /// <summary>How many bytes are there.</summary>
    public int Length { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer[Length..]);
        Length += bytes.Length;
    }

    public void Add(string text) => Length += Encoding.UTF8.GetBytes(text, _buffer[Length..]);

    public void Add(long number)
    {
        _ = number.TryFormat(_buffer[Length..], out var written, default, CultureInfo.InvariantCulture);
        Length += written;
    }

    /// <summary>As <see cref="Words.Of(DateTimeOffset)"/>.</summary>
    public void Add(DateTimeOffset time)
    {
        // The round-trip form has a fast way in .NET that a form of one's own has not; it is the same but for four more digits.
        _ = time.UtcDateTime.TryFormat(_buffer[Length..], out _, "O", CultureInfo.InvariantCulture);
        Length += "yyyy-MM-ddTHH:mm:ss.fff".Length;
        Add("Z"u8);
    }
}

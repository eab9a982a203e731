using Microsoft.Win32.SafeHandles;

namespace OpenCode.Layers;

/// <summary>Reads the lines of a part of a file through one buffer. A line without a line break at the end is still being written, and is not a line.</summary>
/// <param name="file">The file.</param>
/// <param name="from">Where to begin.</param>
/// <param name="to">Where to stop reading.</param>
/// <param name="capacity">The size of the buffer to begin with.</param>
internal ref struct LineReader(SafeFileHandle file, long from, long to, int capacity = LineReader.Capacity)
{
    /// <summary>A buffer for a whole log.</summary>
    public const int Capacity = 256 * 1024;

    private byte[] _buffer = new byte[capacity];
    private long _next = from;
    private int _start;
    private int _end;

    /// <summary>The next line without its line break; valid until the next call.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            var rest = _buffer.AsSpan(_start, _end - _start);
            var at = rest.IndexOf((byte)'\n');
            if (at >= 0)
            {
                line = rest[..at];
                _start += at + 1;
                return true;
            }

            if (!Fill())
            {
                line = default;
                return false;
            }
        }
    }

    private bool Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var wanted = (int)Math.Min(_buffer.Length - _end, to - _next);
        var read = wanted <= 0 ? 0 : RandomAccess.Read(file, _buffer.AsSpan(_end, wanted), _next);
        _next += read;
        _end += read;
        return read > 0;
    }
}

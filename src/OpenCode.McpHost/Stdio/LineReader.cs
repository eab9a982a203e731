namespace OpenCode.McpHost.Stdio;

/// <summary>Reads lines of bytes, none longer than a limit. Blocks the thread it is called on.</summary>
/// <param name="input">Where from.</param>
/// <param name="limit">The most bytes of a line.</param>
internal sealed class LineReader(Stream input, int limit)
{
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;
    private bool _atEnd;

    /// <summary>Reads the next line; null at the end of the input. The bytes are good until the next call.</summary>
    public Line? Read()
    {
        var seen = 0;
        var cut = false;
        while (true)
        {
            var found = _buffer.AsSpan(_start + seen, _end - _start - seen).IndexOf((byte)'\n');
            if (found >= 0)
            {
                var length = seen + found;
                var line = new Line(_buffer.AsMemory(_start, Math.Min(length, limit)), cut || length > limit);
                _start += length + 1;
                return line;
            }

            seen = _end - _start;
            if (_atEnd)
            {
                var rest = seen == 0 ? (Line?)null : new Line(_buffer.AsMemory(_start, Math.Min(seen, limit)), cut);
                _start = _end;
                return rest;
            }

            if (seen > limit)
            {
                // The beginning is kept, to find out who asked; the rest of the line is read and forgotten.
                cut = true;
                seen = limit;
                _end = _start + limit;
            }

            Fill();
        }
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(_buffer.Length * 2L, limit + 64L * 1024));
        }

        var count = input.Read(_buffer.AsSpan(_end));
        _end += count;
        _atEnd = count == 0;
    }
}

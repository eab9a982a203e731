using System.Runtime.InteropServices;
using Docker.DotNet;

namespace OpenCode.Sandboxes.Docker.Runners;

/// <summary>A started command of the engine as one stream: what is written is its input, what is read its output. What it says on standard error is kept, for the case that it says nothing else.</summary>
internal sealed class EngineStream(MultiplexedStream inner) : Stream
{
    private const int MostSaid = 1024;

    private readonly MemoryStream _said = new();

    /// <summary>The beginning of its standard error.</summary>
    public string Said => System.Text.Encoding.UTF8.GetString(_said.ToArray());

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var (array, offset, count) = Array(buffer);
        while (true)
        {
            var read = await inner.ReadOutputAsync(array, offset, count, cancellationToken).ConfigureAwait(false);
            if (read.EOF || read.Target != MultiplexedStream.TargetStream.StandardError)
            {
                return read.EOF ? 0 : read.Count;
            }

            _said.Write(buffer.Span[..(int)Math.Min(read.Count, MostSaid - _said.Length)]);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var (array, offset, count) = Array(buffer);
        return new(inner.WriteAsync(array, offset, count, cancellationToken));
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>The engine's client takes arrays only, and so does whoever uses this.</summary>
    private static (byte[] Array, int Offset, int Count) Array(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out var segment) ? (segment.Array!, segment.Offset, segment.Count) : throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            _said.Dispose();
        }

        base.Dispose(disposing);
    }
}

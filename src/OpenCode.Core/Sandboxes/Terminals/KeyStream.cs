using System.IO.Pipes;
using OpenCode.Common;

namespace OpenCode.Sandboxes.Terminals;

/// <summary>The terminal's keys. A read that is given up takes no key: the next program at the terminal gets it.</summary>
/// <param name="gone">Told when the terminal is gone.</param>
internal sealed class KeyStream(Action gone) : Stream
{
    private readonly AnonymousPipeServerStream _wake = new(PipeDirection.Out, HandleInheritability.None);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Task.Run(() => Read(buffer.Span, cancellationToken), cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count), CancellationToken.None);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _wake.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Read(Span<byte> buffer, CancellationToken cancellationToken)
    {
        using var waking = cancellationToken.UnsafeRegister(static pipe => ((Stream)pipe!).WriteByte(0), _wake);
        var read = NativeTerminal.Read(buffer, _wake.ClientSafePipeHandle);
        if (read < 0)
        {
            throw new OperationCanceledException(cancellationToken);
        }

        if (read == 0)
        {
            gone();
        }

        return read;
    }
}

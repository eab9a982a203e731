using System.Buffers.Binary;
using System.Net.Sockets;
using OpenCode.Common;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>Frames over a local stream.</summary>
/// <param name="socket">The stream; closed with this.</param>
/// <param name="most">The longest frame to take, in bytes.</param>
internal sealed class FrameSocket(Socket socket, int most) : IDisposable
{
    private byte[] _bytes = new byte[8192];
    private int _from;
    private int _until;

    /// <summary>For waiting.</summary>
    public NativeStream.Watched Watched { get; } = new((int)socket.Handle);

    /// <summary>Waits until something has come; false when the limit has passed.</summary>
    /// <param name="limit">In milliseconds; -1 waits for ever.</param>
    public bool Wait(int limit)
    {
        Span<NativeStream.Watched> watched = [Watched];
        return NativeStream.Wait(watched, limit);
    }

    /// <summary>Takes what has come, or waits for it. False when the other side has ended.</summary>
    /// <exception cref="IOException">The stream is broken.</exception>
    public bool Receive()
    {
        if (_from == _until)
        {
            _from = _until = 0;
        }
        else if (_until == _bytes.Length)
        {
            var room = _from > 0 ? _bytes : new byte[_bytes.Length * 2];
            _bytes.AsSpan(_from, _until - _from).CopyTo(room);
            (_bytes, _from, _until) = (room, 0, _until - _from);
        }

        var count = NativeStream.Receive(socket.SafeHandle, _bytes.AsSpan(_until));
        _until += count;
        return count > 0;
    }

    /// <summary>The next frame that is whole.</summary>
    /// <exception cref="InvalidDataException">It is longer than any may be.</exception>
    public bool TryRead(out ReadOnlySpan<byte> frame)
    {
        frame = default;
        if (_until - _from < FrameWriter.Prefix)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(_from));
        if ((uint)length > (uint)most)
        {
            throw new InvalidDataException("A frame between two processes is longer than any may be.");
        }

        if (_until - _from - FrameWriter.Prefix < length)
        {
            return false;
        }

        frame = _bytes.AsSpan(_from + FrameWriter.Prefix, length);
        _from += FrameWriter.Prefix + length;
        return true;
    }

    /// <summary>Sends a frame. There is room for one: each side waits for the other's before it sends the next.</summary>
    /// <exception cref="IOException">The stream is broken, or takes no more.</exception>
    public void Send(ReadOnlySpan<byte> frame)
    {
        while (frame.Length > 0)
        {
            frame = frame[NativeStream.Send(socket.SafeHandle, frame)..];
        }
    }

    /// <summary>Ends the stream for both sides, from any thread.</summary>
    public void End()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has ended.
        }
    }

    public void Dispose() => socket.Dispose();
}

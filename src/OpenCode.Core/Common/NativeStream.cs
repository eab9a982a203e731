using System.Runtime.InteropServices;

namespace OpenCode.Common;

/// <summary>
/// poll(2), recv(2) and send(2), where a thread does nothing but wait for a local stream. .NET's own calls with a limit wait for another thread that waits for the system, which has to be
/// woken in between. Only where <see cref="Native.IsUnix"/>.
/// </summary>
internal static partial class NativeStream
{
    /// <summary>Something can be received, the other side has ended, or the stream is broken.</summary>
    public const short Readable = 0x1; // POLLIN, the same on Linux and macOS

    private const int Interrupted = 4; // EINTR

    private static readonly int WithoutWaiting = OperatingSystem.IsMacOS() ? 0x80 : 0x40; // MSG_DONTWAIT

    /// <summary>Waits until one of the streams is readable.</summary>
    /// <param name="streams">The streams; says which ones afterwards.</param>
    /// <param name="limit">In milliseconds; -1 waits for ever.</param>
    /// <returns>False when the limit has passed.</returns>
    /// <exception cref="IOException">The system refuses.</exception>
    public static bool Wait(Span<Watched> streams, int limit)
    {
        var until = Environment.TickCount64 + limit;
        while (true)
        {
            var count = Poll(ref MemoryMarshal.GetReference(streams), (nuint)streams.Length, limit);
            if (count >= 0)
            {
                return count > 0;
            }

            Check("poll");
            limit = limit < 0 ? limit : (int)Math.Max(0, until - Environment.TickCount64);
        }
    }

    /// <summary>Takes what is there, and waits for it when nothing is; 0 when the other side has ended.</summary>
    /// <exception cref="IOException">The stream is broken.</exception>
    public static int Receive(SafeHandle stream, Span<byte> bytes)
    {
        while (true)
        {
            var count = Receive(stream, ref MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, 0);
            if (count >= 0)
            {
                return (int)count;
            }

            Check("recv");
        }
    }

    /// <summary>Sends as much as the stream takes without waiting.</summary>
    /// <exception cref="IOException">The stream is broken, or takes nothing.</exception>
    public static int Send(SafeHandle stream, ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            // Nobody is killed by a stream that has ended: .NET ignores SIGPIPE.
            var count = Send(stream, ref MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, WithoutWaiting);
            if (count >= 0)
            {
                return (int)count;
            }

            Check("send");
        }
    }

    private static void Check(string call)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error != Interrupted)
        {
            throw new IOException($"{call} failed: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Poll(ref Watched streams, nuint count, int limit);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Receive(SafeHandle stream, ref byte bytes, nuint count, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Send(SafeHandle stream, ref readonly byte bytes, nuint count, int flags);

    /// <summary>A stream that is waited for (struct pollfd).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Watched(int descriptor)
    {
        private readonly int _descriptor = descriptor;
        private readonly short _wanted = Readable;
        private readonly short _come;

        /// <summary>True when it is readable, has ended or is broken.</summary>
        public readonly bool HasCome => _come != 0;
    }
}

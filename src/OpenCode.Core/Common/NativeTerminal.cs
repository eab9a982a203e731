using System.Runtime.InteropServices;

namespace OpenCode.Common;

/// <summary>The system calls about a terminal. Linux only: elsewhere a call with a varying number of arguments, which asking for the window's size is, cannot be made like one with three.</summary>
internal static partial class NativeTerminal
{
    public const int Input = 0;
    public const int Output = 1;

    /// <summary>More than a termios of any C library.</summary>
    private const int SettingsSize = 256;

    private const int Now = 0; // TCSANOW
    private const int AfterOutput = 1; // TCSADRAIN
    private const int Interrupted = 4; // EINTR
    private const int Broken = 5; // EIO: the terminal is gone

    /// <summary>True when standard input and output are a terminal.</summary>
    public static bool IsThere() => IsTerminal(Input) == 1 && IsTerminal(Output) == 1;

    /// <summary>The terminal's settings, to be given back.</summary>
    /// <exception cref="IOException">It is no terminal.</exception>
    public static byte[] Settings()
    {
        var settings = new byte[SettingsSize];
        return GetAttributes(Input, settings) == 0 ? settings : throw Failed("read");
    }

    /// <summary>Every key as it is pressed, and nothing shown or translated by the terminal itself.</summary>
    public static void MakeRaw(byte[] settings)
    {
        var raw = (byte[])settings.Clone();
        Raw(raw);
        if (SetAttributes(Input, AfterOutput, raw) != 0)
        {
            throw Failed("changed");
        }
    }

    /// <summary>Gives settings back. Does not fail: a terminal that is gone has none.</summary>
    public static void Restore(byte[] settings) => _ = SetAttributes(Input, Now, settings);

    /// <summary>The window's columns and rows; null when it says none.</summary>
    public static unsafe (int Columns, int Rows)? WindowSize()
    {
        const nuint AskSize = 0x5413; // TIOCGWINSZ
        var size = stackalloc ushort[4]; // rows, columns, and both in pixels
        return Control(Output, AskSize, size) == 0 && size[0] > 0 && size[1] > 0 ? (size[1], size[0]) : null;
    }

    /// <summary>Waits for keys, and reads them.</summary>
    /// <param name="buffer">Takes them.</param>
    /// <param name="wake">A pipe's end for reading; something in it ends the wait.</param>
    /// <returns>How many bytes; 0 when the terminal is gone; -1 when it was woken.</returns>
    public static unsafe int Read(Span<byte> buffer, SafeHandle wake)
    {
        const short Readable = 1; // POLLIN
        var polled = stackalloc Poll[2];
        while (true)
        {
            polled[0] = new Poll { Descriptor = Input, Events = Readable };
            polled[1] = new Poll { Descriptor = (int)wake.DangerousGetHandle(), Events = Readable };
            if (PollAll(polled, 2, -1) < 0)
            {
                if (Marshal.GetLastPInvokeError() == Interrupted)
                {
                    continue;
                }

                throw Failed("waited for");
            }

            if (polled[1].Returned != 0)
            {
                return -1;
            }

            fixed (byte* at = buffer)
            {
                var read = (int)ReadBytes(Input, at, (nuint)buffer.Length);
                if (read >= 0 || Marshal.GetLastPInvokeError() == Broken)
                {
                    return Math.Max(read, 0);
                }

                if (Marshal.GetLastPInvokeError() != Interrupted)
                {
                    throw Failed("read");
                }
            }
        }
    }

    /// <summary>Writes all bytes, as they are.</summary>
    public static unsafe void Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var written = (int)WriteBytes(Output, start + done, (nuint)(bytes.Length - done));
                if (written >= 0)
                {
                    done += written;
                }
                else if (Marshal.GetLastPInvokeError() != Interrupted)
                {
                    throw Failed("written");
                }
            }
        }
    }

    private static IOException Failed(string what) => new($"The terminal could not be {what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [StructLayout(LayoutKind.Sequential)]
    private struct Poll
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "isatty", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int IsTerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetAttributes(int descriptor, [In, Out] byte[] settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetAttributes(int descriptor, int when, [In] byte[] settings);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void Raw([In, Out] byte[] settings);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int Control(int descriptor, nuint request, ushort* size);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int PollAll(Poll* polled, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial nint ReadBytes(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial nint WriteBytes(int descriptor, byte* buffer, nuint count);
}

using System.Runtime.InteropServices;

namespace OpenCode.McpHost.Stdio;

/// <summary>Knows whether standard output takes some bytes at once. A client that writes requests and reads no answers must not bring the reading to a stop.</summary>
internal static partial class OutputRoom
{
    private const int StandardOutput = 1;
    private const short Writable = 4; // POLLOUT

    /// <summary>A page: what Linux says is writable takes so much, a pipe or a socket alike.</summary>
    private const int AtOnce = 4096;

    /// <summary>True when so many bytes can be written without waiting; false where that is not known.</summary>
    public static bool Takes(int bytes)
    {
        if (bytes > AtOnce || !OperatingSystem.IsLinux())
        {
            return false;
        }

        var asked = new Descriptor { Number = StandardOutput, Events = Writable };
        return Poll(ref asked, 1, 0) == 1 && asked.Happened == Writable;
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Poll(ref Descriptor descriptors, nuint count, int milliseconds);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Descriptor
    {
        public int Number;
        public short Events;
        public short Happened;
    }
}

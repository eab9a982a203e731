using System.Runtime.InteropServices;

namespace OpenCode.Bench;

/// <summary>Files as a C program writes them. Where there is no such libc, .NET's own calls stand in.</summary>
internal static partial class RawFiles
{
    private const int WriteOnly = 1;

    private static readonly int Append = OperatingSystem.IsMacOS() ? 8 : 0x400; // O_APPEND

    /// <summary>True where the limit is measured with the system's own calls.</summary>
    public static bool IsNative { get; } = OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    /// <summary>open, write, close.</summary>
    /// <param name="path">The file, which is there, as UTF-8 with a zero at its end.</param>
    /// <param name="text">The same path for systems without libc.</param>
    /// <param name="bytes">What is appended.</param>
    public static unsafe void AppendOnce(ReadOnlySpan<byte> path, string text, ReadOnlySpan<byte> bytes)
    {
        if (!IsNative)
        {
            using var stream = new FileStream(text, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 0);
            stream.Write(bytes);
            return;
        }

        fixed (byte* name = path)
        fixed (byte* data = bytes)
        {
            var file = Open(name, WriteOnly | Append);
            if (file < 0 || Write(file, data, bytes.Length) != bytes.Length || Close(file) != 0)
            {
                throw new IOException($"'{text}' could not be appended to.");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial nint Write(int file, byte* bytes, nint count);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int file);
}

using System.Runtime.InteropServices;

namespace OpenCode.Bench;

/// <summary>A lock file as a C program uses it: flock(2), waiting in the call.</summary>
internal sealed partial class RawFlock : IDisposable
{
    private const int Exclusive = 2;
    private const int Unlock = 8;
    private const int ReadWrite = 2;

    private readonly int _file;

    public RawFlock(string path)
    {
        using (File.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
        }

        _file = Open(path, ReadWrite);
        if (_file < 0)
        {
            throw new IOException($"'{path}' could not be opened.");
        }
    }

    /// <summary>True where there is such a call.</summary>
    public static bool IsThere => RawFiles.IsNative;

    public void Enter()
    {
        while (Flock(_file, Exclusive) != 0)
        {
            // A signal; there is no other reason on a local file.
        }
    }

    public void Leave() => _ = Flock(_file, Unlock);

    public void Dispose() => _ = Close(_file);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flock(int file, int operation);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int file);
}

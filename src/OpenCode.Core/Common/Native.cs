using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpenCode.Common;

/// <summary>The few system calls that .NET has no name for. Every use is guarded by <see cref="IsUnix"/> and has another way where they are not there.</summary>
internal static partial class Native
{
    public const int LockExclusive = 2;
    public const int LockWithoutWaiting = 4;
    public const int Unlock = 8;

    private const int Interrupted = 4; // EINTR, the same on Linux and macOS

    /// <summary>True where <c>flock</c> and <c>O_APPEND</c> are those of Linux or macOS.</summary>
    public static bool IsUnix { get; } = OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    /// <summary>Takes or gives back an advisory lock (flock(2)); false when another open file has it and the operation does not wait.</summary>
    /// <exception cref="IOException">The system refuses for another reason, such as a file system without locks.</exception>
    public static bool FileLock(SafeFileHandle file, int operation)
    {
        while (Flock(file, operation) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == Interrupted)
            {
                continue;
            }

            // EWOULDBLOCK is 11 on Linux and 35 on macOS.
            if ((operation & LockWithoutWaiting) != 0 && error is 11 or 35)
            {
                return false;
            }

            throw new IOException($"flock failed: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        return true;
    }

    /// <summary>
    /// Opens a file that is there, to be locked by <see cref="FileLock"/>. Not File.OpenHandle: whatever sharing it is given, it takes
    /// flock(LOCK_SH) without waiting, and fails with a sharing violation while another process holds the lock this file is for.
    /// </summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle OpenForLock(string path) => TryOpen(path)
        ?? throw new IOException($"The file could not be opened: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    /// <summary>Opens a file that is there for reading and writing, by one system call; null when it cannot be opened.</summary>
    public static SafeFileHandle? TryOpen(string path)
    {
        const int ReadWrite = 2; // O_RDWR
        var closeOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000; // O_CLOEXEC
        var descriptor = Open(path, ReadWrite | closeOnExec);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
    }

    /// <summary>
    /// Makes a file that is not there and opens it for writing, by one system call; null when that is not possible, or not on Linux: elsewhere
    /// a system call with a varying number of arguments cannot be called like one with three. File.OpenHandle asks for the file's kind
    /// and takes and gives back an advisory lock, which cost as much as making the file.
    /// </summary>
    public static SafeFileHandle? TryCreate(string path)
    {
        const int WriteOnlyNew = 0x1 | 0x40 | 0x80 | 0x80000; // O_WRONLY, O_CREAT, O_EXCL (follows no link), O_CLOEXEC
        const uint OwnerGroupOthers = 0x1B6; // rw-rw-rw-, less what the umask takes away: what .NET asks for
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var descriptor = Create(path, WriteOnlyNew, OwnerGroupOthers);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
    }

    /// <summary>Opens a file for reading where somebody else may put a link or a pipe at any moment: neither is followed or waited for. Null when there is nothing.</summary>
    /// <exception cref="IOException">It is a link, or cannot be opened.</exception>
    public static SafeFileHandle? TryOpenPlain(string path)
    {
        if (!IsUnix)
        {
            return !File.Exists(path) ? null
                : new FileInfo(path).LinkTarget is null ? File.OpenHandle(path)
                : throw new IOException($"The file '{path}' is a link, and is not followed.");
        }

        // O_NOFOLLOW is one of the few flags whose number depends on the processor.
        var arm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
        var flags = OperatingSystem.IsMacOS() ? 0x1000000 | 0x100 | 0x4 : 0x80000 | (arm ? 0x8000 : 0x20000) | 0x800; // O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        var descriptor = Open(path, flags);
        if (descriptor >= 0)
        {
            return new SafeFileHandle(descriptor, ownsHandle: true);
        }

        var error = Marshal.GetLastPInvokeError();
        return error == 2 // ENOENT
            ? null
            : throw new IOException($"The file '{path}' could not be opened without following a link: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>False for what is open and no file: a folder, a pipe, a socket, a device.</summary>
    public static unsafe bool IsPlainFile(SafeFileHandle handle)
    {
        if (OperatingSystem.IsLinux())
        {
            const int EmptyPath = 0x1000; // AT_EMPTY_PATH: about the descriptor itself
            const uint Type = 1; // STATX_TYPE
            const int ModeAt = 28; // stx_mode, the same on every processor, which is not so for stat(2)
            const int Kind = 0xF000, Plain = 0x8000; // S_IFMT, S_IFREG
            var answer = stackalloc byte[256];
            try
            {
                if (StatX(handle, "", EmptyPath, Type, answer) == 0)
                {
                    return (*(ushort*)(answer + ModeAt) & Kind) == Plain;
                }
            }
            catch (EntryPointNotFoundException)
            {
                // An old C library.
            }
        }

        try
        {
            return RandomAccess.GetLength(handle) >= 0;
        }
        catch (Exception e) when (e is NotSupportedException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>What a path takes on the disk, how many names it has and which file it is; a link itself, not what it points at. Null where it cannot be asked.</summary>
    public static unsafe (long Bytes, uint Links, (uint Major, uint Minor, ulong Node) File)? TryStat(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        const int Here = -100; // AT_FDCWD
        const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
        const uint Wanted = 0x4 | 0x100 | 0x400; // STATX_NLINK, STATX_INO, STATX_BLOCKS
        const int LinksAt = 16, NodeAt = 32, BlocksAt = 48, DeviceAt = 136; // the same on every processor
        const int BlockSize = 512;
        var answer = stackalloc byte[256];
        try
        {
            return StatXAt(Here, path, NoFollow, Wanted, answer) == 0
                ? (*(long*)(answer + BlocksAt) * BlockSize, *(uint*)(answer + LinksAt), (*(uint*)(answer + DeviceAt), *(uint*)(answer + DeviceAt + 4), *(ulong*)(answer + NodeAt)))
                : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // an old C library
        }
    }

    /// <summary>False when there is surely no process of an id (kill(2) with no signal says ESRCH). A process of another user is there, whatever may be seen of it.</summary>
    public static bool ProcessMayExist(int processId) => Kill(processId, 0) == 0 || Marshal.GetLastPInvokeError() != 3; // ESRCH, the same on Linux and macOS

    /// <summary>Flushes a folder's entries to disk (fsync(2)), so that a rename in it survives power loss.</summary>
    public static void FlushFolder(string path)
    {
        if (!IsUnix)
        {
            return; // Windows journals renames; there is no call to flush a folder.
        }

        var descriptor = Open(path, 0);
        if (descriptor < 0)
        {
            throw new IOException($"The folder '{path}' could not be opened to be flushed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }

        using var folder = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Fsync(folder) != 0)
        {
            throw new IOException($"The folder '{path}' could not be flushed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flock(SafeFileHandle descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int StatX(SafeFileHandle descriptor, string path, int flags, uint mask, byte* answer);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int StatXAt(int folder, string path, int flags, uint mask, byte* answer);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fsync(SafeFileHandle descriptor);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Create(string path, int flags, uint mode);
}

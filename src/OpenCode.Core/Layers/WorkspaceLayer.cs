using System.Globalization;
using Microsoft.Win32.SafeHandles;
using OpenCode.Common;

namespace OpenCode.Layers;

/// <summary>
/// <c>workspace/</c>, read from outside. The sandbox writes there at any moment, so nothing on the way is trusted: no link is followed, no pipe is waited for, and what
/// was opened is looked at once more by its handle, where the system can say what that is.
/// </summary>
internal static class WorkspaceLayer
{
    /// <summary>The most bytes of a file that are read.</summary>
    public const int MostBytes = 1024 * 1024;

    /// <summary>The most entries of a folder that are listed.</summary>
    public const int MostEntries = 1000;

    /// <summary>The full path of something within the workspace.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: the path leads out of it, or is none.</exception>
    public static string PathOf(TaskFolder folder, string path)
    {
        var parts = path.Split('/');
        if (path.Length > 0 && parts.Any(part => part is "" or "." or ".." || part.AsSpan().ContainsAny('\0', '\\', ':')))
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The path '{path}' is not one within the workspace. Give names divided by '/', such as src/main.c.", path);
        }

        return path.Length == 0 ? folder.Workspace : Path.Combine([folder.Workspace, .. parts]);
    }

    /// <summary>Reads a file, or lists a folder; null when there is nothing.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: the path leads out of the workspace. AccessDenied: a link is on the way, or it is neither file nor folder. LimitExceeded: the file is too large.</exception>
    public static (byte[]? Bytes, IReadOnlyList<(string Name, long? Length)> Entries)? Read(TaskFolder folder, string path)
    {
        var full = PathOf(folder, path);
        try
        {
            CheckWay(folder, full, path);
            using var handle = Native.IsUnix ? Native.TryOpenPlain(full) : File.Exists(full) ? Native.TryOpenPlain(full) : null;
            if (handle is null)
            {
                return Directory.Exists(full) ? (null, List(full)) : null;
            }

            var actual = Place(handle);
            if (actual is not null && actual != Real(folder, full))
            {
                throw Refused(path);
            }

            if (actual is null ? Directory.Exists(full) : Directory.Exists(ByHandle(handle)))
            {
                return (null, List(actual is null ? full : ByHandle(handle)));
            }

            CheckWay(folder, full, path); // for systems that cannot tell the place of a handle
            return (Bytes(handle, path), []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // A link, a socket, a pipe, or a file that the sandbox has closed to everybody.
            throw new OpenCodeException(OpenCodeError.AccessDenied, $"'{path}' in the workspace is no plain file or folder that can be read: {e.Message}", path, e);
        }
    }

    private static void CheckWay(TaskFolder folder, string full, string path)
    {
        try
        {
            folder.Contained(full);
        }
        catch (OpenCodeException)
        {
            throw Refused(path);
        }
    }

    private static OpenCodeException Refused(string path) =>
        new(OpenCodeError.AccessDenied, $"'{path}' in the workspace is a link, or lies behind one; it was not followed. Read it with a command in the sandbox.", path);

    private static byte[] Bytes(SafeFileHandle handle, string path)
    {
        var length = RandomAccess.GetLength(handle);
        if (length > MostBytes)
        {
            throw new OpenCodeException(OpenCodeError.LimitExceeded, string.Create(CultureInfo.InvariantCulture, $"The file '{path}' has {length} bytes; the limit is {MostBytes}. Read a part of it with a command in the sandbox."), path);
        }

        var bytes = new byte[length];
        var read = LogLayer.ReadFully(handle, bytes, 0);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    private static List<(string Name, long? Length)> List(string folder) =>
    [
        .. new DirectoryInfo(folder).EnumerateFileSystemInfos()
            .Take(MostEntries)
            .Select(entry => (entry.Name + (entry is DirectoryInfo && entry.LinkTarget is null ? "/" : ""), entry is FileInfo { LinkTarget: null } file ? file.Length : (long?)null))
            .OrderBy(entry => entry.Item1, StringComparer.Ordinal),
    ];

    private static string ByHandle(SafeFileHandle handle) => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{handle.DangerousGetHandle()}");

    // Where what was opened really is. Only Linux tells.
    private static string? Place(SafeFileHandle handle) => OperatingSystem.IsLinux() ? new FileInfo(ByHandle(handle)).LinkTarget : null;

    // The task's folder is ours, but the data root may lie behind a link of the user's own.
    private static string? Real(TaskFolder folder, string full)
    {
        using var root = Native.TryOpenPlain(folder.Root);
        return root is null ? null : Place(root) + full[folder.Root.Length..];
    }
}

using System.Globalization;
using System.Runtime.InteropServices;
using Docker.DotNet.Models;

namespace OpenCode.Sandboxes.Docker;

/// <summary>Whom a sandbox's processes run as: never root, and somebody who may write in the workspace.</summary>
internal static partial class SandboxUser
{
    /// <summary>The first ordinary user of most systems; means nobody in particular inside an image.</summary>
    private const string Ordinary = "1000:1000";

    private const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;

    /// <summary>Decides on the user, and lets it write in the workspace.</summary>
    /// <param name="workspace">The folder; its parent is closed to everybody but us, so what is opened here is opened to the sandbox alone.</param>
    /// <param name="engine">What the engine says about itself.</param>
    /// <returns>The user as <c>uid:gid</c>.</returns>
    /// <exception cref="OpenCodeException">SandboxFailed: the workspace is missing, a link, or not ours.</exception>
    public static string Prepare(string workspace, SystemInfoResponse engine)
    {
        var folder = new DirectoryInfo(workspace);
        if (!Path.IsPathFullyQualified(workspace) || !folder.Exists)
        {
            throw new OpenCodeException(OpenCodeError.SandboxFailed, $"The workspace '{workspace}' is not there, or is no folder with a full path; it has to exist before its sandbox.", workspace);
        }

        // A link would mount whatever it points at, which may be anything on this machine.
        if (folder.LinkTarget is not null || folder.Attributes.HasFlag(FileAttributes.ReparsePoint))
        {
            throw new OpenCodeException(OpenCodeError.SandboxFailed, $"The workspace '{workspace}' is a link; only a real folder is given to a sandbox. Replace the link with the folder.", workspace);
        }

        var own = Number();
        // Rootless engines and user namespaces map ids: our number inside is another user outside.
        var mapped = engine.SecurityOptions?.Any(static option => option.Contains("name=rootless", StringComparison.Ordinal) || option.Contains("name=userns", StringComparison.Ordinal)) == true;
        if ((Current().User == 0 || mapped) && !OperatingSystem.IsWindows())
        {
            try
            {
                File.SetUnixFileMode(workspace, Everybody);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new OpenCodeException(OpenCodeError.SandboxFailed, $"The workspace '{workspace}' cannot be opened to the sandbox's user {own}: {e.Message}", workspace, e);
            }
        }

        return own;
    }

    /// <summary>The user as <c>uid:gid</c>.</summary>
    public static string Number()
    {
        var (user, group) = Current();
        return user is null or 0 ? Ordinary : string.Create(CultureInfo.InvariantCulture, $"{user}:{group}");
    }

    /// <summary>Our effective user and group; nothing where the platform has no such numbers (Docker Desktop on Windows maps every user to the owner).</summary>
    private static (uint? User, uint Group) Current()
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
        {
            try
            {
                return (EffectiveUser(), EffectiveGroup());
            }
            catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
            {
                // A C library under another name: go on as if it were Windows.
            }
        }

        return (null, 0);
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getegid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint EffectiveGroup();
}

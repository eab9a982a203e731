using System.Runtime.InteropServices;

namespace OpenCode.Tests.LockTaker.Torture;

/// <summary>Stops processes and lets them go on. Where there are no such signals, nothing is stopped.</summary>
internal static partial class Signals
{
    public static bool Exist => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    public static bool Stop(int processId) => Send(processId, OperatingSystem.IsMacOS() ? 17 : 19);

    public static bool Continue(int processId) => Send(processId, OperatingSystem.IsMacOS() ? 19 : 18);

    /// <summary>False when the process is gone.</summary>
    private static bool Send(int processId, int signal) => Kill(processId, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int processId, int signal);
}

using System.Globalization;

namespace OpenCode.Common;

/// <summary>Which process this is, in terms another process can check: host, process id, and what makes the id unambiguous.</summary>
/// <param name="Host">The name of the machine.</param>
/// <param name="ProcessId">The process id.</param>
/// <param name="Started">When the process started: on Linux the boot id and the kernel's start tick, elsewhere the start time. Compared as text.</param>
public sealed record ProcessIdentity(string Host, int ProcessId, string Started)
{
    /// <summary>This process.</summary>
    public static ProcessIdentity Current { get; } = new(Environment.MachineName, Environment.ProcessId, StartedAt(Environment.ProcessId) ?? "");

    /// <summary>How this process is named to people, such as <c>operator (pid 42 on host)</c>.</summary>
    public string Describe() => string.Create(CultureInfo.InvariantCulture, $"pid {ProcessId} on {Host}");

    /// <summary>False when the process is known to be gone: same host, and no process of that id with that start.</summary>
    public bool MayLive() => !string.Equals(Host, Current.Host, StringComparison.Ordinal) || string.Equals(StartedAt(ProcessId), Started, StringComparison.Ordinal);

    private static string? StartedAt(int processId)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // Field 22 of /proc/<pid>/stat counts from boot; the command in field 2 may hold spaces and parentheses (proc(5)).
                var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return fields[0] is "Z" or "X" ? null : $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()}/{fields[19]}";
            }

            using var process = System.Diagnostics.Process.GetProcessById(processId);
            return process.HasExited ? null : process.StartTime.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // Gone, or not ours to look at: both say that no process of ours answers to this id.
            return null;
        }
    }
}

using System.Globalization;

namespace OpenCode.Common;

/// <summary>Which process this is, in terms another process can check: host, process id, and what makes the id unambiguous.</summary>
/// <param name="Host">The name of the machine.</param>
/// <param name="ProcessId">The process id.</param>
/// <param name="Started">
/// When and where the process started: on Linux the boot's id, the number of the namespace its process id belongs to, and the kernel's
/// start tick, parted by slashes; elsewhere the start time. Compared as text.
/// </param>
public sealed record ProcessIdentity(string Host, int ProcessId, string Started)
{
    /// <summary>This process.</summary>
    public static ProcessIdentity Current { get; } = new(Environment.MachineName, Environment.ProcessId, StartedAt(Environment.ProcessId) is { } started ? Place() + started : "");

    /// <summary>How this process is named to people, such as <c>operator (pid 42 on host)</c>.</summary>
    public string Describe() => string.Create(CultureInfo.InvariantCulture, $"pid {ProcessId} on {Host}");

    /// <summary>False when the process is known to be gone: it ran where this process runs, and no process of that id with that start is there.</summary>
    public bool MayLive() => MayLive(Current);

    /// <summary>
    /// False when the process is known to be gone. Process ids mean something only within one boot of one host and one namespace of ids; two machines
    /// may have the same name, and containers of one machine each count from 1. So whoever ran anywhere else than the asker may live.
    /// </summary>
    /// <param name="asker">The process that asks.</param>
    public bool MayLive(ProcessIdentity asker)
    {
        var place = Started.LastIndexOf('/') + 1;
        return this == asker
            || !string.Equals(Host, asker.Host, StringComparison.Ordinal)
            || !string.Equals(Started[..place], asker.Started[..(asker.Started.LastIndexOf('/') + 1)], StringComparison.Ordinal)
            || (StartedAt(ProcessId) is { } started ? string.Equals(started, Started[place..], StringComparison.Ordinal) : MayExist(ProcessId));
    }

    /// <summary>What process ids are counted in: nothing to say where start times are absolute.</summary>
    private static string Place()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "";
        }

        try
        {
            var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            return $"{boot}/{File.ResolveLinkTarget("/proc/self/ns/pid", false)?.Name}/";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A place nobody else has: what cannot be told apart is not taken for dead.
            return $"{Guid.NewGuid():N}/";
        }
    }

    private static bool MayExist(int processId)
    {
        if (Native.IsUnix)
        {
            return Native.ProcessMayExist(processId);
        }

        try
        {
            System.Diagnostics.Process.GetProcessById(processId).Dispose();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string? StartedAt(int processId)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // Field 22 of /proc/<pid>/stat counts from boot; the command in field 2 may hold spaces and parentheses (proc(5)).
                var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return fields[0] is "Z" or "X" ? "over" : fields[19];
            }

            using var process = System.Diagnostics.Process.GetProcessById(processId);
            return process.HasExited ? "over" : process.StartTime.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // Gone, or not ours to look at: a system may hide other users' processes.
            return null;
        }
    }
}

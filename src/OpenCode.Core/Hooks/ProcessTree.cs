using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace OpenCode.Hooks;

/// <summary>Ends a process with everything it started.</summary>
internal static class ProcessTree
{
    /// <summary>The environment's variable by which what a hook started is known on Linux, also when its parent is gone.</summary>
    public const string MarkVariable = "OPENCODE_HOOK_RUN";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Kills a process and what descends from it.</summary>
    /// <param name="process">The process.</param>
    /// <param name="mark">The value of <see cref="MarkVariable"/> it was started with.</param>
    /// <exception cref="OpenCodeException">ExecutionTimeout: some of it goes on.</exception>
    public static void Kill(Process process, string mark)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself, or some of it did while we looked: what is left is found below.
        }

        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // Whoever was started in the background belongs to init by now; only its environment tells. Again until none is found: one may have forked meanwhile.
        var entry = $"{MarkVariable}={mark}";
        var started = Stopwatch.GetTimestamp();
        IReadOnlyList<Process> found;
        while ((found = Marked(entry)).Count > 0)
        {
            foreach (var one in found)
            {
                using (one)
                {
                    KillOne(one);
                }
            }

            if (Stopwatch.GetElapsedTime(started) > Limit)
            {
                throw new OpenCodeException(OpenCodeError.ExecutionTimeout, $"Processes that the hook started could not be ended within {Limit.TotalSeconds:0} s. Look for those with {entry} in their environment.");
            }
        }
    }

    private static void KillOne(Process process)
    {
        try
        {
            process.Kill();
            process.WaitForExit(Limit);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // Ended by itself.
        }
    }

    private static List<Process> Marked(string entry)
    {
        var found = new List<Process>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Has(folder, entry) && TryGet(id) is { } process)
            {
                found.Add(process);
            }
        }

        return found;
    }

    private static bool Has(string folder, string entry)
    {
        try
        {
            // A process that has ended and is not collected yet has no environment any more.
            return File.ReadAllText(Path.Combine(folder, "environ")).Split('\0').Contains(entry);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // gone, or another user's
        }
    }

    private static Process? TryGet(int id)
    {
        try
        {
            return Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            return null; // gone
        }
    }
}

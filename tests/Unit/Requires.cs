using System.Diagnostics;

namespace OpenCode.Tests.Unit;

/// <summary>What a machine may not offer. A missing one is skipped with its reason, or fails where OPENCODE_TEST_REQUIRE names it.</summary>
internal static class Requires
{
    /// <summary>A small file system of its own; dispose it to take it away.</summary>
    public static SmallDisk Tmpfs(int mebibytes)
    {
        var folder = Directory.CreateTempSubdirectory("opencode-disk-").FullName;
        var reason = OperatingSystem.IsLinux() ? Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "tmpfs", folder) : "only Linux has tmpfs";
        if (reason is null)
        {
            return new SmallDisk(folder);
        }

        Directory.Delete(folder);
        if (Environment.GetEnvironmentVariable("OPENCODE_TEST_REQUIRE")?.Contains("tmpfs", StringComparison.Ordinal) is true)
        {
            Assert.Fail($"A tmpfs is required and cannot be mounted: {reason}");
        }

        Assert.Skip($"No tmpfs: {reason}");
        return null!;
    }

    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : error.Trim();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }

    internal sealed class SmallDisk(string folder) : IDisposable
    {
        public string Folder { get; } = folder;

        public void Dispose()
        {
            var failed = Run("umount", Folder);
            if (failed is null)
            {
                Directory.Delete(Folder);
            }
        }
    }
}

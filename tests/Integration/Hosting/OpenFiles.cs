namespace OpenCode.Tests.Integration.Hosting;

/// <summary>Which files this process holds open.</summary>
public static class OpenFiles
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Waits until no file under a folder is open, and fails when that does not come to be.</summary>
    public static void AssertNone(string folder)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Open files are read from /proc, which only Linux has.");
        var open = Array.Empty<string>();
        Assert.True(SpinWait.SpinUntil(() => (open = Under(folder)).Length == 0, Limit), $"Still open: {string.Join(", ", open)}");
    }

    /// <summary>The files under a folder that are open now.</summary>
    public static string[] Under(string folder)
    {
        var open = new List<string>();
        foreach (var descriptor in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            try
            {
                if (File.ResolveLinkTarget(descriptor, false)?.FullName is { } target && target.StartsWith(folder + "/", StringComparison.Ordinal))
                {
                    open.Add(target);
                }
            }
            catch (IOException)
            {
                // Closed while we looked.
            }
        }

        return [.. open];
    }
}

using System.Globalization;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>What a process holds, looked at ten times while it is loaded: what grows with the load is a leak, what is filled once is not.</summary>
/// <param name="processId">The process.</param>
internal sealed class Growth(int processId)
{
    private const int Parts = 10;

    /// <summary>In the first parts caches are filled and code is compiled.</summary>
    private const int Warm = 4;

    private readonly List<(double MiB, int Files, int Threads)> _seen = [];

    /// <summary>How many requests a test makes; OPENCODE_TEST_GROWTH_REQUESTS asks for more than the few of every run, such as 100000, a day's.</summary>
    public static int Requests => int.Parse(Environment.GetEnvironmentVariable("OPENCODE_TEST_GROWTH_REQUESTS") ?? "3000", NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>A heap whose newest part is small: it is tidied often, so that what stays is what is seen.</summary>
    public static void PutInto(HostStore store) => store.Variables["DOTNET_GCgen0size"] = "0x400000";

    /// <summary>Loads the process and looks at it.</summary>
    /// <param name="requests">How many requests.</param>
    /// <param name="step">Makes one, with this number.</param>
    public async Task LoadAsync(int requests, Func<int, Task> step)
    {
        for (var part = 0; part < Parts; part++)
        {
            for (var i = part * requests / Parts; i < (part + 1) * requests / Parts; i++)
            {
                await step(i);
            }

            _seen.Add(Look());
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"after {(part + 1) * requests / Parts} requests: {_seen[^1].MiB:0.0} MiB, {_seen[^1].Files} files, {_seen[^1].Threads} threads"));
        }
    }

    /// <summary>The least of the last parts against the most of those before: what swings does not fail, what climbs does.</summary>
    public void AssertNone()
    {
        var (before, after) = (_seen[Warm..7], _seen[7..]);
        Assert.True(after.Min(s => s.MiB) <= (before.Max(s => s.MiB) * 1.03) + 2, $"Its memory grows: {string.Join(", ", _seen.Select(s => $"{s.MiB:0.0}"))} MiB.");
        Assert.True(after.Min(s => s.Files) <= before.Max(s => s.Files) + 2, $"Its open files grow: {string.Join(", ", _seen.Select(s => s.Files))}.");
        Assert.True(after.Min(s => s.Threads) <= before.Max(s => s.Threads) + 2, $"Its threads grow: {string.Join(", ", _seen.Select(s => s.Threads))}.");
    }

    private (double MiB, int Files, int Threads) Look()
    {
        var status = File.ReadAllLines($"/proc/{processId}/status");
        return (Value("VmRSS:") / 1024.0, Directory.GetFileSystemEntries($"/proc/{processId}/fd").Length, Value("Threads:"));

        int Value(string name) => int.Parse(status.First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }
}

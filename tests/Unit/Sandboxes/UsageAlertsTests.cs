using OpenCode.Sandboxes;

namespace OpenCode.Tests.Unit.Sandboxes;

public sealed class UsageAlertsTests
{
    [Fact]
    public void Memory_is_told_of_once_however_it_swings_and_again_after_it_was_away()
    {
        var alerts = new UsageAlerts();
        var told = new List<(double, bool)>();
        foreach (var percent in new[] { 84.9, 85, 99, 81, 85, 80, 79.9, 84, 90 })
        {
            told.AddRange(alerts.Take(Usage() with { MemoryBytes = (long)(percent * 10) }).Select(a => (percent, a.Raised)));
        }

        Assert.Equal([(85, true), (79.9, false), (90, true)], told);
    }

    [Fact]
    public void Processes_are_told_of_by_their_own_limits()
    {
        var alerts = new UsageAlerts();
        Assert.Empty(alerts.Take(Usage() with { Pids = 79 }));
        var raised = Assert.Single(alerts.Take(Usage() with { Pids = 80 }));
        Assert.Equal((UsageMeasure.Pids, true, "Processes of the sandbox: 80 of 100. At the limit no other can be started."), (raised.Measure, raised.Raised, raised.Text));
        Assert.Empty(alerts.Take(Usage() with { Pids = 70 }));
        Assert.False(Assert.Single(alerts.Take(Usage() with { Pids = 69 })).Raised);
        Assert.Empty(alerts.Take(Usage() with { Pids = 1_000, PidsLimit = null }));
    }

    [Fact]
    public void Processors_are_told_of_when_all_were_busy_for_a_minute()
    {
        var alerts = new UsageAlerts();
        for (var second = 1; second < 60; second++)
        {
            Assert.Empty(alerts.Take(Usage() with { CpuPercent = 200 }));
        }

        Assert.Equal(UsageMeasure.Cpu, Assert.Single(alerts.Take(Usage() with { CpuPercent = 200 })).Measure);
        var quiet = 0;
        while (alerts.Take(Usage()).Count == 0)
        {
            quiet++;
        }

        Assert.Equal(12, quiet); // 47 of 60 seconds are below 80 %
    }

    [Fact]
    public void Several_measures_at_once_are_each_told_of() =>
        Assert.Equal([UsageMeasure.Memory, UsageMeasure.Pids], new UsageAlerts().Take(Usage() with { MemoryBytes = 1_000, Pids = 100 }).Select(a => a.Measure));

    private static SandboxUsage Usage() => new()
    {
        TaskId = "t",
        At = DateTimeOffset.UnixEpoch,
        CpuPercent = 0,
        Processors = 2,
        MemoryBytes = 0,
        MemoryLimitBytes = 1_000,
        Pids = 1,
        PidsLimit = 100,
        NetworkReceivedBytes = 0,
        NetworkSentBytes = 0,
        DiskReadBytes = 0,
        DiskWrittenBytes = 0,
    };
}

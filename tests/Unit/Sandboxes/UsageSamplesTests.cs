using System.Text.Json;
using Docker.DotNet.Models;
using OpenCode.Sandboxes.Docker;

namespace OpenCode.Tests.Unit.Sandboxes;

/// <summary>The engine's samples, in the forms of both kinds of control groups.</summary>
public sealed class UsageSamplesTests
{
    private const string First = """
        {
          "read": "2026-01-02T03:04:05.5Z", "preread": "2026-01-02T03:04:04.5Z", "pids_stats": { "current": 7, "limit": 100 },
          "blkio_stats": { "io_service_bytes_recursive": [
            { "major": 8, "minor": 0, "op": "Read", "value": 1000 }, { "major": 8, "minor": 0, "op": "Write", "value": 20 }, { "major": 8, "minor": 0, "op": "Total", "value": 1020 },
            { "major": 9, "minor": 0, "op": "Read", "value": 1 }, { "major": 9, "minor": 0, "op": "Write", "value": 2 } ] },
          "cpu_stats": { "cpu_usage": { "total_usage": 1500000000, "percpu_usage": [ 1000000000, 500000000 ], "usage_in_kernelmode": 0, "usage_in_usermode": 0 }, "system_cpu_usage": 12000000000, "online_cpus": 2 },
          "precpu_stats": { "cpu_usage": { "total_usage": 1000000000, "usage_in_kernelmode": 0, "usage_in_usermode": 0 }, "system_cpu_usage": 10000000000, "online_cpus": 2 },
          "memory_stats": { "usage": 300000000, "max_usage": 400000000, "stats": { "cache": 90000000, "inactive_file": 1, "total_inactive_file": 50000000 }, "limit": 500000000 },
          "networks": { "eth0": { "rx_bytes": 10, "tx_bytes": 3 }, "eth1": { "rx_bytes": 5, "tx_bytes": 4 } }
        }
        """;

    private const string Second = """
        {
          "read": "2026-01-02T03:04:05.5Z", "preread": "2026-01-02T03:04:04.5Z", "pids_stats": { "current": 3, "limit": 18446744073709551615 },
          "blkio_stats": { "io_service_bytes_recursive": [ { "major": 8, "minor": 0, "op": "read", "value": 4096 }, { "major": 8, "minor": 0, "op": "write", "value": 0 } ] },
          "cpu_stats": { "cpu_usage": { "total_usage": 4000000000, "usage_in_kernelmode": 0, "usage_in_usermode": 0 }, "system_cpu_usage": 14000000000, "online_cpus": 4 },
          "precpu_stats": { "cpu_usage": { "total_usage": 1000000000, "usage_in_kernelmode": 0, "usage_in_usermode": 0 }, "system_cpu_usage": 10000000000, "online_cpus": 4 },
          "memory_stats": { "usage": 300, "stats": { "anon": 1, "inactive_file": 100 }, "limit": 1000 }
        }
        """;

    [Fact]
    public void Sample_of_cgroup_v1_is_understood()
    {
        var usage = UsageSamples.Of("t", Sample(First))!;
        Assert.Equal(("t", new DateTimeOffset(2026, 1, 2, 3, 4, 5, 500, TimeSpan.Zero)), (usage.TaskId, usage.At));
        Assert.Equal((50.0, 2), (usage.CpuPercent, usage.Processors)); // half a second of a processor in a second
        Assert.Equal((250_000_000L, 500_000_000L, 50.0), (usage.MemoryBytes, usage.MemoryLimitBytes, usage.MemoryPercent));
        Assert.Equal((7, 100), (usage.Pids, usage.PidsLimit));
        Assert.Equal((15L, 7L), (usage.NetworkReceivedBytes, usage.NetworkSentBytes));
        Assert.Equal((1001L, 22L), (usage.DiskReadBytes, usage.DiskWrittenBytes));
    }

    [Fact]
    public void Sample_of_cgroup_v2_is_understood()
    {
        var usage = UsageSamples.Of("t", Sample(Second))!;
        Assert.Equal((300.0, 4), (usage.CpuPercent, usage.Processors)); // three of four processors
        Assert.Equal((200L, 1000L), (usage.MemoryBytes, usage.MemoryLimitBytes));
        Assert.Equal((3, (int?)null), (usage.Pids, usage.PidsLimit));
        Assert.Equal((0L, 0L), (usage.NetworkReceivedBytes, usage.NetworkSentBytes));
        Assert.Equal((4096L, 0L), (usage.DiskReadBytes, usage.DiskWrittenBytes));
    }

    [Theory]
    [InlineData("""{ "cpu_usage": { "total_usage": 0 }, "system_cpu_usage": 0 }""")]
    [InlineData("""{ "cpu_usage": { "total_usage": 0 } }""")]
    public void First_of_a_stream_has_nothing_to_compare_with(string before)
    {
        var sample = Sample(First);
        sample.PreCPUStats = JsonSerializer.Deserialize<CPUStats>(before)!;
        Assert.Null(UsageSamples.Of("t", sample));
    }

    [Fact]
    public void Processor_time_that_went_back_is_none()
    {
        var sample = Sample(First);
        sample.PreCPUStats!.CPUUsage.TotalUsage = 2_000_000_000;
        Assert.Equal(0, UsageSamples.Of("t", sample)!.CpuPercent);
    }

    [Fact]
    public void Cache_that_is_more_than_the_whole_leaves_nothing()
    {
        var sample = Sample(First);
        sample.MemoryStats!.Usage = 1;
        Assert.Equal(0, UsageSamples.Of("t", sample)!.MemoryBytes);
    }

    private static ContainerStatsResponse Sample(string json) => JsonSerializer.Deserialize<ContainerStatsResponse>(json)!;
}

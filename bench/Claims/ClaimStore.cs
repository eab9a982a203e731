using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Registry;
using OpenCode.Registry.Sqlite;

namespace OpenCode.Bench.Claims;

/// <summary>A store with tasks to be claimed.</summary>
internal static class ClaimStore
{
    public static async Task FillAsync(OpenCodeConfiguration configuration, int tasks)
    {
        Directory.CreateDirectory(Path.Combine(configuration.DataRoot, "tasks"));
        await using var registry = await SqliteRegistry.OpenAsync(configuration with { SynchronousFull = false }, TimeProvider.System, StepProbe.None, () => ProcessIdentity.Current, BenchContext.Token);
        foreach (var batch in Samples.Rows(tasks).Chunk(Samples.Batch))
        {
            await registry.WriteAsync(new CreateTasks(batch), BenchContext.Token);
        }
    }
}

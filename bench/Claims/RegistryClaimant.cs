using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Registry;
using OpenCode.Registry.Sqlite;

namespace OpenCode.Bench.Claims;

/// <summary>The product's two writes at the registry's door, which is the moment of truth; no layers.</summary>
internal sealed class RegistryClaimant(SqliteRegistry registry, string agent) : IClaimant
{
    private static readonly AgentTaskStatus[] Running = [AgentTaskStatus.Running];

    private static readonly TaskResult Result = new(true, null, "done", null);

    private string _task = "";
    private long _fence;

    public static async Task<RegistryClaimant> OpenAsync(OpenCodeConfiguration configuration, string agent) =>
        new(await SqliteRegistry.OpenAsync(configuration, TimeProvider.System, StepProbe.None, () => ProcessIdentity.Current, BenchContext.Token), agent);

    public async ValueTask ClaimAsync()
    {
        var claim = (await registry.WriteAsync(new ClaimTask(new LeaseRequest(agent, TimeSpan.FromMinutes(30)), null), BenchContext.Token)).Change
            ?? throw new InvalidOperationException("There are no tasks left to claim: the round is not measured.");
        (_task, _fence) = (claim.Row.Task.Id, claim.Lease!.Fence);
    }

    public async ValueTask CompleteAsync() => await registry.WriteAsync(
        new TransitionTask(_task, "complete", Running, AgentTaskStatus.Completed, TaskEvent.Completed, new Actor(agent, _fence)) { Result = Result },
        BenchContext.Token);

    public ValueTask DisposeAsync() => registry.DisposeAsync();
}

using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Tasks;

namespace OpenCode.Bench.Claims;

/// <summary>A claim and its completion as a caller has them: with the layers written.</summary>
internal sealed class ServiceClaimant(OpenCodeRuntime runtime, string agent) : IClaimant
{
    private string _task = "";
    private long _fence;

    public static async Task<ServiceClaimant> OpenAsync(OpenCodeConfiguration configuration, string agent) =>
        new(await OpenCodeRuntime.OpenAsync(configuration, BenchContext.Token), agent);

    public async ValueTask ClaimAsync()
    {
        var claim = await runtime.Tasks.ClaimAsync(new ClaimRequest(agent), BenchContext.Token)
            ?? throw new InvalidOperationException("There are no tasks left to claim: the round is not measured.");
        (_task, _fence) = (claim.TaskId, claim.Fence);
    }

    public async ValueTask CompleteAsync() => await runtime.Tasks.CompleteAsync(_task, null, "done", new Actor(agent, _fence), BenchContext.Token);

    public ValueTask DisposeAsync() => runtime.DisposeAsync();
}

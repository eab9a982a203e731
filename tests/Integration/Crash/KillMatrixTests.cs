using OpenCode.Common;
using OpenCode.Tests.Integration.Processes;
using OpenCode.Tests.LockTaker.Claims;
using OpenCode.Tests.StoreWorker;
using OpenCode.Tests.Unit;

namespace OpenCode.Tests.Integration.Crash;

/// <summary>I1, I2, I7: a process is killed once at every step of the way of a change, each time a step is reached in the whole life of a task.</summary>
public sealed class KillMatrixTests(ITestOutputHelper output)
{
    private readonly KillMatrix _matrix = new("life");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Life_killed_at_every_step_loses_nothing_acknowledged_and_goes_on()
    {
        using var undisturbed = new TemporaryStore();
        var (trace, stories) = await _matrix.UndisturbedAsync(undisturbed, static _ => Task.CompletedTask);
        var unreached = Enum.GetValues<Step>().Except(SandboxLife.Steps).Except(PoolLife.Steps).Except(DeadlySteps.OfElection).Except(trace.Select(s => Enum.Parse<Step>(s))).ToList();
        Assert.True(unreached.Count == 0, $"The life does not reach {string.Join(", ", unreached)}: a step that is not reached is not proven.");
        await KillMatrix.EachAsync(trace, point => OnePointAsync(point, stories), output);
    }

    private async Task OnePointAsync(int point, string[] stories)
    {
        using var store = new TemporaryStore();
        var acknowledged = await _matrix.KilledAsync(store, point, static _ => Task.CompletedTask);
        await using var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(store.DataRoot), Token);
        var now = await Story.TellAsync(runtime, Token);
        var before = acknowledged == 0 ? "none | none | none" : stories[acknowledged - 1];
        var after = stories[acknowledged];
        Assert.True(now == before || now == after, $"after '{(acknowledged == 0 ? "nothing" : Life.Operations[acknowledged - 1].Name)}' was acknowledged and before '{Life.Operations[acknowledged].Name}' was:\n  found  {now}\n  before {before}\n  after  {after}");
        await AgreeAsync(runtime);

        // The task goes on from where it is, to the same end as if nothing had happened. What cannot be seen in the story (a
        // checkpoint) may be done twice, as an agent would that was not told.
        for (var next = now == after && before != after ? acknowledged + 1 : acknowledged; next < Life.Operations.Count; next++)
        {
            await Life.Operations[next].Do(runtime, Token);
        }

        Assert.Equal(stories[^1], await Story.TellAsync(runtime, Token));
        await AgreeAsync(runtime);
        Assert.Empty(KillMatrix.Leftovers(store));
    }

    private static async Task AgreeAsync(OpenCodeRuntime runtime)
    {
        foreach (var id in (string[])[Life.TaskId, Life.GoneId, Life.NextId])
        {
            if ((await runtime.Tasks.IdsByPrefixAsync(id, 1, Token)).Count > 0)
            {
                // Whoever looks at a task's checkpoints enters those a dead process had published and could not tell of.
                await runtime.Checkpoints.ListAsync(id, Token);
                await Agreement.CheckAsync(runtime, id, Token);
            }
        }
    }
}

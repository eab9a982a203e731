using OpenCode.Hooks;
using OpenCode.Tasks;
using OpenCode.Tests.Unit.Hooks;

namespace OpenCode.Tests.Unit.Tasks;

/// <summary>Claims where hooks run at a start: while one claimant's hooks run for a task, the others get the next.</summary>
public sealed class ClaimHookTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Task_whose_hooks_run_for_another_holds_nobody_up()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        await store.Runtime.Tasks.CreateManyAsync([new NewTask { Id = "first", Name = "n", Priority = 2 }, new NewTask { Id = "second", Name = "n" }], Token);
        var table = TestHook.Scope();
        var (inside, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        TestHook.Add(table, HookEvent.BeforeTaskStart, async (e, token) =>
        {
            if (e.Task.Id == "first" && e.AgentId == "slow")
            {
                inside.SetResult();
                await go.Task.WaitAsync(token);
                throw new InvalidOperationException("not for this one");
            }
        }, blocking: true, seconds: 600);

        var slow = ClaimAsync(store.Runtime, table, "slow", TimeSpan.Zero);
        await inside.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await using var other = await store.AgainAsync();
        Assert.Equal("second", (await ClaimAsync(other, table, "b", TimeSpan.Zero).WaitAsync(TimeSpan.FromSeconds(30), Token))!.TaskId);
        Assert.Null(await ClaimAsync(other, table, "c", TimeSpan.Zero).WaitAsync(TimeSpan.FromSeconds(30), Token));

        // Whoever waits gets the first, once it is known that the slow one does not.
        var waits = ClaimAsync(other, table, "d", TimeSpan.FromMinutes(5));
        Assert.False(waits.IsCompleted);
        go.SetResult();
        Assert.Equal(OpenCodeError.HookRejected, (await Assert.ThrowsAsync<OpenCodeException>(() => slow)).Error);
        Assert.Equal("first", (await waits.WaitAsync(TimeSpan.FromSeconds(30), Token))!.TaskId);
        Assert.DoesNotContain(await store.Runtime.Locks.ListAsync(new OpenCode.Locks.LockQuery(), Token), l => l.Resource.StartsWith("hooks:", StringComparison.Ordinal));
        await Agreement.CheckAsync(store.Runtime, "first", Token);
    }

    // In a flow of its own, as another session has it.
    private static Task<TaskClaim?> ClaimAsync(OpenCodeRuntime runtime, HookTable table, string agent, TimeSpan wait)
    {
        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(
                () =>
                {
                    HookScope.Current = table;
                    return runtime.Tasks.ClaimAsync(new ClaimRequest(agent) { Wait = wait }, Token);
                },
                Token);
        }
    }
}

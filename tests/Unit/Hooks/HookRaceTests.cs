using OpenCode.Common;
using OpenCode.Hooks;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Hooks;

public sealed class HookRaceTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Of_racing_callers_only_one_runs_the_hooks()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        var task = await TaskHookTests.CreateAsync(store);
        var asked = new List<TaskCompletionSource>();
        var callers = new List<OpenCodeRuntime>();
        for (var i = 0; i < 5; i++)
        {
            var once = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var probe = new StepProbe(step => _ = step is Step.AfterCommit && once.TrySetResult());
            callers.Add(await OpenCodeRuntime.OpenAsync(store.Configuration, TimeProvider.System, probe, () => ProcessIdentity.Current, null, Token));
            asked.Add(once);
        }

        var runs = 0;
        var table = TestHook.Scope();
        List<Task<OpenCodeError?>> others = [];
        TestHook.Add(table, HookEvent.BeforeTaskStart, async (_, token) =>
        {
            if (Interlocked.Increment(ref runs) == 1)
            {
                // All others ask while this one's hooks run: each has been told once that it has to wait.
                using (ExecutionContext.SuppressFlow())
                {
                    others = [.. callers.Select(runtime => Task.Run(() => OutcomeAsync(runtime, task, table), Token))];
                }

                await Task.WhenAll(asked.Select(a => a.Task)).WaitAsync(token);
            }
        });
        Assert.Null(await OutcomeAsync(store.Runtime, task, table));
        Assert.All(await Task.WhenAll(others), outcome => Assert.Equal(OpenCodeError.InvalidTransition, outcome));
        Assert.Equal((5, 1), (others.Count, runs));
        foreach (var runtime in callers)
        {
            await runtime.DisposeAsync();
        }
    }

    private static async Task<OpenCodeError?> OutcomeAsync(OpenCodeRuntime runtime, string task, HookTable table)
    {
        HookScope.Current = table;
        try
        {
            await runtime.Tasks.StartAsync(task, Actor.Operator, Token);
            return null;
        }
        catch (OpenCodeException e)
        {
            return e.Error;
        }
    }

    [Fact]
    public async Task Claim_of_a_dead_process_is_taken_over_at_once()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await TaskHookTests.CreateAsync(store);
        var dead = ProcessIdentity.Current with { ProcessId = int.MaxValue };
        await using (var theirs = await OpenCodeRuntime.OpenAsync(store.Configuration, store.Clock, StepProbe.None, () => dead, null, Token))
        {
            var claim = await theirs.Registry.WriteAsync(new ClaimHooks(task, "start", Transitions.Start.From, Actor.Operator, null, TimeSpan.FromHours(1)), Token);
            Assert.NotNull(claim.Claim);
        }

        var runs = 0;
        TestHook.Add(TestHook.Scope(), HookEvent.BeforeTaskStart, (_, _) => { runs++; return Task.CompletedTask; });
        Assert.Equal(AgentTaskStatus.Running, (await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token)).Status);
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Claim_of_another_host_ends_with_its_time_and_not_before()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await TaskHookTests.CreateAsync(store);
        var theirs = ProcessIdentity.Current with { Host = "another", Started = "never" };
        await using (var other = await OpenCodeRuntime.OpenAsync(store.Configuration, store.Clock, StepProbe.None, () => theirs, null, Token))
        {
            await other.Registry.WriteAsync(new ClaimHooks(task, "start", Transitions.Start.From, Actor.Operator, null, TimeSpan.FromSeconds(40)), Token);
        }

        var write = new ClaimHooks(task, "start", Transitions.Start.From, Actor.Operator, null, TimeSpan.FromSeconds(40));
        var held = await store.Runtime.Registry.WriteAsync(write, Token);
        Assert.Null(held.Claim);
        Assert.Contains("another", held.Holder, StringComparison.Ordinal);
        store.Clock.Advance(TimeSpan.FromSeconds(40));
        Assert.NotNull((await store.Runtime.Registry.WriteAsync(write, Token)).Claim);
    }

    [Fact]
    public async Task Wait_for_another_callers_hooks_ends_with_LockTimeout_that_names_it()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await TaskHookTests.CreateAsync(store);
        var theirs = ProcessIdentity.Current with { Host = "another", Started = "never" };
        await using (var other = await OpenCodeRuntime.OpenAsync(store.Configuration, store.Clock, StepProbe.None, () => theirs, null, Token))
        {
            await other.Registry.WriteAsync(new ClaimHooks(task, "start", Transitions.Start.From, Actor.Operator, null, TimeSpan.FromHours(1)), Token);
        }

        TestHook.Add(TestHook.Scope(), HookEvent.BeforeTaskStart, (_, _) => Task.CompletedTask, seconds: 1);
        var starting = store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token);
        while (!starting.IsCompleted)
        {
            store.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(starting, Task.Delay(1, Token));
        }

        var late = await Assert.ThrowsAsync<OpenCodeException>(() => starting);
        Assert.Equal(OpenCodeError.LockTimeout, late.Error);
        Assert.Contains("another", late.Message, StringComparison.Ordinal);
        Assert.Contains("61 s", late.Message, StringComparison.Ordinal);
        Assert.Equal(AgentTaskStatus.Pending, (await store.Runtime.Tasks.GetAsync(task, Token)).Status);
    }

    [Fact]
    public async Task Lease_that_is_lost_while_hooks_run_is_LeaseLost()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await TaskHookTests.CreateAsync(store);
        var lease = await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("ana"), Token);
        TestHook.Add(TestHook.Scope(), HookEvent.BeforeTaskComplete, (_, _) =>
        {
            // Another process of the operator's, which is in no hook's flow.
            using (ExecutionContext.SuppressFlow())
            {
                return Task.Run(() => store.Runtime.Tasks.UpdateAsync(task, new TaskPatch { Priority = 5 }, Actor.Operator, Token), Token);
            }
        });
        var lost = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Tasks.CompleteAsync(task, null, null, Actor.Of("ana", lease.Fence), Token));
        Assert.Equal(OpenCodeError.LeaseLost, lost.Error);
        Assert.Equal(AgentTaskStatus.Running, (await store.Runtime.Tasks.GetAsync(task, Token)).Status);
        Assert.Empty(await store.Runtime.Registry.LeasesAsync(HookResource.Name(task), Token));
    }
}

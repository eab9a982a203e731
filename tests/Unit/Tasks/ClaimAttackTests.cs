using OpenCode.Common;
using OpenCode.Hooks;
using OpenCode.Tasks;
using OpenCode.Tests.Unit.Hooks;

namespace OpenCode.Tests.Unit.Tasks;

/// <summary>Claims in bad company: damaged tasks, hooks that say no, callers that go away at any moment, processes that die.</summary>
public sealed class ClaimAttackTests
{
    private static CancellationToken Token => TestStore.Token;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Task_with_damaged_files_is_in_nobodys_way_and_is_given_once_it_is_repaired(bool hooks)
    {
        await using var store = await TestStore.OpenAsync();
        var tasks = store.Runtime.Tasks;
        await tasks.CreateManyAsync([new NewTask { Id = "damaged", Name = "n", Priority = 9 }, new NewTask { Id = "one", Name = "n" }, new NewTask { Id = "two", Name = "n" }], Token);
        await File.WriteAllTextAsync(store.Folder("damaged").State, "{", Token);
        if (hooks)
        {
            TestHook.Add(TestHook.Scope(), HookEvent.BeforeTaskStart, (_, _) => Task.CompletedTask);
        }

        Assert.Equal("one", (await tasks.ClaimAsync(new ClaimRequest("a"), Token))!.TaskId);
        var journal = (await store.Runtime.Registry.FindAsync("damaged", Token))!;
        Assert.Equal(AgentTaskStatus.Pending, journal.Task.Status);
        Assert.Equal("two", (await tasks.ClaimAsync(new ClaimRequest("a"), Token))!.TaskId);
        Assert.Null(await tasks.ClaimAsync(new ClaimRequest("a"), Token));
        // Looked at once and not at every claim: its journal does not grow with them.
        Assert.Equal(journal.LastSeq, (await store.Runtime.Registry.FindAsync("damaged", Token))!.LastSeq);

        store.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(OpenCodeError.StateCorrupt, (await Assert.ThrowsAsync<OpenCodeException>(() => tasks.ClaimAsync(new ClaimRequest("a"), Token))).Error);
        await store.Runtime.Repair.RepairAsync("damaged", Token);
        store.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("damaged", (await tasks.ClaimAsync(new ClaimRequest("a"), Token))!.TaskId);
        await Agreement.CheckAsync(store.Runtime, "damaged", Token);
    }

    [Fact]
    public async Task Hook_that_rejects_one_of_several_lets_the_next_be_given()
    {
        await using var store = await TestStore.OpenAsync();
        var tasks = store.Runtime.Tasks;
        await tasks.CreateManyAsync([new NewTask { Id = "good", Name = "n" }, new NewTask { Id = "bad", Name = "n", Priority = 5 }], Token);
        var asked = new List<string>();
        TestHook.Add(
            TestHook.Scope(),
            HookEvent.BeforeTaskStart,
            (e, _) =>
            {
                asked.Add(e.Task.Id);
                return e.Task.Id == "bad" ? throw new InvalidOperationException("not this one") : Task.CompletedTask;
            },
            blocking: true);

        var claim = await tasks.ClaimAsync(new ClaimRequest("a"), Token);
        Assert.Equal("good", claim!.TaskId);
        Assert.Equal(["bad", "good"], asked);
        var rejected = await Assert.ThrowsAsync<OpenCodeException>(() => tasks.ClaimAsync(new ClaimRequest("b"), Token));
        Assert.Equal((OpenCodeError.HookRejected, "bad"), (rejected.Error, rejected.Target));
        Assert.Equal(AgentTaskStatus.Pending, (await tasks.GetAsync("bad", Token)).Status);
        Assert.DoesNotContain(await store.Runtime.Locks.ListAsync(new OpenCode.Locks.LockQuery(), Token), l => l.Resource.StartsWith("hooks:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Step.TransactionBegun)]
    [InlineData(Step.BeforeCommit)]
    [InlineData(Step.AfterCommit)]
    [InlineData(Step.TemporaryWritten)]
    [InlineData(Step.AfterAppend)]
    [InlineData(Step.Projected)]
    public async Task Call_that_is_cancelled_at_any_moment_leaves_the_task_to_others(Step at)
    {
        await using var store = await TestStore.OpenAsync();
        await store.Runtime.Tasks.CreateAsync(new NewTask { Id = "t", Name = "n" }, Token);
        using var stop = new CancellationTokenSource();
        var armed = false;
        await using var runtime = await OpenCodeRuntime.OpenAsync(store.Configuration, store.Clock, new StepProbe(step => Cancel(armed && step == at, stop)), () => ProcessIdentity.Current, null, Token);
        armed = true;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runtime.Tasks.ClaimAsync(new ClaimRequest("a"), stop.Token));

        Assert.True(stop.IsCancellationRequested, "The claim did not come to that step.");
        var task = await store.Runtime.Tasks.GetAsync("t", Token);
        Assert.Equal((AgentTaskStatus.Pending, true), (task.Status, task.Ready));
        Assert.Empty(task.Agents);
        await Agreement.CheckAsync(store.Runtime, "t", Token);
        Assert.Equal("t", (await store.Runtime.Tasks.ClaimAsync(new ClaimRequest("b"), Token))!.TaskId);
    }

    [Fact]
    public async Task Call_that_is_cancelled_in_a_hook_leaves_the_task_to_others()
    {
        await using var store = await TestStore.OpenAsync();
        await store.Runtime.Tasks.CreateAsync(new NewTask { Id = "t", Name = "n" }, Token);
        foreach (var moment in new[] { HookEvent.BeforeTaskStart, HookEvent.AfterTaskStart })
        {
            using var stop = new CancellationTokenSource();
            TestHook.Add(TestHook.Scope(), moment, async (_, token) =>
            {
                await stop.CancelAsync();
                token.ThrowIfCancellationRequested();
            });
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.Runtime.Tasks.ClaimAsync(new ClaimRequest("a"), stop.Token));
            HookScope.Current = null;
            Assert.Equal(AgentTaskStatus.Pending, (await store.Runtime.Tasks.GetAsync("t", Token)).Status);
            Assert.Empty(await store.Runtime.Locks.ListAsync(new OpenCode.Locks.LockQuery(), Token));
        }

        await Agreement.CheckAsync(store.Runtime, "t", Token);
    }

    [Fact]
    public async Task Request_that_died_after_its_claim_is_told_which_task_it_was()
    {
        await using var store = await TestStore.OpenAsync();
        await store.Runtime.Tasks.CreateManyAsync([new NewTask { Id = "one", Name = "n" }, new NewTask { Id = "two", Name = "n" }], Token);
        var dead = ProcessIdentity.Current with { ProcessId = int.MaxValue };
        var begun = new TaskCompletionSource();
        await using (var dying = await OpenCodeRuntime.OpenAsync(store.Configuration, store.Clock, StepProbe.None, () => dead, null, Token))
        {
            _ = dying.Requests.OnceAsync(
                "k",
                "claim_task",
                "{}",
                async (_, token) =>
                {
                    await dying.Tasks.ClaimAsync(new ClaimRequest("a") { RequestKey = "k" }, token);
                    begun.SetResult();
                    await Task.Delay(Timeout.Infinite, token); // never answers
                    return new RequestAnswer("");
                },
                Token);
            await begun.Task;
        }

        RequestRun? resumed = null;
        await store.Runtime.Requests.OnceAsync("k", "claim_task", "{}", (run, _) => { resumed = run; return Task.FromResult(new RequestAnswer("{}") { IsKept = false }); }, Token);
        Assert.Equal(new RequestRun("one", Resumed: true), resumed);
        // An answer that gave nothing is not kept: the key is free.
        await store.Runtime.Requests.OnceAsync("k", "claim_task", "{}", (run, _) => { resumed = run; return Task.FromResult(new RequestAnswer("{}")); }, Token);
        Assert.False(resumed!.Resumed);
        Assert.NotEqual("one", resumed.PlannedId);
    }

    private static void Cancel(bool now, CancellationTokenSource stop)
    {
        if (now)
        {
            stop.Cancel();
        }
    }
}

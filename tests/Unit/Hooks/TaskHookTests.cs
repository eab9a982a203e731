using OpenCode.Common;
using OpenCode.Hooks;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Hooks;

public sealed class TaskHookTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Hooks_run_by_priority_then_registration_one_after_another_around_the_change()
    {
        await using var store = await TestStore.OpenAsync();
        var seen = new List<string>();
        var running = 0;
        var table = TestHook.Scope();
        foreach (var (name, moment, priority) in new[]
        {
            ("late", HookEvent.BeforeTaskStart, 20), ("first", HookEvent.BeforeTaskStart, 5), ("tie 1", HookEvent.BeforeTaskStart, 10), ("tie 2", HookEvent.BeforeTaskStart, 10),
            ("after", HookEvent.AfterTaskStart, 1), ("other", HookEvent.BeforeTaskComplete, 1),
        })
        {
            TestHook.Add(table, moment, async (e, _) =>
            {
                Assert.Equal(1, Interlocked.Increment(ref running));
                await Task.Yield();
                seen.Add($"{e.Hook.Name} {e.Task.Status} {e.AgentId}");
                Interlocked.Decrement(ref running);
            }, name, priority);
        }

        var task = await CreateAsync(store);
        await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("ana"), Token);
        Assert.Equal(["first Pending ana", "tie 1 Pending ana", "tie 2 Pending ana", "late Pending ana", "after Running ana"], seen);
        await Agreement.CheckAsync(store.Runtime, task, Token);
    }

    [Theory]
    [InlineData("start", HookEvent.BeforeTaskStart, HookEvent.AfterTaskStart)]
    [InlineData("attach", HookEvent.BeforeTaskStart, HookEvent.AfterTaskStart)]
    [InlineData("resume", HookEvent.BeforeTaskStart, HookEvent.AfterTaskStart)]
    [InlineData("complete", HookEvent.BeforeTaskComplete, HookEvent.AfterTaskComplete)]
    [InlineData("fail", HookEvent.BeforeTaskFail, HookEvent.AfterTaskFail)]
    [InlineData("cancel", null, null)]
    public async Task Operation_has_the_hooks_of_the_table_and_no_others(string operation, HookEvent? before, HookEvent? after)
    {
        await using var store = await TestStore.OpenAsync();
        var task = await CreateAsync(store);
        if (operation is "complete" or "fail")
        {
            await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token);
        }

        var seen = new List<HookInvocation>();
        var table = TestHook.Scope();
        foreach (var moment in Enum.GetValues<HookEvent>())
        {
            TestHook.Add(table, moment, (e, _) => { seen.Add(e); return Task.CompletedTask; });
        }

        await DoAsync(store.Runtime, operation, task);
        HookEvent[] expected = before is null ? [] : [before.Value, after!.Value];
        Assert.Equal(expected, seen.Select(e => e.Event));
        if (operation is "complete" or "fail")
        {
            Assert.All(seen, e => Assert.Equal(operation == "complete", e.Result!.Success));
            Assert.Equal(operation == "fail" ? "bad" : null, seen[0].Error);
        }
    }

    [Theory]
    [InlineData("start", HookEvent.BeforeTaskStart)]
    [InlineData("attach", HookEvent.BeforeTaskStart)]
    [InlineData("resume", HookEvent.BeforeTaskStart)]
    [InlineData("complete", HookEvent.BeforeTaskComplete)]
    [InlineData("fail", HookEvent.BeforeTaskFail)]
    public async Task Blocking_hook_that_throws_vetoes_and_the_task_stays_as_it_was(string operation, HookEvent moment)
    {
        await using var store = await TestStore.OpenAsync();
        var task = await CreateAsync(store);
        if (operation is "complete" or "fail")
        {
            await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("ana"), Token);
        }

        var before = await store.Runtime.Tasks.GetAsync(task, Token);
        var table = TestHook.Scope();
        var later = 0;
        var veto = TestHook.Add(table, moment, (_, _) => throw new InvalidOperationException("not on a Friday"), "gate", blocking: true);
        TestHook.Add(table, moment, (_, _) => { later++; return Task.CompletedTask; });
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => DoAsync(store.Runtime, operation, task));
        Assert.Equal(OpenCodeError.HookRejected, refused.Error);
        Assert.Contains("'gate'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("not on a Friday", refused.Message, StringComparison.Ordinal);
        Assert.Equal(task, refused.Target);
        Assert.Equal(0, later);
        var now = await store.Runtime.Tasks.GetAsync(task, Token);
        Assert.Equal((before.Status, before.Version, string.Join(',', before.Agents)), (now.Status, now.Version, string.Join(',', now.Agents)));
        Assert.Empty(await store.Runtime.Registry.LeasesAsync(HookResource.Name(task), Token));
        await Agreement.CheckAsync(store.Runtime, task, Token);

        table.Remove(veto.Id);
        await DoAsync(store.Runtime, operation, task);
        Assert.Equal(1, later);
    }

    [Theory]
    [InlineData(HookEvent.BeforeTaskComplete)]
    [InlineData(HookEvent.AfterTaskComplete)]
    public async Task Failure_is_logged_with_hook_event_error_and_duration_and_the_way_goes_on(HookEvent moment)
    {
        await using var store = await TestStore.OpenAsync();
        var task = await CreateAsync(store);
        await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token);
        var table = TestHook.Scope();
        var hook = TestHook.Add(table, moment, (_, _) => { store.Clock.Advance(TimeSpan.FromMilliseconds(1234)); throw new InvalidOperationException("no disk"); }, "saver");
        var ran = false;
        TestHook.Add(table, moment, (_, _) => { ran = true; return Task.CompletedTask; });
        var done = await store.Runtime.Tasks.CompleteAsync(task, 5L, null, Actor.Operator, Token);
        Assert.Equal(AgentTaskStatus.Completed, done.Status);
        Assert.True(ran);
        var entry = Assert.Single(await LogAsync(store, task), e => e.Data?["event"] as string == "hookFailed");
        Assert.Equal(LogLevel.Warn, entry.Level);
        Assert.Equal((hook.Id, "no disk", 1234L, "saver"), (entry.Data!["hook"], entry.Data["error"], entry.Data["duration"], entry.Data["name"]));
        Assert.Equal(moment == HookEvent.BeforeTaskComplete ? "beforeTaskComplete" : "afterTaskComplete", entry.Data["hookEvent"]);
        Assert.Contains("'saver'", entry.Message, StringComparison.Ordinal);
        await Agreement.CheckAsync(store.Runtime, task, Token);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Hook_over_its_time_is_told_to_stop_and_logged_and_vetoes_when_it_blocks(bool blocking)
    {
        await using var store = await TestStore.OpenAsync();
        var task = await CreateAsync(store);
        var table = TestHook.Scope();
        var told = false;
        TestHook.Add(table, HookEvent.BeforeTaskStart, async (_, token) =>
        {
            var forever = Task.Delay(Timeout.Infinite, token);
            store.Clock.Advance(TimeSpan.FromSeconds(7));
            await forever.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            told = token.IsCancellationRequested;
            token.ThrowIfCancellationRequested();
        }, "slow", blocking: blocking, seconds: 7);
        var starting = store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token);
        if (blocking)
        {
            Assert.Equal(OpenCodeError.HookRejected, (await Assert.ThrowsAsync<OpenCodeException>(() => starting)).Error);
        }
        else
        {
            Assert.Equal(AgentTaskStatus.Running, (await starting).Status);
        }

        Assert.True(told);
        var entry = Assert.Single(await LogAsync(store, task), e => e.Data?["event"] as string == "hookFailed");
        Assert.Contains("7 s were over", entry.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hook_that_changes_its_own_task_neither_waits_for_itself_nor_costs_the_agent_its_fence()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await CreateAsync(store);
        var table = TestHook.Scope();
        foreach (var moment in Enum.GetValues<HookEvent>())
        {
            TestHook.Add(table, moment, async (e, token) =>
            {
                await store.Runtime.Memory.ChangeStateAsync(e.TaskId, JsonMap.Parse($$"""{"{{e.Event}}":true}"""), false, null, Actor.Operator, token);
                await store.Runtime.Tasks.UpdateAsync(e.TaskId, new TaskPatch { Metadata = JsonMap.Parse($$"""{"{{e.Event}}":1}""") }, Actor.Operator, token);
                await store.Runtime.Memory.LogAsync(e.TaskId, LogLevel.Info, $"from {e.Event}", null, Actor.Operator, token);
            });
        }

        var lease = await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("ana"), Token);
        await store.Runtime.Tasks.CompleteAsync(task, null, null, Actor.Of("ana", lease.Fence), Token);
        var state = await store.Runtime.Memory.StateAsync(task, Token);
        Assert.Equal(["BeforeTaskStart", "AfterTaskStart", "BeforeTaskComplete", "AfterTaskComplete"], state.Data.Keys);
        Assert.Equal(state.Data.Keys, (await store.Runtime.Tasks.GetAsync(task, Token)).Metadata.Keys);
        Assert.DoesNotContain(await LogAsync(store, task), e => e.Data?["event"] as string == "hookFailed");
        Assert.Contains(await LogAsync(store, task), e => e.Message.Contains("the hook 'AfterTaskStart'", StringComparison.Ordinal));
        await Agreement.CheckAsync(store.Runtime, task, Token);
    }

    [Fact]
    public async Task Hook_that_makes_the_change_itself_is_not_run_again_by_it()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await CreateAsync(store);
        await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token);
        var table = TestHook.Scope();
        var runs = 0;
        TestHook.Add(table, HookEvent.BeforeTaskComplete, async (e, token) =>
        {
            runs++;
            await store.Runtime.Tasks.CompleteAsync(e.TaskId, "by the hook", null, Actor.Operator, token);
        });
        var outer = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Tasks.CompleteAsync(task, "by the caller", null, Actor.Operator, Token));
        Assert.Equal(OpenCodeError.InvalidTransition, outer.Error);
        Assert.Equal(1, runs);
        Assert.Equal("by the hook", (await store.Runtime.Tasks.GetAsync(task, Token)).Result!.Data);
        Assert.Empty(await store.Runtime.Registry.LeasesAsync(HookResource.Name(task), Token));
    }

    [Fact]
    public async Task Hook_that_starts_another_task_runs_that_tasks_hooks_and_a_chain_without_end_is_cut()
    {
        await using var store = await TestStore.OpenAsync();
        var table = TestHook.Scope();
        var started = new List<string>();
        TestHook.Add(table, HookEvent.AfterTaskStart, async (e, token) =>
        {
            started.Add(e.TaskId);
            var next = await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "next" }, token);
            await store.Runtime.Tasks.StartAsync(next.Id, Actor.Operator, token);
        });
        var task = await CreateAsync(store);
        await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token);
        Assert.Equal(HookFlow.MostDepth, started.Distinct().Count());
        var last = (await store.Runtime.Tasks.ListAsync(new TaskQuery { First = 1 }, Token)).Tasks[0];
        Assert.Equal(AgentTaskStatus.Running, last.Status);
        Assert.Contains(await LogAsync(store, last.Id), e => e.Message.Contains($"{HookFlow.MostDepth} deep", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("complete")]
    [InlineData("fail")]
    [InlineData("attach to a finished task")]
    [InlineData("attach to another's")]
    public async Task Change_that_is_refused_runs_no_hook(string operation)
    {
        await using var store = await TestStore.OpenAsync();
        var task = await CreateAsync(store);
        if (operation.StartsWith("attach", StringComparison.Ordinal))
        {
            await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("other"), Token);
            if (operation == "attach to a finished task")
            {
                await store.Runtime.Tasks.CancelAsync(task, null, Actor.Operator, Token);
            }
        }

        var table = TestHook.Scope();
        var runs = 0;
        foreach (var moment in Enum.GetValues<HookEvent>())
        {
            TestHook.Add(table, moment, (_, _) => { runs++; return Task.CompletedTask; });
        }

        await Assert.ThrowsAsync<OpenCodeException>(() => DoAsync(store.Runtime, operation.Split(' ')[0], task));
        Assert.Equal(0, runs);
    }

    [Fact]
    public async Task Second_agent_of_a_collaborative_task_is_no_start()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await CreateAsync(store, AgentTaskMode.Collaborative);
        var table = TestHook.Scope();
        var runs = 0;
        TestHook.Add(table, HookEvent.BeforeTaskStart, (_, _) => { runs++; return Task.CompletedTask; });
        TestHook.Add(table, HookEvent.AfterTaskStart, (_, _) => { runs++; return Task.CompletedTask; });
        await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("one"), Token);
        await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("two"), Token);
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task Veto_of_a_resume_from_a_checkpoint_restores_nothing()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await CreateAsync(store);
        await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token);
        var checkpoint = await store.Runtime.Checkpoints.CreateAsync(task, null, Actor.Operator, Token);
        await store.Runtime.Memory.ChangeStateAsync(task, JsonMap.Parse("""{"later":1}"""), false, null, Actor.Operator, Token);
        await store.Runtime.Tasks.FailAsync(task, "bad", null, null, Actor.Operator, Token);
        TestHook.Add(TestHook.Scope(), HookEvent.BeforeTaskStart, (_, _) => throw new InvalidOperationException("no"), blocking: true);
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Tasks.ResumeAsync(new ResumeRequest { Checkpoint = checkpoint.Id, Agent = "ana" }, Token));
        Assert.Equal(OpenCodeError.HookRejected, refused.Error);
        Assert.Equal(AgentTaskStatus.Failed, (await store.Runtime.Tasks.GetAsync(task, Token)).Status);
        Assert.Equal(1L, (await store.Runtime.Memory.StateAsync(task, Token)).Data["later"]);
        Assert.Single(await store.Runtime.Checkpoints.ListAsync(task, Token));
    }

    [Fact]
    public async Task Cancelled_call_leaves_the_task_and_no_claim()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await CreateAsync(store);
        using var cancel = new CancellationTokenSource();
        TestHook.Add(TestHook.Scope(), HookEvent.BeforeTaskStart, async (_, token) =>
        {
            await cancel.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.Runtime.Tasks.StartAsync(task, Actor.Operator, cancel.Token));
        Assert.Equal(AgentTaskStatus.Pending, (await store.Runtime.Tasks.GetAsync(task, Token)).Status);
        Assert.Empty(await store.Runtime.Registry.LeasesAsync(HookResource.Name(task), Token));
    }

    [Fact]
    public async Task Call_cancelled_after_its_change_was_made_still_gives_its_result()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await CreateAsync(store);
        using var cancel = new CancellationTokenSource();
        var table = TestHook.Scope();
        TestHook.Add(table, HookEvent.AfterTaskStart, async (_, token) =>
        {
            await cancel.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
        });
        var later = false;
        TestHook.Add(table, HookEvent.AfterTaskStart, (_, _) => { later = true; return Task.CompletedTask; });
        Assert.Equal(AgentTaskStatus.Running, (await store.Runtime.Tasks.StartAsync(task, Actor.Operator, cancel.Token)).Status);
        Assert.False(later);
        Assert.Contains(await LogAsync(store, task), e => e.Message.Contains("cancelled", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Hook_that_deletes_the_task_leaves_nothing_to_log_to()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await CreateAsync(store);
        TestHook.Add(TestHook.Scope(), HookEvent.AfterTaskStart, async (e, token) =>
        {
            await store.Runtime.Tasks.DeleteAsync(e.TaskId, force: true, token);
            throw new InvalidOperationException("and fails");
        });
        Assert.Equal(AgentTaskStatus.Running, (await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token)).Status);
        Assert.Equal(OpenCodeError.TaskNotFound, (await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Tasks.GetAsync(task, Token).AsTask())).Error);
    }

    internal static async Task<string> CreateAsync(TestStore store, AgentTaskMode mode = AgentTaskMode.Exclusive) =>
        (await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "hooked", Mode = mode }, Token)).Id;

    internal static async Task<IReadOnlyList<LogEntry>> LogAsync(TestStore store, string task) => (await store.Runtime.Memory.HistoryAsync(task, new LogQuery(), Token)).Entries;

    internal static Task DoAsync(OpenCodeRuntime runtime, string operation, string task) => operation switch
    {
        "start" => runtime.Tasks.StartAsync(task, Actor.Operator, Token),
        "attach" => runtime.Tasks.AttachAsync(task, new AttachRequest("ana"), Token),
        "resume" => runtime.Tasks.ResumeAsync(new ResumeRequest { Task = task }, Token),
        "complete" => runtime.Tasks.CompleteAsync(task, 5L, null, Actor.Operator, Token),
        "fail" => runtime.Tasks.FailAsync(task, "bad", null, null, Actor.Operator, Token),
        _ => runtime.Tasks.CancelAsync(task, null, Actor.Operator, Token),
    };
}

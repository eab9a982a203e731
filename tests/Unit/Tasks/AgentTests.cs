using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class AgentTests
{
    private static CancellationToken Token => TestStore.Token;

    public static TheoryData<string> Writes() => ["log", "decide", "state", "update", "checkpoint", "restore", "complete", "fail", "cancel", "detach"];

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task Write_with_an_old_fence_is_LeaseLost_and_changes_nothing(string write)
    {
        await using var store = await TestStore.OpenAsync();
        var (task, checkpoint) = await RunningAsync(store);
        var old = await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("worker"), Token);
        var present = await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("worker"), Token);
        Assert.True(present.Fence > old.Fence);
        await RefusedAsync(store, task, write, checkpoint, "worker", old.Fence, OpenCodeError.LeaseLost);
        await DoAsync(store.Runtime, write, task, checkpoint, "worker", present.Fence);
        await Agreement.CheckAsync(store.Runtime, task, Token);
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task Write_without_a_lease_is_AgentNotAttached_and_changes_nothing(string write)
    {
        await using var store = await TestStore.OpenAsync();
        var (task, checkpoint) = await RunningAsync(store);
        await RefusedAsync(store, task, write, checkpoint, "stranger", null, OpenCodeError.AgentNotAttached);
        await RefusedAsync(store, task, write, checkpoint, "stranger", 1, OpenCodeError.LeaseLost);
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task Write_after_the_lease_ended_is_refused_and_another_agent_can_take_the_task(string write)
    {
        await using var store = await TestStore.OpenAsync();
        var (task, checkpoint) = await RunningAsync(store);
        var lease = await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("worker") { Lease = TimeSpan.FromSeconds(10) }, Token);
        store.Clock.Advance(TimeSpan.FromSeconds(10));
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => DoAsync(store.Runtime, write, task, checkpoint, "worker", lease.Fence));
        Assert.Equal(OpenCodeError.LeaseLost, refused.Error);
        var taken = await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("other"), Token);
        Assert.True(taken.Fence > lease.Fence);
        var now = await store.Runtime.Tasks.GetAsync(task, Token);
        Assert.Equal(["other"], now.Agents);
        Assert.Equal(2, now.Attempt);
        await Agreement.CheckAsync(store.Runtime, task, Token);
    }

    [Fact]
    public async Task Lease_is_renewed_by_every_call_in_the_agents_name()
    {
        await using var store = await TestStore.OpenAsync();
        var (task, checkpoint) = await RunningAsync(store);
        var lease = await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("worker") { Lease = TimeSpan.FromSeconds(10) }, Token);
        foreach (var write in (string[])["log", "decide", "state", "update", "checkpoint"])
        {
            store.Clock.Advance(TimeSpan.FromSeconds(9));
            await DoAsync(store.Runtime, write, task, checkpoint, "worker", lease.Fence);
        }

        var held = Assert.Single(await store.Runtime.Registry.LeasesAsync(TaskResource.Name(task), Token));
        Assert.Equal(store.Clock.GetUtcNow() + TimeSpan.FromSeconds(10), held.ExpiresAt);
        Assert.Equal(lease.Fence, held.Fence);
    }

    [Fact]
    public async Task Last_lost_agent_gives_the_task_back_and_the_log_says_so()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "t", Mode = AgentTaskMode.Collaborative }, Token);
        await runtime.Tasks.AttachAsync(task.Id, new AttachRequest("first") { Lease = TimeSpan.FromSeconds(10) }, Token);
        await runtime.Tasks.AttachAsync(task.Id, new AttachRequest("second") { Lease = TimeSpan.FromSeconds(20) }, Token);
        await runtime.Tasks.AttachAsync(task.Id, new AttachRequest("third") { NoExpiry = true }, Token);
        store.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["second", "third"], (await runtime.Tasks.GetAsync(task.Id, Token)).Agents);
        store.Clock.Advance(TimeSpan.FromDays(1000));
        Assert.Equal(["third"], (await runtime.Tasks.GetAsync(task.Id, Token)).Agents);
        Assert.Equal(AgentTaskStatus.Running, (await runtime.Tasks.GetAsync(task.Id, Token)).Status);
        await runtime.Tasks.AttachAsync(task.Id, new AttachRequest("third") { Lease = TimeSpan.FromSeconds(1) }, Token);
        store.Clock.Advance(TimeSpan.FromSeconds(1));
        var back = await runtime.Tasks.GetAsync(task.Id, Token);
        Assert.Equal((AgentTaskStatus.Pending, 2), (back.Status, back.Attempt));
        var lost = (await runtime.Memory.HistoryAsync(task.Id, new LogQuery { Level = LogLevel.Warn }, Token)).Entries;
        Assert.Equal(3, lost.Count);
        Assert.Contains("attempt 2", lost[^1].Message, StringComparison.Ordinal);
        await Agreement.CheckAsync(runtime, task.Id, Token);
    }

    [Fact]
    public async Task Second_agent_of_an_exclusive_task_is_LockHeld_naming_the_holder()
    {
        await using var store = await TestStore.OpenAsync();
        var (task, _) = await RunningAsync(store);
        await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("holder"), Token);
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Tasks.AttachAsync(task, new AttachRequest("second"), Token));
        Assert.Equal(OpenCodeError.LockHeld, refused.Error);
        Assert.Contains("holder", refused.Message, StringComparison.Ordinal);
        await store.Runtime.Tasks.DetachAsync(task, "holder", null, Token);
        await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("second"), Token);
        await Agreement.CheckAsync(store.Runtime, task, Token);
    }

    [Fact]
    public async Task Operators_change_moves_every_fence_on()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t", Mode = AgentTaskMode.Collaborative }, Token);
        var first = await store.Runtime.Tasks.AttachAsync(task.Id, new AttachRequest("first"), Token);
        var second = await store.Runtime.Tasks.AttachAsync(task.Id, new AttachRequest("second"), Token);
        await store.Runtime.Tasks.UpdateAsync(task.Id, new TaskPatch { Name = "first's" }, Actor.Of("first", first.Fence), Token);
        await store.Runtime.Memory.LogAsync(task.Id, LogLevel.Info, "second still knows", null, Actor.Of("second", second.Fence), Token);
        await store.Runtime.Tasks.UpdateAsync(task.Id, new TaskPatch { Name = "operator's" }, Actor.Operator, Token);
        foreach (var (agent, fence) in new[] { ("first", first.Fence), ("second", second.Fence) })
        {
            var refused = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Memory.LogAsync(task.Id, LogLevel.Info, "x", null, Actor.Of(agent, fence), Token));
            Assert.Equal(OpenCodeError.LeaseLost, refused.Error);
        }

        var fences = (await store.Runtime.Registry.LeasesAsync(TaskResource.Name(task.Id), Token)).Select(l => l.Fence).ToList();
        Assert.All(fences, f => Assert.True(f > second.Fence));
        Assert.Equal(["first", "second"], (await store.Runtime.Tasks.GetAsync(task.Id, Token)).Agents);
        await Agreement.CheckAsync(store.Runtime, task.Id, Token);
    }

    [Fact]
    public async Task Resume_for_an_agent_logs_the_fence_it_really_has()
    {
        await using var store = await TestStore.OpenAsync();
        var (task, _) = await RunningAsync(store);
        await store.Runtime.Tasks.FailAsync(task, "x", null, null, Actor.Operator, Token);
        await store.Runtime.Tasks.ResumeAsync(new ResumeRequest { Task = task, Agent = "worker" }, Token);
        var lease = Assert.Single(await store.Runtime.Registry.LeasesAsync(TaskResource.Name(task), Token));
        var entry = (await store.Runtime.Memory.HistoryAsync(task, new LogQuery { Last = 1 }, Token)).Entries[0];
        Assert.Equal(lease.Fence, entry.Data!["fence"]);
        await store.Runtime.Tasks.CompleteAsync(task, null, null, Actor.Of("worker", lease.Fence), Token);
    }

    [Fact]
    public async Task Fence_of_a_deleted_task_is_never_valid_for_its_ids_next_task()
    {
        await using var store = await TestStore.OpenAsync();
        long last = 0;
        for (var round = 0; round < 3; round++)
        {
            await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t", Id = "task_x" }, Token);
            var lease = await store.Runtime.Tasks.AttachAsync("task_x", new AttachRequest("worker"), Token);
            Assert.True(lease.Fence > last);
            if (last > 0)
            {
                var old = last;
                Assert.Equal(OpenCodeError.LeaseLost, (await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Tasks.CompleteAsync("task_x", null, null, Actor.Of("worker", old), Token))).Error);
            }

            last = lease.Fence;
            await store.Runtime.Tasks.DeleteAsync("task_x", force: true, Token);
            await Agreement.CheckAsync(store.Runtime, "task_x", Token);
        }
    }

    [Fact]
    public async Task Restore_while_another_agent_works_is_LockHeld_and_takes_no_checkpoint()
    {
        await using var store = await TestStore.OpenAsync();
        var (task, checkpoint) = await RunningAsync(store);
        await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("worker") { Lease = TimeSpan.FromSeconds(10) }, Token);
        await RefusedAsync(store, task, "restore", checkpoint, null, null, OpenCodeError.LockHeld);
        // Its lease is over: it holds nothing any more.
        store.Clock.Advance(TimeSpan.FromSeconds(10));
        await store.Runtime.Checkpoints.RestoreAsync(task, checkpoint, Actor.Operator, Token);
        await Agreement.CheckAsync(store.Runtime, task, Token);
    }

    [Fact]
    public async Task Update_for_another_version_names_both_and_merges_nothing()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t", Metadata = JsonMap.Parse("""{"a":1,"b":{"c":1}}""") }, Token);
        var updated = await store.Runtime.Tasks.UpdateAsync(task.Id, new TaskPatch { ExpectedVersion = 1, Metadata = JsonMap.Parse("""{"b":{"d":2},"a":null,"e":3}""") }, Actor.Operator, Token);
        Assert.Equal("""{"b":{"d":2},"e":3}""", updated.Metadata.ToString());
        Assert.Equal("t", updated.Name);
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Tasks.UpdateAsync(task.Id, new TaskPatch { ExpectedVersion = 1, Name = "u" }, Actor.Operator, Token));
        Assert.Equal(OpenCodeError.VersionConflict, refused.Error);
        Assert.Contains("version 2", refused.Message, StringComparison.Ordinal);
        Assert.Contains("version 1", refused.Message, StringComparison.Ordinal);
        var state = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Memory.ChangeStateAsync(task.Id, JsonMap.Empty, true, 1, Actor.Operator, Token));
        Assert.Equal(OpenCodeError.VersionConflict, state.Error);
        Assert.Equal("t", (await store.Runtime.Tasks.GetAsync(task.Id, Token)).Name);
    }

    [Fact]
    public async Task Metadata_that_would_grow_over_the_limit_by_merging_are_refused()
    {
        await using var store = await TestStore.OpenAsync();
        var half = new string('x', Input.MetadataBytes / 2);
        var task = await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t", Metadata = JsonMap.From(new Dictionary<string, string> { ["a"] = half }) }, Token);
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Tasks.UpdateAsync(task.Id, new TaskPatch { Metadata = JsonMap.From(new Dictionary<string, string> { ["b"] = half }) }, Actor.Operator, Token));
        Assert.Equal(OpenCodeError.LimitExceeded, refused.Error);
        Assert.Equal(task.Metadata, (await store.Runtime.Tasks.GetAsync(task.Id, Token)).Metadata);
    }

    private static async Task<(string Task, string Checkpoint)> RunningAsync(TestStore store)
    {
        var task = await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        var checkpoint = await store.Runtime.Checkpoints.CreateAsync(task.Id, null, Actor.Operator, Token);
        await store.Runtime.Tasks.StartAsync(task.Id, Actor.Operator, Token);
        return (task.Id, checkpoint.Id);
    }

    private static async Task RefusedAsync(TestStore store, string task, string write, string checkpoint, string? agent, long? fence, OpenCodeError error)
    {
        var folder = store.Folder(task).Root;
        var before = await store.Runtime.Registry.FindAsync(task, Token);
        var files = Contents(folder);
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => DoAsync(store.Runtime, write, task, checkpoint, agent, fence));
        Assert.Equal(error, refused.Error);
        var after = await store.Runtime.Registry.FindAsync(task, Token);
        Assert.Equal((before!.LastSeq, before.Task.Version), (after!.LastSeq, after.Task.Version));
        Assert.Equal(files, Contents(folder));
    }

    private static string[] Contents(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => f + ": " + File.ReadAllText(f))];

    private static Task DoAsync(OpenCodeRuntime runtime, string write, string task, string checkpoint, string? agent, long? fence)
    {
        var actor = Actor.Of(agent, fence);
        return write switch
        {
            "log" => runtime.Memory.LogAsync(task, LogLevel.Info, "x", null, actor, Token),
            "decide" => runtime.Memory.DecideAsync(task, new NewDecision(agent!, "x"), fence, Token),
            "state" => runtime.Memory.ChangeStateAsync(task, JsonMap.Parse("""{"x":1}"""), replace: false, null, actor, Token),
            "update" => runtime.Tasks.UpdateAsync(task, new TaskPatch { Name = "x" }, actor, Token),
            "checkpoint" => runtime.Checkpoints.CreateAsync(task, null, actor, Token),
            "restore" => runtime.Checkpoints.RestoreAsync(task, checkpoint, actor, Token),
            "complete" => runtime.Tasks.CompleteAsync(task, null, null, actor, Token),
            "fail" => runtime.Tasks.FailAsync(task, "x", null, null, actor, Token),
            "cancel" => runtime.Tasks.CancelAsync(task, null, actor, Token),
            "detach" => runtime.Tasks.DetachAsync(task, agent!, fence, Token),
            _ => throw new ArgumentOutOfRangeException(nameof(write), write, "unknown"),
        };
    }
}

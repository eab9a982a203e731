using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class ClaimTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Claims_go_by_priority_then_by_age_and_pass_what_waits_for_others()
    {
        await using var store = await TestStore.OpenAsync();
        var tasks = store.Runtime.Tasks;
        await tasks.CreateManyAsync([
            new NewTask { Id = "old", Name = "n" }, new NewTask { Id = "young", Name = "n" }, new NewTask { Id = "urgent", Name = "n", Priority = 5 },
            new NewTask { Id = "blocked", Name = "n", Priority = 9, DependsOn = ["young"] }, new NewTask { Id = "others", Name = "n", Priority = 7, Owner = "bob" },
        ], Token);
        var first = await tasks.ClaimAsync(new ClaimRequest("a") { Owner = "system" }, Token);
        Assert.Equal(("urgent", AgentTaskStatus.Running, "a", "a"), (first!.TaskId, first.Task.Status, first.AgentId, Assert.Single(first.Task.Agents)));
        Assert.Equal(first.Fence, first.Lease.Fence);
        var order = new List<string>();
        while (await tasks.ClaimAsync(new ClaimRequest("b"), Token) is { } claim)
        {
            order.Add(claim.TaskId);
            await Agreement.CheckAsync(store.Runtime, claim.TaskId, Token);
        }

        Assert.Equal(["others", "old", "young"], order);
        await tasks.CompleteAsync("young", null, null, Actor.Of("b"), Token);
        Assert.Equal("blocked", (await tasks.ClaimAsync(new ClaimRequest("b"), Token))!.TaskId);
    }

    [Fact]
    public async Task Each_task_is_claimed_once_by_many_at_the_same_time()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        await store.Runtime.Tasks.CreateManyAsync([.. Enumerable.Range(0, 60).Select(i => new NewTask { Name = $"t{i}", Mode = i % 2 == 0 ? AgentTaskMode.Exclusive : AgentTaskMode.Collaborative })], Token);
        var claimed = await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(
            async () =>
            {
                await using var runtime = await store.AgainAsync();
                var mine = new List<string>();
                while (await runtime.Tasks.ClaimAsync(new ClaimRequest($"w{worker}"), Token) is { } claim)
                {
                    mine.Add(claim.TaskId);
                }

                return mine;
            },
            Token)));
        Assert.Equal(60, claimed.SelectMany(c => c).Distinct().Count());
        Assert.Equal(60, claimed.Sum(c => c.Count));
    }

    [Fact]
    public async Task Claim_that_waits_gets_a_task_that_comes_later_or_is_given_back()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        var tasks = store.Runtime.Tasks;
        var waiting = tasks.ClaimAsync(new ClaimRequest("a") { Wait = null, Lease = TimeSpan.FromSeconds(1) }, Token);
        await tasks.CreateAsync(new NewTask { Id = "late", Name = "n" }, Token);
        Assert.Equal("late", (await waiting)!.TaskId);
        var again = await tasks.ClaimAsync(new ClaimRequest("b") { Wait = TimeSpan.FromSeconds(30) }, Token);
        Assert.Equal(("late", 2), (again!.TaskId, again.Task.Attempt));
        Assert.Null(await tasks.ClaimAsync(new ClaimRequest("c") { Wait = TimeSpan.FromMilliseconds(50) }, Token));
    }

    [Fact]
    public async Task Heartbeat_renews_keeps_the_note_and_tells_of_a_cancelled_task()
    {
        await using var store = await TestStore.OpenAsync();
        var tasks = store.Runtime.Tasks;
        await tasks.CreateAsync(new NewTask { Id = "t", Name = "n" }, Token);
        var claim = (await tasks.ClaimAsync(new ClaimRequest("a") { Lease = TimeSpan.FromSeconds(10) }, Token))!;
        store.Clock.Advance(TimeSpan.FromSeconds(8));
        var beat = await tasks.HeartbeatAsync("t", Actor.Of("a", claim.Fence), "half way", Token);
        Assert.Equal((AgentTaskStatus.Running, true, claim.Fence, store.Clock.GetUtcNow().AddSeconds(10)), (beat.Status, beat.Attached, beat.Fence, beat.ExpiresAt));
        store.Clock.Advance(TimeSpan.FromSeconds(8));
        await tasks.HeartbeatAsync("t", Actor.Of("a"), null, Token);
        var seen = Assert.Single(await tasks.AgentsAsync(null, null, Token).ToListAsync(Token));
        Assert.Equal(("half way", store.Clock.GetUtcNow()), (seen.Progress, seen.LastSeen));

        Assert.Equal(OpenCodeError.LeaseLost, (await Assert.ThrowsAsync<OpenCodeException>(() => tasks.HeartbeatAsync("t", Actor.Of("a", claim.Fence + 100), null, Token))).Error);
        Assert.Equal(OpenCodeError.AgentNotAttached, (await Assert.ThrowsAsync<OpenCodeException>(() => tasks.HeartbeatAsync("t", Actor.Of("b"), null, Token))).Error);
        Assert.Equal(OpenCodeError.LimitExceeded, (await Assert.ThrowsAsync<OpenCodeException>(() => tasks.HeartbeatAsync("t", Actor.Of("a"), new string('x', 4001), Token))).Error);
        await tasks.CancelAsync("t", "not needed", Actor.Operator, Token);
        var told = await tasks.HeartbeatAsync("t", Actor.Of("a", claim.Fence), null, Token);
        Assert.Equal((AgentTaskStatus.Cancelled, false, null, "not needed"), (told.Status, told.Attached, told.Fence, told.Error));
    }

    [Fact]
    public async Task Agent_that_waits_for_a_task_is_before_one_that_comes_by()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        var tasks = store.Runtime.Tasks;
        await tasks.CreateAsync(new NewTask { Id = "t", Name = "n" }, Token);
        await tasks.AttachAsync("t", new AttachRequest("holder"), Token);
        var waiting = new List<Task<Lease>>();
        foreach (var name in new[] { "first", "second" })
        {
            waiting.Add(tasks.AttachAsync("t", new AttachRequest(name) { Wait = TimeSpan.FromSeconds(30) }, Token));
            await TestStore.UntilAsync(async () => (await store.Runtime.Locks.ListAsync(new(), Token)).Any(l => l.Resource == "turn:t" && l.Owner == "first"));
        }

        await tasks.DetachAsync("t", "holder", null, Token);
        var first = await waiting[0];
        Assert.Equal("first", first.Owner);
        Assert.False(waiting[1].IsCompleted);
        Assert.Equal(OpenCodeError.LockHeld, (await Assert.ThrowsAsync<OpenCodeException>(() => tasks.AttachAsync("t", new AttachRequest("passer-by"), Token))).Error);
        await TestStore.UntilAsync(async () => (await store.Runtime.Locks.ListAsync(new(), Token)).Any(l => l.Resource == "turn:t" && l.Owner == "second"));
        await tasks.DetachAsync("t", "first", first.Fence, Token);
        Assert.Equal("second", (await waiting[1]).Owner);
        Assert.Equal(OpenCodeError.LockTimeout, (await Assert.ThrowsAsync<OpenCodeException>(() => tasks.AttachAsync("t", new AttachRequest("late") { Wait = TimeSpan.FromMilliseconds(100) }, Token))).Error);
        Assert.Equal(0, (await tasks.StatisticAsync(0, Token)).Locks.Waiting);
    }

    [Fact]
    public async Task Collaborators_that_change_one_state_lose_nothing()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        var runtime = store.Runtime;
        await runtime.Tasks.CreateAsync(new NewTask { Id = "t", Name = "n", Mode = AgentTaskMode.Collaborative }, Token);
        string[] agents = ["a", "b", "c"];
        foreach (var agent in agents)
        {
            await runtime.Tasks.AttachAsync("t", new AttachRequest(agent), Token);
        }

        await Task.WhenAll(agents.Select(agent => Task.Run(
            async () =>
            {
                for (var i = 0; i < 3; i++)
                {
                    await runtime.Memory.ChangeStateAsync("t", JsonMap.Parse($$"""{"{{agent}}":{{i}}}"""), false, null, Actor.Of(agent), Token);
                    await runtime.Tasks.UpdateAsync("t", new TaskPatch { Metadata = JsonMap.Parse($$"""{"{{agent}}":{{i}}}""") }, Actor.Of(agent), Token);
                }
            },
            Token)));
        var state = (await runtime.Memory.StateAsync("t", Token)).Data;
        Assert.Equal([2L, 2L, 2L], agents.Select(agent => state[agent]));

        var (inside, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var tries = 0;
        var counting = runtime.Memory.UpdateStateAsync(
            "t",
            async (state, _) =>
            {
                if (tries++ == 0)
                {
                    inside.SetResult();
                    await go.Task;
                }

                return JsonMap.Parse($$"""{"count":{{(state.Data.TryGetValue("count", out var count) ? (long)count! : 0) + 1}}}""");
            },
            Actor.Of("a"),
            Token);
        await inside.Task;
        await runtime.Memory.ChangeStateAsync("t", JsonMap.Parse("""{"count":10}"""), false, null, Actor.Of("b"), Token);
        go.SetResult();
        Assert.Equal(11L, (await counting).Data["count"]);
        Assert.Equal(2, tries);
    }

    [Fact]
    public async Task Update_without_members_changes_nothing()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        await runtime.Tasks.CreateAsync(new NewTask { Id = "t", Name = "n" }, Token);
        var before = await runtime.Memory.ChangeStateAsync("t", JsonMap.Parse("""{"a":1}"""), false, null, Actor.Operator, Token);
        Assert.Equal(before, await runtime.Memory.UpdateStateAsync("t", static (_, _) => ValueTask.FromResult(JsonMap.Empty), Actor.Operator, Token));
        Assert.Equal(before.Version, (await runtime.Tasks.GetAsync("t", Token)).Version);
    }

    [Fact]
    public async Task Conflict_on_an_exclusive_task_is_told_with_both_versions()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        await runtime.Tasks.CreateAsync(new NewTask { Id = "t", Name = "n" }, Token);
        var conflict = await Assert.ThrowsAsync<OpenCodeException>(() => runtime.Memory.UpdateStateAsync(
            "t",
            async (_, token) =>
            {
                await runtime.Memory.ChangeStateAsync("t", JsonMap.Parse("""{"a":1}"""), false, null, Actor.Operator, token);
                return JsonMap.Parse("""{"b":1}""");
            },
            Actor.Operator,
            Token));
        Assert.Equal((OpenCodeError.VersionConflict, 1L, 2L), (conflict.Error, conflict.ExpectedVersion, conflict.PresentVersion));
    }
}

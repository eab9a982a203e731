using OpenCode.Common;
using OpenCode.Locks;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Locks;

public sealed class LockTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Exclusive_lock_is_one_owners_and_names_it_to_the_next()
    {
        await using var store = await TestStore.OpenAsync();
        var locks = store.Runtime.Locks;
        var lease = Assert.Single(await locks.AcquireAsync(new LockRequest(["deploy"], "ada"), Token));
        Assert.Equal(("deploy", "ada", LeaseMode.Exclusive, false), (lease.Resource, lease.Owner, lease.Mode, lease.Detached));
        Assert.Equal(store.Clock.GetUtcNow() + TimeSpan.FromSeconds(60), lease.ExpiresAt);

        foreach (var (owner, mode) in new[] { ("bob", LeaseMode.Exclusive), ("bob", LeaseMode.Collaborative), ("ada", LeaseMode.Exclusive) })
        {
            var held = await Assert.ThrowsAsync<OpenCodeException>(() => locks.AcquireAsync(new LockRequest(["deploy"], owner) { Mode = mode }, Token));
            Assert.Equal((OpenCodeError.LockHeld, "deploy"), (held.Error, held.Target));
            Assert.Contains($"'ada' (pid {Environment.ProcessId} on ", held.Message, StringComparison.Ordinal);
        }

        await locks.ReleaseAsync("deploy", "ada", lease.Fence, Token);
        var next = Assert.Single(await locks.AcquireAsync(new LockRequest(["deploy"], "bob"), Token));
        Assert.True(next.Fence > lease.Fence);
        Assert.Equal(OpenCodeError.LeaseLost, (await Assert.ThrowsAsync<OpenCodeException>(() => locks.ReleaseAsync("deploy", "ada", lease.Fence, Token))).Error);
        Assert.Equal("bob", Assert.Single(await locks.ListAsync(new LockQuery(), Token)).Owner);
    }

    [Fact]
    public async Task Collaborative_locks_are_beside_each_other_and_never_beside_an_exclusive_one()
    {
        await using var store = await TestStore.OpenAsync();
        var locks = store.Runtime.Locks;
        var one = await locks.AcquireAsync(new LockRequest(["r"], "ada") { Mode = LeaseMode.Collaborative }, Token);
        var two = await locks.AcquireAsync(new LockRequest(["r"], "bob") { Mode = LeaseMode.Collaborative }, Token);
        Assert.True(two[0].Fence > one[0].Fence);
        await Refused(locks, new LockRequest(["r"], "eve"), OpenCodeError.LockHeld);
        await locks.ReleaseAsync("r", "ada", one[0].Fence, Token);
        await Refused(locks, new LockRequest(["r"], "eve"), OpenCodeError.LockHeld);
        await locks.ReleaseAsync("r", "bob", null, Token);
        await locks.AcquireAsync(new LockRequest(["r"], "eve"), Token);
        await Refused(locks, new LockRequest(["r"], "ada") { Mode = LeaseMode.Collaborative }, OpenCodeError.LockHeld);
    }

    [Fact]
    public async Task Several_resources_are_taken_all_or_none()
    {
        await using var store = await TestStore.OpenAsync();
        var locks = store.Runtime.Locks;
        await locks.AcquireAsync(new LockRequest(["b"], "bob"), Token);
        var refused = await Refused(locks, new LockRequest(["c", "b", "a"], "ada"), OpenCodeError.LockHeld);
        Assert.Equal("b", refused.Target);
        Assert.Equal(["b"], (await locks.ListAsync(new LockQuery(), Token)).Select(l => l.Resource));
        await locks.ReleaseAsync("b", "bob", null, Token);
        Assert.Equal(["a", "b", "c"], (await locks.AcquireAsync(new LockRequest(["c", "b", "a", "b"], "ada"), Token)).Select(l => l.Resource));
    }

    [Fact]
    public async Task Lock_ends_when_its_time_is_up_and_renewal_keeps_its_fence()
    {
        await using var store = await TestStore.OpenAsync();
        var locks = store.Runtime.Locks;
        var lease = (await locks.AcquireAsync(new LockRequest(["r"], "ada") { Lease = TimeSpan.FromSeconds(10) }, Token))[0];
        store.Clock.Advance(TimeSpan.FromSeconds(9));
        var renewed = await locks.RenewAsync("r", "ada", lease.Fence, null, Token);
        Assert.Equal((lease.Fence, store.Clock.GetUtcNow() + TimeSpan.FromSeconds(10)), (renewed.Fence, renewed.ExpiresAt));
        store.Clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Single(await locks.ListAsync(new LockQuery(), Token));
        Assert.Equal(TimeSpan.FromSeconds(20), (await locks.RenewAsync("r", "ada", lease.Fence, TimeSpan.FromSeconds(20), Token)).ExpiresAt - store.Clock.GetUtcNow());
        store.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Empty(await locks.ListAsync(new LockQuery(), Token));
        Assert.Equal(OpenCodeError.LeaseLost, (await Assert.ThrowsAsync<OpenCodeException>(() => locks.RenewAsync("r", "ada", lease.Fence, null, Token))).Error);
        Assert.True((await locks.AcquireAsync(new LockRequest(["r"], "bob"), Token))[0].Fence > lease.Fence);
        Assert.Equal(OpenCodeError.LeaseLost, (await Assert.ThrowsAsync<OpenCodeException>(() => locks.RenewAsync("r", "ada", lease.Fence, null, Token))).Error);
    }

    [Fact]
    public async Task Release_of_a_lock_that_was_lost_says_so_and_gives_the_others_back()
    {
        await using var store = await TestStore.OpenAsync();
        var locks = store.Runtime.Locks;
        var held = await locks.HoldAsync(new LockRequest(["a", "b"], "ada"), Token);
        await locks.ReleaseAsync("b", "ada", null, Token);
        var lost = await Assert.ThrowsAsync<OpenCodeException>(() => held.ReleaseAsync().AsTask());
        Assert.Equal((OpenCodeError.LeaseLost, "b"), (lost.Error, lost.Target));
        Assert.Empty(await locks.ListAsync(new LockQuery(), Token));
        await held.ReleaseAsync(); // once is enough

        await using var kept = await locks.HoldAsync(new LockRequest(["a", "b"], "ada"), Token);
        await kept.ReleaseAsync();
        Assert.Empty(await locks.ListAsync(new LockQuery(), Token));
    }

    [Fact]
    public async Task Write_under_a_lock_that_was_lost_is_refused_in_its_transaction()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        var checkpoint = await runtime.Checkpoints.CreateAsync(task.Id, "kept", Actor.Operator, Token);
        var held = await runtime.Locks.HoldAsync(new LockRequest(["r"], "ada") { Lease = TimeSpan.FromSeconds(30) }, Token);
        using (held.Enter())
        {
            await runtime.Tasks.UpdateAsync(task.Id, new TaskPatch { Priority = 1 }, Actor.Operator, Token);
            await runtime.Memory.LogAsync(task.Id, LogLevel.Info, "kept", null, Actor.Operator, Token);
            await runtime.Locks.ReleaseOwnerAsync("ada", Token);
            var lost = await Assert.ThrowsAsync<OpenCodeException>(() => runtime.Tasks.UpdateAsync(task.Id, new TaskPatch { Priority = 2 }, Actor.Operator, Token));
            Assert.Equal((OpenCodeError.LeaseLost, "r"), (lost.Error, lost.Target));
            await Assert.ThrowsAsync<OpenCodeException>(() => runtime.Memory.LogAsync(task.Id, LogLevel.Info, "lost", null, Actor.Operator, Token));
            await Assert.ThrowsAsync<OpenCodeException>(() => runtime.Memory.DecideAsync(task.Id, new NewDecision(TaskMemory.Operator, "lost"), null, Token));

            // Both touch files before the registry hears of it.
            await Assert.ThrowsAsync<OpenCodeException>(() => runtime.Checkpoints.CreateAsync(task.Id, "lost", Actor.Operator, Token));
            await Assert.ThrowsAsync<OpenCodeException>(() => runtime.Checkpoints.RemoveAsync(task.Id, checkpoint.Id, Token));
        }

        Assert.Equal(["kept"], (await runtime.Checkpoints.ListAsync(task.Id, Token)).Select(c => c.Description));

        await runtime.Tasks.UpdateAsync(task.Id, new TaskPatch { Description = "outside" }, Actor.Operator, Token);
        Assert.Equal((1, "outside"), ((await runtime.Tasks.GetAsync(task.Id, Token)).Priority, (await runtime.Tasks.GetAsync(task.Id, Token)).Description));
        Assert.Equal(["kept"], (await runtime.Memory.HistoryAsync(task.Id, new LogQuery(), Token)).Entries.Where(e => e.Seq is null).Select(e => e.Message));
        await held.DisposeAsync();
        await Agreement.CheckAsync(runtime, task.Id, Token);
    }

    [Fact]
    public async Task Held_lock_is_renewed_until_it_is_disposed_and_says_when_it_is_lost()
    {
        await using var store = await TestStore.OpenAsync();
        var locks = store.Runtime.Locks;
        var held = await locks.HoldAsync(new LockRequest(["r"], "ada") { Lease = TimeSpan.FromSeconds(30) }, Token);
        for (var i = 0; i < 12; i++)
        {
            var before = held.Leases[0].ExpiresAt;
            store.Clock.Advance(TimeSpan.FromSeconds(10));
            await TestStore.UntilAsync(() => held.Leases[0].ExpiresAt > before);
            held.EnsureHeld();
        }

        await locks.ReleaseOwnerAsync("ada", Token);
        store.Clock.Advance(TimeSpan.FromSeconds(10));
        await TestStore.UntilAsync(() => held.Lost.IsCancellationRequested);
        Assert.False(held.IsHeld);
        Assert.Equal(OpenCodeError.LeaseLost, Assert.Throws<OpenCodeException>(held.EnsureHeld).Error);
        await held.DisposeAsync();
        await held.DisposeAsync();

        await using (await locks.HoldAsync(new LockRequest(["r"], "bob"), Token))
        {
            Assert.Equal("bob", Assert.Single(await locks.ListAsync(new LockQuery(), Token)).Owner);
        }

        Assert.Empty(await locks.ListAsync(new LockQuery(), Token));
    }

    [Fact]
    public async Task Those_who_wait_are_served_in_the_order_of_their_coming_and_nobody_passes()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        var locks = store.Runtime.Locks;
        var first = (await locks.AcquireAsync(new LockRequest(["r"], "first"), Token))[0];
        var order = new List<string>();
        var waiting = new List<Task>();
        foreach (var name in new[] { "a", "b", "c" })
        {
            waiting.Add(TakeTurnAsync(name));
            await TestStore.UntilAsync(async () => (await store.Runtime.Tasks.StatisticAsync(0, Token)).Locks.Waiting == waiting.Count);
        }

        var collaborator = await Refused(locks, new LockRequest(["r"], "passer-by"), OpenCodeError.LockHeld);
        Assert.Contains("'first'", collaborator.Message, StringComparison.Ordinal);
        await locks.ReleaseAsync("r", "first", first.Fence, Token);
        await Task.WhenAll(waiting);
        Assert.Equal(["a", "b", "c"], order);
        var statistic = (await store.Runtime.Tasks.StatisticAsync(0, Token)).Locks;
        Assert.Equal((4, 0, 0, 4), (statistic.Total, statistic.Active, statistic.Waiting, statistic.Conflicts));
        Assert.NotNull(statistic.WaitP95);

        async Task TakeTurnAsync(string name)
        {
            var lease = (await locks.AcquireAsync(new LockRequest(["r"], name) { Wait = TimeSpan.FromSeconds(30) }, Token))[0];
            order.Add(name);
            await locks.ReleaseAsync("r", name, lease.Fence, Token);
        }
    }

    [Fact]
    public async Task Waiting_for_several_holds_none_and_ends_in_a_timeout_that_names_the_holder()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        var locks = store.Runtime.Locks;
        await locks.AcquireAsync(new LockRequest(["b"], "bob"), Token);
        var waiting = locks.AcquireAsync(new LockRequest(["a", "b"], "ada") { Wait = TimeSpan.FromMilliseconds(300) }, Token);
        await TestStore.UntilAsync(async () => (await store.Runtime.Tasks.StatisticAsync(0, Token)).Locks.Waiting == 1);
        var passer = await Refused(locks, new LockRequest(["a"], "eve"), OpenCodeError.LockHeld);
        Assert.Contains("'ada' has waited for it longer", passer.Message, StringComparison.Ordinal);
        var timeout = await Assert.ThrowsAsync<OpenCodeException>(() => waiting);
        Assert.Equal(OpenCodeError.LockTimeout, timeout.Error);
        Assert.Contains("'bob'", timeout.Message, StringComparison.Ordinal);
        await locks.AcquireAsync(new LockRequest(["a"], "eve"), Token);
        Assert.Equal(0, (await store.Runtime.Tasks.StatisticAsync(0, Token)).Locks.Waiting);
    }

    [Fact]
    public async Task Cancelled_wait_leaves_the_line()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        var locks = store.Runtime.Locks;
        await locks.AcquireAsync(new LockRequest(["r"], "bob"), Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var waiting = locks.AcquireAsync(new LockRequest(["r"], "ada") { Wait = TimeSpan.FromSeconds(30) }, stop.Token);
        await TestStore.UntilAsync(async () => (await store.Runtime.Tasks.StatisticAsync(0, Token)).Locks.Waiting == 1);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await locks.ReleaseAsync("r", "bob", null, Token);
        await locks.AcquireAsync(new LockRequest(["r"], "eve"), Token);
    }

    [Fact]
    public async Task One_who_died_in_the_line_is_in_nobodys_way()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        var locks = store.Runtime.Locks;
        await locks.AcquireAsync(new LockRequest(["b"], "bob"), Token);
        var process = ProcessIdentity.Current;
        await using var mortal = await OpenCodeRuntime.OpenAsync(store.Configuration, TimeProvider.System, StepProbe.None, () => process, null, Token);
        var dead = await mortal.Registry.WriteAsync(new AcquireLocks(["a", "b"], "dead", LeaseMode.Exclusive, TimeSpan.FromSeconds(60), true, TimeSpan.FromHours(1)), Token);
        Assert.NotNull(dead.Ticket);
        var behind = locks.AcquireAsync(new LockRequest(["a"], "ada") { Wait = TimeSpan.FromSeconds(30) }, Token);
        await TestStore.UntilAsync(async () => (await store.Runtime.Tasks.StatisticAsync(0, Token)).Locks.Waiting == 2);
        Assert.False(behind.IsCompleted);
        using (var gone = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={store.Configuration.DatabaseFile};Pooling=False"))
        {
            gone.Open();
            using var command = gone.CreateCommand();
            command.CommandText = $"UPDATE waiters SET process_id = {int.MaxValue} WHERE owner = 'dead'";
            Assert.Equal(2, command.ExecuteNonQuery());
        }

        Assert.Equal("a", (await behind)[0].Resource);
        Assert.Equal(0, (await store.Runtime.Tasks.StatisticAsync(0, Token)).Locks.Waiting);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    [InlineData("task:abc")]
    [InlineData("hooks:abc")]
    [InlineData("turn:abc")]
    public async Task Name_that_is_not_a_callers_is_refused(string name)
    {
        await using var store = await TestStore.OpenAsync();
        await Refused(store.Runtime.Locks, new LockRequest([name], "ada"), OpenCodeError.InvalidArgument);
    }

    [Fact]
    public async Task Requests_out_of_bounds_are_refused()
    {
        await using var store = await TestStore.OpenAsync();
        var locks = store.Runtime.Locks;
        await Refused(locks, new LockRequest([], "ada"), OpenCodeError.InvalidArgument);
        await Refused(locks, new LockRequest(["r"], ""), OpenCodeError.InvalidArgument);
        await Refused(locks, new LockRequest(["r"], "ada") { Lease = TimeSpan.FromMilliseconds(999) }, OpenCodeError.InvalidArgument);
        await Refused(locks, new LockRequest(["r"], "ada") { Wait = TimeSpan.FromDays(31) }, OpenCodeError.InvalidArgument);
        await Refused(locks, new LockRequest([.. Enumerable.Range(0, 65).Select(i => $"r{i}")], "ada"), OpenCodeError.LimitExceeded);
        await Refused(locks, new LockRequest(["r"], "ada") { Mode = (LeaseMode)7 }, OpenCodeError.InvalidArgument);
    }

    [Fact]
    public async Task Everything_of_an_owner_is_taken_its_tasks_too()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        var lease = await runtime.Tasks.AttachAsync(task.Id, new AttachRequest("mad") { NoExpiry = true }, Token);
        await runtime.Tasks.HeartbeatAsync(task.Id, Actor.Of("mad"), "half way\u001b[2J\n\"done\"", Token);
        await runtime.Locks.AcquireAsync(new LockRequest(["a", "b"], "mad"), Token);
        await runtime.Locks.AcquireAsync(new LockRequest(["c"], "good"), Token);
        Assert.Equal(["a", "b", $"task:{task.Id}"], (await runtime.Locks.ReleaseOwnerAsync("mad", Token)).Select(l => l.Resource));
        Assert.Equal(["c"], (await runtime.Locks.ListAsync(new LockQuery(), Token)).Select(l => l.Resource));
        var now = await runtime.Tasks.GetAsync(task.Id, Token);
        Assert.Equal((AgentTaskStatus.Pending, 2), (now.Status, now.Attempt));
        Assert.Equal(OpenCodeError.LeaseLost, (await Assert.ThrowsAsync<OpenCodeException>(() => runtime.Tasks.CompleteAsync(task.Id, null, null, Actor.Of("mad", lease.Fence), Token))).Error);
        var told = (await runtime.Memory.HistoryAsync(task.Id, new LogQuery(), Token)).Entries[^1].Message;
        Assert.Contains("'mad' (which said last: \"half way\ufffd[2J 'done'\")", told, StringComparison.Ordinal);
        await Agreement.CheckAsync(runtime, task.Id, Token);
    }

    [Fact]
    public async Task Holder_elsewhere_is_never_taken_for_dead_and_one_here_whose_process_is_gone_is_at_once()
    {
        await using var store = await TestStore.OpenAsync();
        var here = ProcessIdentity.Current;
        var elsewhere = new[] { here with { Host = "other", ProcessId = int.MaxValue }, here with { ProcessId = int.MaxValue, Started = "another boot/pid:[1]/1" }, here with { ProcessId = int.MaxValue, Started = "1" } };
        var locks = store.Runtime.Locks;
        for (var i = 0; i < elsewhere.Length; i++)
        {
            await using var other = await OpenCodeRuntime.OpenAsync(store.Configuration, store.Clock, StepProbe.None, () => elsewhere[i], null, Token);
            await other.Locks.AcquireAsync(new LockRequest([$"r{i}"], "far"), Token);
            await Refused(locks, new LockRequest([$"r{i}"], "near"), OpenCodeError.LockHeld);
        }

        Assert.Equal(3, (await locks.ListAsync(new LockQuery(), Token)).Count);
        await using var dead = await OpenCodeRuntime.OpenAsync(store.Configuration, store.Clock, StepProbe.None, () => here with { ProcessId = int.MaxValue }, null, Token);
        await dead.Locks.AcquireAsync(new LockRequest(["bound"], "dead"), Token);
        await dead.Locks.AcquireAsync(new LockRequest(["detached"], "dead") { Detached = true }, Token);
        await locks.AcquireAsync(new LockRequest(["bound"], "near"), Token);
        await Refused(locks, new LockRequest(["detached"], "near"), OpenCodeError.LockHeld);
        Assert.Equal(1, (await store.Runtime.Tasks.StatisticAsync(0, Token)).Locks.Expired);
    }

    private static async Task<OpenCodeException> Refused(LockService locks, LockRequest request, OpenCodeError error)
    {
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => locks.AcquireAsync(request, Token));
        Assert.Equal(error, refused.Error);
        return refused;
    }
}

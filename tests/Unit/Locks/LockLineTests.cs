using OpenCode.Common;
using OpenCode.Locks;
using OpenCode.Registry;

namespace OpenCode.Tests.Unit.Locks;

/// <summary>The line at its seams: what ends beside it, and what is taken away between a grant and the moment it is seen.</summary>
public sealed class LockLineTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Lease_that_ends_while_another_request_is_looked_at_serves_who_waits_for_it()
    {
        await using var store = await TestStore.OpenAsync();
        var registry = store.Runtime.Registry;
        await registry.WriteAsync(Ask(["a"], "one", LeaseMode.Collaborative, Minute, null), Token);
        var two = await registry.WriteAsync(Ask(["a"], "two", LeaseMode.Collaborative, Minute, null), Token);
        await registry.WriteAsync(Ask(["b"], "ends", LeaseMode.Exclusive, TimeSpan.FromSeconds(1), null), Token);
        var first = await registry.WriteAsync(Ask(["b"], "first", LeaseMode.Exclusive, Minute, Minute), Token);
        var both = await registry.WriteAsync(Ask(["a", "b"], "both", LeaseMode.Exclusive, Minute, Minute), Token);
        store.Clock.Advance(TimeSpan.FromSeconds(2));

        // Looks whether 'both' can be served, and finds that b's lease is over; 'one' still has a.
        await registry.WriteAsync(new ReleaseLocks("two", [("a", two.Leases[0].Fence)]), Token);

        Assert.Equal("first", Assert.Single((await registry.LookAtLocksAsync(["b"], first.Ticket, Token)).Granted).Owner);
        Assert.True((await registry.LookAtLocksAsync(["a"], both.Ticket, Token)).Waits);
    }

    [Fact]
    public async Task Grant_that_is_broken_before_it_is_seen_is_given_back_and_asked_for_again()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        var runtime = store.Runtime;
        var held = await runtime.Locks.AcquireAsync(new LockRequest(["a", "b"], "bob"), Token);
        var waiting = runtime.Locks.AcquireAsync(new LockRequest(["a", "b"], "ada") { Wait = TimeSpan.FromSeconds(30) }, Token);
        await TestStore.UntilAsync(async () => (await runtime.Tasks.StatisticAsync(0, Token)).Locks.Waiting == 1);

        // In one transaction, so that nobody sees what is between: bob gives both back, which grants them to ada, and somebody takes one of them from her.
        var release = runtime.Registry.WriteAsync(new ReleaseLocks("bob", [.. held.Select(l => (l.Resource, (long?)l.Fence))]), Token);
        var take = runtime.Registry.WriteAsync(new ReleaseLocks("ada", [("a", null)]), Token);
        await release;
        await take;

        var leases = await waiting.WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal(["a", "b"], leases.Select(l => l.Resource));
        Assert.Equal(leases.Select(l => l.Fence), (await runtime.Locks.ListAsync(new LockQuery(), Token)).Select(l => l.Fence));
    }

    [Fact]
    public async Task Lock_of_a_dead_process_can_be_neither_renewed_nor_written_under_by_another()
    {
        await using var store = await TestStore.OpenAsync();
        await using var dead = await OpenCodeRuntime.OpenAsync(store.Configuration, store.Clock, StepProbe.None, () => ProcessIdentity.Current with { ProcessId = int.MaxValue }, null, Token);
        var lease = (await dead.Locks.AcquireAsync(new LockRequest(["r"], "ada"), Token))[0];

        // Whoever asks next is given it: a renewal that succeeds would be a lie.
        await RefusedAsync(OpenCodeError.LeaseLost, () => store.Runtime.Locks.RenewAsync("r", "ada", lease.Fence, null, Token));
        using (LeaseFlow.Enter([new LeaseGuard("r", lease.Fence)]))
        {
            await RefusedAsync(OpenCodeError.LeaseLost, async () => await store.Runtime.Tasks.CreateAsync(new OpenCode.Tasks.NewTask { Name = "n" }, Token));
        }

        await store.Runtime.Locks.AcquireAsync(new LockRequest(["r"], "bob"), Token);
    }

    [Fact]
    public async Task Call_that_is_cancelled_as_it_is_granted_has_taken_nothing()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        using var stop = new CancellationTokenSource();
        await using var runtime = await OpenCodeRuntime.OpenAsync(store.Configuration, TimeProvider.System, new StepProbe(step => Cancel(step, stop)), () => ProcessIdentity.Current, null, Token);
        Assert.False(stop.IsCancellationRequested);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runtime.Locks.AcquireAsync(new LockRequest(["a", "b"], "ada"), stop.Token));

        Assert.True(stop.IsCancellationRequested);
        Assert.Empty(await store.Runtime.Locks.ListAsync(new LockQuery(), Token));
    }

    [Fact]
    public async Task Line_of_one_resource_has_a_limit()
    {
        await using var store = await TestStore.OpenAsync();
        var registry = store.Runtime.Registry;
        await registry.WriteAsync(Ask(["r"], "holder", LeaseMode.Exclusive, Minute, null), Token);
        for (var i = 0; i < 1_000; i++)
        {
            await registry.WriteAsync(Ask(["r"], "waits", LeaseMode.Exclusive, Minute, Minute), Token);
        }

        var refused = await Assert.ThrowsAsync<OpenCodeException>(async () => await registry.WriteAsync(Ask(["a", "r"], "late", LeaseMode.Exclusive, Minute, Minute), Token));
        Assert.Equal((OpenCodeError.LimitExceeded, "r"), (refused.Error, refused.Target));
        Assert.Equal((1_000L, 1_000L), ((await registry.StatisticAsync(0, Token)).Locks.Waiting, (await registry.StatisticAsync(0, Token)).Locks.Conflicts));
        await registry.WriteAsync(Ask(["a"], "free", LeaseMode.Exclusive, Minute, null), Token); // nothing of the refused one is left
    }

    [Fact]
    public async Task Every_refusal_of_many_at_once_is_counted()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        await using var other = await store.AgainAsync();
        await store.Runtime.Locks.AcquireAsync(new LockRequest(["r"], "holder"), Token);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => RefusedAsync(OpenCodeError.LockHeld, () => (i % 2 == 0 ? store.Runtime : other).Locks.AcquireAsync(new LockRequest(["r"], "late"), Token)), Token)));

        // In the registry, without anybody who asks for statistics entering what is left.
        await TestStore.UntilAsync(async () => (await store.Runtime.Registry.StatisticAsync(0, Token)).Locks.Conflicts == 200);
    }

    private static AcquireLocks Ask(string[] resources, string owner, LeaseMode mode, TimeSpan duration, TimeSpan? wait) => new(resources, owner, mode, duration, Bound: true, wait);

    private static void Cancel(Step step, CancellationTokenSource stop)
    {
        if (step is Step.AfterCommit)
        {
            stop.Cancel();
        }
    }

    private static async Task RefusedAsync(OpenCodeError error, Func<Task> call) => Assert.Equal(error, (await Assert.ThrowsAsync<OpenCodeException>(call)).Error);
}

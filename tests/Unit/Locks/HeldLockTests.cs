using Microsoft.Extensions.Time.Testing;
using OpenCode.Common;
using OpenCode.Locks;

namespace OpenCode.Tests.Unit.Locks;

/// <summary>A lock that is held, over a store that fails, hangs and ends as the test says.</summary>
public sealed class HeldLockTests
{
    private static readonly TimeSpan Third = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _clock = new();
    private readonly FaultyStore _store = new();

    [Fact]
    public async Task Store_that_cannot_be_written_for_a_while_costs_no_lock()
    {
        var held = Hold();
        _store.Renewal = () => throw new OpenCodeException(OpenCodeError.StoreUnavailable, "Busy.");
        _clock.Advance(Third);
        await TestStore.UntilAsync(() => _store.Renewals == 1);
        Assert.True(held.IsHeld);
        _store.Renewal = null;
        _clock.Advance(Third);
        await TestStore.UntilAsync(() => _store.Renewals == 2);
        _clock.Advance(Third);
        await TestStore.UntilAsync(() => _store.Renewals == 3);
        _clock.Advance(Third / 2);
        held.EnsureHeld();
        await held.DisposeAsync();
        Assert.Equal(["r"], _store.Released);
    }

    [Fact]
    public async Task Store_that_stays_away_loses_the_lock_when_its_time_is_up_and_not_later()
    {
        var held = Hold();
        _store.Renewal = () => throw new OpenCodeException(OpenCodeError.StoreUnavailable, "Busy.");
        for (var i = 0; i < 2; i++)
        {
            _clock.Advance(Third);
            Assert.True(held.IsHeld);
        }

        _clock.Advance(Third);
        Assert.False(held.IsHeld);
        Assert.True(held.Lost.IsCancellationRequested);
        await held.DisposeAsync();
    }

    [Fact]
    public async Task Renewal_that_hangs_does_not_keep_the_loss_from_being_told()
    {
        var held = Hold();
        var answer = new TaskCompletionSource();
        _store.Renewal = () => answer.Task;
        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(Third);
        }

        Assert.Equal((1, false, true), (_store.Renewals, held.IsHeld, held.Lost.IsCancellationRequested));
        answer.SetResult(); // it was renewed in the end, too late for whoever was told
        await TestStore.UntilAsync(() => _store.Answered == 1);
        Assert.False(held.IsHeld);
        Assert.Equal(OpenCodeError.LeaseLost, Assert.Throws<OpenCodeException>(held.EnsureHeld).Error);
        await held.DisposeAsync();
        Assert.Equal(["r"], _store.Released);
    }

    [Fact]
    public async Task Wall_clock_that_jumps_changes_nothing()
    {
        var held = Hold();
        _clock.AdjustTime(_clock.GetUtcNow().AddDays(-1));
        Assert.True(held.IsHeld);
        _clock.Advance(Third / 2);
        Assert.True(held.IsHeld);
        await held.DisposeAsync();
    }

    [Fact]
    public async Task Disposal_while_a_renewal_is_under_way_waits_for_it_and_gives_back_once()
    {
        var held = Hold();
        var answer = new TaskCompletionSource();
        _store.Renewal = () => answer.Task;
        _clock.Advance(Third);
        await TestStore.UntilAsync(() => _store.Renewals == 1);
        var disposals = new[] { held.DisposeAsync().AsTask(), held.DisposeAsync().AsTask() };
        Assert.Empty(_store.Released); // a renewal after the release would bring the lease back
        answer.SetResult();
        await Task.WhenAll(disposals);
        Assert.Equal(["r"], _store.Released);
        _clock.Advance(Third * 5);
        Assert.Equal(1, _store.Renewals);
        Assert.False(held.Lost.IsCancellationRequested); // given back, not lost
    }

    [Fact]
    public async Task Whoever_is_told_of_the_loss_and_throws_does_not_keep_it_from_being_given_back()
    {
        var held = Hold();
        held.Lost.Register(() => throw new InvalidOperationException("A mistake of whoever is told."));
        _store.Renewal = () => throw new OpenCodeException(OpenCodeError.LeaseLost, "Gone.");
        _clock.Advance(Third);
        await TestStore.UntilAsync(() => held.Lost.IsCancellationRequested);
        await held.DisposeAsync();
        Assert.Equal(["r"], _store.Released);
    }

    private HeldLock Hold() => new(
        _store,
        _clock,
        [new Lease { Resource = "r", Owner = "ada", Fence = 1 }],
        Third * 3,
        _clock.GetTimestamp());

    private sealed class FaultyStore : ILeaseStore
    {
        private int _renewals;
        private int _answered;

        public Func<Task>? Renewal { get; set; }

        public int Renewals => Volatile.Read(ref _renewals);

        public int Answered => Volatile.Read(ref _answered);

        public List<string> Released { get; } = [];

        public async ValueTask<IReadOnlyList<Lease>> RenewAsync(string owner, IReadOnlyList<LeaseGuard> leases, TimeSpan? duration, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _renewals);
            await (Renewal?.Invoke() ?? Task.CompletedTask);
            Interlocked.Increment(ref _answered);
            return [new Lease { Resource = "r", Owner = owner, Fence = 1 }];
        }

        public ValueTask<IReadOnlyList<Lease>> ReleaseAsync(string owner, IReadOnlyList<(string Resource, long? Fence)> leases, CancellationToken cancellationToken)
        {
            Released.AddRange(leases.Select(l => l.Resource));
            return ValueTask.FromResult<IReadOnlyList<Lease>>([]);
        }

        public ValueTask<(IReadOnlyList<Lease> Leases, long? Ticket)> AcquireAsync(LeaseAsk ask, TimeSpan? wait, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<Lease>>? AcquireIfUndisturbed(LeaseAsk ask) => throw new NotSupportedException();

        public ValueTask<LockLook> LookAsync(IReadOnlyList<string> resources, long? ticket, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<Lease>> WithdrawAsync(long ticket, bool release, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<Lease>> ReleaseOwnerAsync(string owner, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask SettleAsync(IReadOnlyList<string> resources, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask CountConflictsAsync(long count, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<LeaseLook>> ListAsync(string? resource, string? owner, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ICommitWatch Watch() => throw new NotSupportedException();
    }
}

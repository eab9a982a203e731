using System.Globalization;
using OpenCode.Common;
using OpenCode.Configuration;

namespace OpenCode.Locks;

/// <summary>
/// Locks on named resources, across every process and host of the store. An exclusive one has one holder, a collaborative one many, never beside an exclusive one.
/// Each grant has a fence, a number that only grows for its resource. A lock ends when it is given back, when its time is up by the store's clock, and, unless it is
/// detached, when its process is gone.
/// </summary>
/// <remarks>Every failure is an <see cref="OpenCodeException"/>. What a call returns is committed: it survives the death of every process.</remarks>
public sealed class LockService
{
    /// <summary>The most resources one request can name.</summary>
    public const int MostResources = 64;

    /// <summary>The longest a lock can be asked for, or waited for.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    private readonly ILeaseStore _store;
    private readonly OpenCodeConfiguration _configuration;
    private readonly TimeProvider _clock;
    private readonly LockLine _line;
    private readonly ConflictCount _conflicts;
    private volatile string? _refused; // the resource that was refused last

    internal LockService(ILeaseStore store, OpenCodeConfiguration configuration, TimeProvider clock)
    {
        _store = store;
        _configuration = configuration;
        _clock = clock;
        _conflicts = new ConflictCount(store);
        _line = new LockLine(store, clock);
    }

    /// <summary>Takes resources, all or none. The leases have to be renewed by the caller before they end. A call that is cancelled has taken none.</summary>
    /// <returns>The leases, in order of the resources' names.</returns>
    /// <exception cref="OpenCodeException">LockHeld: somebody else has one of them, or waits for it; LockTimeout: waited in vain; InvalidArgument: a name, owner or time is not of its form; LimitExceeded: too many resources, or too many wait.</exception>
    public Task<IReadOnlyList<Lease>> AcquireAsync(LockRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        foreach (var resource in request.Resources)
        {
            LockResource.Check(resource);
        }

        return AcquireAnyAsync(request, cancellationToken);
    }

    /// <summary>
    /// What a request with a <see cref="LockRequest.RequestKey"/> was granted whose process died before it could answer. It can only be a detached lock. One that is not whole any
    /// more is given back.
    /// </summary>
    /// <param name="request">The request, as it was asked.</param>
    /// <param name="plannedId">What is known of it by its key.</param>
    /// <param name="cancellationToken">Ends it before it has begun.</param>
    /// <returns>The leases, in order of the resources' names; null when there are none, and it is to be asked for.</returns>
    public async Task<IReadOnlyList<Lease>?> GrantedAsync(LockRequest request, string plannedId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var ask = Ask(request);
        if (!long.TryParse(plannedId, NumberStyles.None, CultureInfo.InvariantCulture, out var ticket))
        {
            return null; // it died before it was granted anything
        }

        var granted = (await _store.LookAsync([], ticket, cancellationToken).ConfigureAwait(false)).Granted.OrderBy(l => l.Resource, StringComparer.Ordinal).ToList();
        if (granted.Select(l => l.Resource).SequenceEqual(ask.Resources))
        {
            return granted;
        }

        await _store.WithdrawAsync(ticket, release: true, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>Takes resources, all or none, and renews them in the background until the result is disposed.</summary>
    /// <exception cref="OpenCodeException">As <see cref="AcquireAsync"/>.</exception>
    public async Task<HeldLock> HoldAsync(LockRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        foreach (var resource in request.Resources)
        {
            LockResource.Check(resource);
        }

        return await HoldAnyAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lengthens a lock; its fence stays.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="owner">Who holds it.</param>
    /// <param name="fence">The fence of the grant.</param>
    /// <param name="lease">How long it lasts from now; null as long as it was asked for.</param>
    /// <param name="cancellationToken">Ends it before it has begun.</param>
    /// <exception cref="OpenCodeException">LeaseLost: it is not held any more.</exception>
    public async Task<Lease> RenewAsync(string resource, string owner, long fence, TimeSpan? lease, CancellationToken cancellationToken)
    {
        var duration = lease is null ? (TimeSpan?)null : Duration(lease);
        return (await _store.RenewAsync(Input.Agent(owner, "owner"), [new LeaseGuard(LockResource.Check(resource), fence)], duration, cancellationToken).ConfigureAwait(false))[0];
    }

    /// <summary>Gives a lock back, to whoever waits for it longest.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="owner">Who holds it.</param>
    /// <param name="fence">The fence of the grant; null gives back whichever the owner has.</param>
    /// <param name="cancellationToken">Ends it before it has begun.</param>
    /// <exception cref="OpenCodeException">LeaseLost: it is not held, or not by that owner with that fence.</exception>
    public async Task ReleaseAsync(string resource, string owner, long? fence, CancellationToken cancellationToken)
    {
        LockResource.Check(resource);
        if ((await _store.ReleaseAsync(Input.Agent(owner, "owner"), [(resource, fence)], cancellationToken).ConfigureAwait(false)).Count == 0)
        {
            var with = fence is { } number ? string.Create(CultureInfo.InvariantCulture, $" with fence {number}") : "";
            throw new OpenCodeException(OpenCodeError.LeaseLost, $"'{owner}' does not hold the lock '{resource}'{with}: it ended, was released before, or is another's. Nothing was released. List the locks to see who has it.", resource);
        }
    }

    /// <summary>
    /// Takes from an owner everything it holds or waits for: its locks, and as an agent its tasks, which are then as after a lost agent.
    /// For an owner that does not behave: its next write is refused.
    /// </summary>
    /// <returns>The leases that were taken.</returns>
    public async Task<IReadOnlyList<Lease>> ReleaseOwnerAsync(string owner, CancellationToken cancellationToken) =>
        await _store.ReleaseOwnerAsync(Input.Agent(owner, "owner"), cancellationToken).ConfigureAwait(false);

    /// <summary>The locks held now, agents' leases on tasks and the product's own among them, in order of their resources. What is over is ended first.</summary>
    public async Task<IReadOnlyList<Lease>> ListAsync(LockQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        _ = query.Resource is null ? null : Input.Line(query.Resource, Input.NameLength, "pattern for the resource");
        var found = await _store.ListAsync(query.Resource, query.Owner, cancellationToken).ConfigureAwait(false);
        if (found.Any(look => look.IsOver))
        {
            await _store.SettleAsync([.. found.Where(look => look.IsOver).Select(look => look.Lease.Resource).Distinct(StringComparer.Ordinal)], cancellationToken).ConfigureAwait(false);
            found = await _store.ListAsync(query.Resource, query.Owner, cancellationToken).ConfigureAwait(false);
        }

        return [.. found.Where(look => !look.IsOver && (query.Mode is null || look.Lease.Mode == query.Mode)).Select(look => look.Lease)];
    }

    /// <summary>Brings what statistics count up to date: ends what is over, and enters the conflicts that this process has counted and not entered yet.</summary>
    internal async Task SettleAsync(CancellationToken cancellationToken)
    {
        await ListAsync(new LockQuery(), cancellationToken).ConfigureAwait(false);
        await _conflicts.EnterAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As <see cref="HoldAsync"/>, with names that callers cannot use.</summary>
    internal async Task<HeldLock> HoldAnyAsync(LockRequest request, CancellationToken cancellationToken)
    {
        var ask = Ask(request);
        // The time of the request, not of the answer: the lease may have begun as early as that.
        var asked = _clock.GetTimestamp();
        var (leases, since) = await AcquireAnyAsync(ask, Wait(request), asked, cancellationToken).ConfigureAwait(false);
        return new HeldLock(_store, _clock, leases, ask.Duration, since);
    }

    private async Task<IReadOnlyList<Lease>> AcquireAnyAsync(LockRequest request, CancellationToken cancellationToken) =>
        (await AcquireAnyAsync(Ask(request), Wait(request), _clock.GetTimestamp(), cancellationToken).ConfigureAwait(false)).Leases;

    private async Task<(IReadOnlyList<Lease> Leases, long Since)> AcquireAnyAsync(LeaseAsk ask, TimeSpan wait, long asked, CancellationToken cancellationToken)
    {
        var acquired = await AcquireOnceAsync(ask, wait, asked, cancellationToken).ConfigureAwait(false);
        if (cancellationToken.IsCancellationRequested)
        {
            // Nobody waits for them any more.
            await _store.ReleaseAsync(ask.Owner, [.. acquired.Leases.Select(l => (l.Resource, (long?)l.Fence))], CancellationToken.None).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return acquired;
    }

    private async Task<(IReadOnlyList<Lease> Leases, long Since)> AcquireOnceAsync(LeaseAsk ask, TimeSpan wait, long asked, CancellationToken cancellationToken)
    {
        if (wait > TimeSpan.Zero)
        {
            return await _line.AcquireAsync(ask, wait, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            var leases = await AcquireNowAsync(ask, cancellationToken).ConfigureAwait(false);
            _refused = null;
            return (leases, asked);
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.LockHeld)
        {
            _refused = ask.Resources[0];
            _conflicts.Add();
            throw;
        }
    }

    private async ValueTask<IReadOnlyList<Lease>> AcquireNowAsync(LeaseAsk ask, CancellationToken cancellationToken)
    {
        // What was held a moment ago most likely is so still: whoever asks again and again does not take the gate from those who change something.
        cancellationToken.ThrowIfCancellationRequested();
        if (_refused != ask.Resources[0] && _store.AcquireIfUndisturbed(ask) is { } acquired)
        {
            return await acquired.ConfigureAwait(false);
        }

        // Whoever has it is seen by a short read, without a turn at the gate; that it is free, only the transaction can say.
        var holder = (await _store.LookAsync(ask.Resources, null, cancellationToken).ConfigureAwait(false)).Leases.FirstOrDefault(look => !look.IsOver && LockResource.Excludes(look.Lease.Mode, ask.Mode));
        return holder is null ? (await _store.AcquireAsync(ask, null, cancellationToken).ConfigureAwait(false)).Leases : throw LockErrors.Held(holder.Lease, ask.Owner);
    }

    private LeaseAsk Ask(LockRequest request)
    {
        string[] resources = [.. request.Resources.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return resources.Length switch
        {
            0 => throw new OpenCodeException(OpenCodeError.InvalidArgument, "No resource to lock was named. Name at least one."),
            > MostResources => throw new OpenCodeException(OpenCodeError.LimitExceeded, string.Create(CultureInfo.InvariantCulture, $"{resources.Length} resources were named; the limit is {MostResources} in one request. Lock one that stands for several.")),
            _ when !Enum.IsDefined(request.Mode) => throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The mode '{request.Mode}' is none. Give Exclusive or Collaborative."),
            _ => new LeaseAsk(resources, Input.Agent(request.Owner, "owner"), request.Mode, Duration(request.Lease), !request.Detached) { RequestKey = request.RequestKey },
        };
    }

    private TimeSpan Duration(TimeSpan? asked)
    {
        var duration = asked ?? _configuration.LockLease;
        return duration >= TimeSpan.FromSeconds(1) && duration <= Longest
            ? duration
            : throw new OpenCodeException(OpenCodeError.InvalidArgument, string.Create(CultureInfo.InvariantCulture, $"A lease of {duration.TotalSeconds:0.###} s is not possible. Give 1 s to {Longest.TotalSeconds:0} s."));
    }

    private TimeSpan Wait(LockRequest request)
    {
        var wait = request.Wait ?? _configuration.LockWait;
        return wait >= TimeSpan.Zero && wait <= Longest
            ? wait
            : throw new OpenCodeException(OpenCodeError.InvalidArgument, string.Create(CultureInfo.InvariantCulture, $"A wait of {wait.TotalSeconds:0.###} s is not possible. Give 0 s to {Longest.TotalSeconds:0} s."));
    }
}

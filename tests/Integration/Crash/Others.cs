using OpenCode.Locks;
using OpenCode.Tasks;
using OpenCode.Tests.Integration.Processes;
using OpenCode.Tests.StoreWorker;

namespace OpenCode.Tests.Integration.Crash;

/// <summary>
/// The others on the worker's store, in this process: one has what the worker wants, a lock and a task, one comes to want what the worker has, one waits for what the rogue has. They do
/// their part when they are told of its moment, so the worker's steps are the same in every run.
/// </summary>
internal sealed class Others : IAsyncDisposable
{
    // Far below what the worker's leases last, and far above what a busy machine takes.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly OpenCodeRuntime _runtime;
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(Token);
    private readonly Task<IReadOnlyList<Lease>> _hoard;
    private Task<IReadOnlyList<Lease>>? _handed;
    private bool _hasBusy;
    private bool _hasQueue;

    private Others(OpenCodeRuntime runtime)
    {
        _runtime = runtime;
        _hoard = AskAsync(Shift.Hoard);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<Others> StartAsync(string root)
    {
        var others = new Others(await OpenCodeRuntime.OpenAsync(Life.Configuration(root), Token));
        await Line.StandsAsync(others._runtime, Shift.Hoard, "other", others._hoard, Token);
        await others.TakeBusyAsync();
        await others._runtime.Tasks.AttachAsync(Shift.QueueId, new AttachRequest("other") { Lease = Shift.Long }, Token);
        others._hasQueue = true;
        return others;
    }

    /// <summary>Hears a worker until it ends.</summary>
    public async Task ListenAsync(Worker worker)
    {
        while (await worker.ReadLineAsync(Token) is { } moment)
        {
            await ToldAsync(moment);
        }
    }

    /// <summary>Does what is to be done at a moment.</summary>
    public async Task ToldAsync(string moment)
    {
        switch (moment)
        {
            case Shift.Waiting:
                await GiveBusyAsync();
                break;
            case Shift.Queued:
                await GiveQueueAsync();
                break;
            case Shift.Hand:
                _handed = AskAsync(Shift.Handed);
                break;
        }
    }

    /// <summary>Has what the worker is going to want.</summary>
    public async Task TakeBusyAsync()
    {
        if (!_hasBusy)
        {
            await _runtime.Locks.AcquireAsync(new LockRequest([Shift.Busy], "other") { Lease = Shift.Long }, Token);
            _hasBusy = true;
        }
    }

    /// <summary>After the worker's death: everything it had or waited for is had by the next who asks, although its leases and its place in the line last for long.</summary>
    public async Task InheritAsync()
    {
        // Asked for without a wait: the dead one has it no more, and is not before anybody.
        foreach (var resource in Shift.Bound)
        {
            await TakeAndGiveAsync(_runtime.Locks.AcquireAsync(new LockRequest([resource], "next") { Wait = TimeSpan.Zero }, Token), resource);
        }

        if (_hasBusy)
        {
            // Behind the dead one, if it waited; and served by whoever gives back.
            var next = _runtime.Locks.AcquireAsync(new LockRequest([Shift.Busy], "next") { Wait = Shift.Long }, Token);
            await Line.StandsAsync(_runtime, Shift.Busy, "next", next, Token);
            await GiveBusyAsync();
            await TakeAndGiveAsync(next, Shift.Busy);
        }
        else
        {
            await TakeAndGiveAsync(_runtime.Locks.AcquireAsync(new LockRequest([Shift.Busy], "next") { Wait = TimeSpan.Zero }, Token), Shift.Busy);
        }

        await InheritQueueAsync();
        await GetHandedAsync();
        await TakeAndGiveAsync(_runtime.Locks.AcquireAsync(new LockRequest([Shift.Handed], "next") { Wait = TimeSpan.Zero }, Token), Shift.Handed);
    }

    /// <summary>Gets what is still to be got, and gives it back.</summary>
    public async Task EndAsync()
    {
        await GetHandedAsync();
        await TakeAndGiveAsync(_hoard, Shift.Hoard);
        await GiveBusyAsync();
        await GiveQueueAsync();
    }

    /// <summary>The tasks as they are now.</summary>
    public async Task<IReadOnlyDictionary<string, AgentTask>> TasksAsync()
    {
        var tasks = new Dictionary<string, AgentTask>();
        foreach (var id in Shift.TaskIds)
        {
            tasks.Add(id, await _runtime.Tasks.GetAsync(id, Token));
        }

        return tasks;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (var asked in (Task?[])[_hoard, _handed])
        {
            // Cancelled when a test ended before it was served; how else it ended was seen, or is not what failed.
            await (asked ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _end.Dispose();
        await _runtime.DisposeAsync();
    }

    private Task<IReadOnlyList<Lease>> AskAsync(string resource) => _runtime.Locks.AcquireAsync(new LockRequest([resource], "other") { Lease = Shift.Long, Wait = Shift.Long }, _end.Token);

    private async Task GiveBusyAsync()
    {
        if (_hasBusy)
        {
            _hasBusy = false;
            await _runtime.Locks.ReleaseAsync(Shift.Busy, "other", null, Token);
        }
    }

    private async Task GiveQueueAsync()
    {
        if (_hasQueue)
        {
            _hasQueue = false;
            await _runtime.Tasks.DetachAsync(Shift.QueueId, "other", null, Token);
        }
    }

    // The dead one's turn to wait for the task ended with its process. What its agent had by then lasts as long as the agent's lease.
    private async Task InheritQueueAsync()
    {
        if ((await _runtime.Tasks.GetAsync(Shift.QueueId, Token)).Agents.Contains(Shift.Worker))
        {
            return;
        }

        var next = _runtime.Tasks.AttachAsync(Shift.QueueId, new AttachRequest("next") { Lease = Shift.Long, Wait = Limit }, Token);
        if (_hasQueue)
        {
            await Line.IsTurnOfAsync(_runtime, Shift.QueueId, "next", next, Token).WaitAsync(Limit, Token);
            await GiveQueueAsync();
        }

        var lease = await next;
        await _runtime.Tasks.DetachAsync(Shift.QueueId, "next", lease.Fence, Token);
    }

    private async Task GetHandedAsync()
    {
        if (_handed is { } asked)
        {
            await TakeAndGiveAsync(asked, Shift.Handed);
            _handed = null;
        }
    }

    private async Task TakeAndGiveAsync(Task<IReadOnlyList<Lease>> asked, string resource)
    {
        try
        {
            var lease = Assert.Single(await asked.WaitAsync(Limit, Token));
            await _runtime.Locks.ReleaseAsync(resource, lease.Owner, lease.Fence, Token);
        }
        catch (Exception e) when (e is TimeoutException or OpenCodeException)
        {
            throw new InvalidOperationException($"'{resource}' was not had by the next who asked: {e.Message}", e);
        }
    }
}

using OpenCode.Locks;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.LockTaker.Taking;

/// <summary>What one process does: a mixed load in an order that its seed decides, until it is told to stop.</summary>
/// <param name="requests">Its requests.</param>
/// <param name="random">Decides.</param>
/// <param name="me">In whose name it acts.</param>
internal sealed class Taker(Requests requests, Random random, string me)
{
    private readonly List<string> _known = [.. Names.Shared];

    /// <summary>Goes on until it is told to stop; what is begun is finished.</summary>
    public async Task RunAsync(bool readsOnly, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await (readsOnly ? ReadAsync() : NextAsync());
        }
    }

    private Task NextAsync() => random.Next(100) switch
    {
        < 36 => ClaimAsync(),
        < 62 => LockAsync(),
        < 72 => WorkTogetherAsync(),
        < 79 => TakeUpAsync(),
        < 84 => WaitForTaskAsync(),
        < 95 => ReadAsync(),
        < 97 => requests.OperatorUpdateAsync(Any(_known), null),
        < 98 => CancelAsync(),
        < 99 => ReleaseAnybodyAsync(),
        _ => CreateAsync(),
    };

    private async Task CreateAsync()
    {
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            await requests.CreateAsync(new NewTask { Name = "work", Priority = random.Next(2) });
        }
    }

    private async Task ClaimAsync()
    {
        var lease = Lease();
        if ((await requests.ClaimAsync(lease, random.Next(3) == 0 ? TimeSpan.FromMilliseconds(300) : TimeSpan.Zero)).Value is { } claim)
        {
            await WorkAsync(claim.TaskId, claim.Fence, lease, claim.Lease.Mode);
        }
        else
        {
            await CreateAsync();
        }
    }

    /// <summary>Works on a task it was given, and leaves it in one of the ways there are.</summary>
    private async Task WorkAsync(string task, long fence, TimeSpan lease, LeaseMode mode)
    {
        Remember(task);
        for (var steps = random.Next(6); steps > 0; steps--)
        {
            var error = random.Next(10) switch
            {
                < 3 => await BeatAsync(task, fence, mode),
                < 5 => (await requests.UpdateAsync(task, fence)).Error,
                < 7 => (await requests.StateAsync(task, fence, mode is LeaseMode.Collaborative)).Error,
                < 8 => (await requests.LogAsync(task, fence)).Error,
                _ => await PauseAsync(lease),
            };
            if (error is not null && random.Next(4) != 0)
            {
                return; // a zombie that goes on is what fences are for: one in four does
            }
        }

        await (random.Next(100) switch
        {
            < 55 when !Names.Stays(task) => requests.CompleteAsync(task, fence),
            < 70 when !Names.Stays(task) => requests.FailAsync(task, fence),
            < 90 => requests.DetachAsync(task, fence),
            _ => Task.CompletedTask, // left lying: its lease ends
        });
    }

    private async Task<OpenCodeError?> BeatAsync(string task, long fence, LeaseMode mode)
    {
        var beat = await requests.BeatAsync(task, fence, null, mode);
        return beat.Value is { Attached: false } ? OpenCodeError.LeaseLost : beat.Error; // cancelled, or finished by another: nothing is left to do
    }

    private async Task WorkTogetherAsync()
    {
        var (task, lease) = (Any(Names.Shared), Lease());
        if ((await requests.AttachAsync(task, lease, TimeSpan.Zero)).Value is { } given)
        {
            await WorkAsync(task, given.Fence, lease, given.Mode);
        }
    }

    /// <summary>Takes up what failed, was cancelled, or lies there without an agent.</summary>
    private async Task TakeUpAsync()
    {
        var page = await requests.ListAsync(new TaskQuery { Statuses = [AgentTaskStatus.Failed, AgentTaskStatus.Cancelled, AgentTaskStatus.Running], First = 30 });
        var loose = page.Value?.Tasks.Where(t => t.Agents.Count == 0 && !Names.Stays(t.Id)).ToList();
        if (loose is not { Count: > 0 })
        {
            return;
        }

        var (task, lease) = (loose[random.Next(loose.Count)], Lease());
        var mode = task.Mode is AgentTaskMode.Exclusive ? LeaseMode.Exclusive : LeaseMode.Collaborative;
        if (task.Status is AgentTaskStatus.Running)
        {
            if ((await requests.AttachAsync(task.Id, lease, TimeSpan.Zero)).Value is { } given)
            {
                await WorkAsync(task.Id, given.Fence, lease, mode);
            }
        }
        else if ((await requests.ResumeAsync(task.Id, lease)).Done && (await requests.BeatAsync(task.Id, null, lease, mode)).Value is { Fence: { } fence })
        {
            await WorkAsync(task.Id, fence, lease, mode); // the heartbeat tells the fence, which resuming does not
        }
    }

    private async Task WaitForTaskAsync()
    {
        var page = await requests.ListAsync(new TaskQuery { Statuses = [AgentTaskStatus.Running], First = 20 });
        var held = page.Value?.Tasks.Where(t => t.Agents.Count > 0 && !Names.Stays(t.Id)).ToList();
        if (held is not { Count: > 0 })
        {
            return;
        }

        var (task, lease) = (held[random.Next(held.Count)].Id, Lease());
        if ((await requests.AttachAsync(task, lease, TimeSpan.FromMilliseconds(random.Next(200, 1_500)))).Value is { } given)
        {
            await WorkAsync(task, given.Fence, lease, given.Mode);
        }
    }

    private async Task LockAsync()
    {
        var resources = Names.Resources.OrderBy(_ => random.Next()).Take(random.Next(1, 4)).Order(StringComparer.Ordinal).ToList();
        var request = new LockRequest(resources, me)
        {
            Mode = random.Next(10) < 7 ? LeaseMode.Exclusive : LeaseMode.Collaborative,
            Lease = Lease(),
            Wait = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(random.Next(200, 1_500)),
            Detached = random.Next(5) == 0,
        };
        if (random.Next(4) == 0)
        {
            await WorkUnderLockAsync(request);
            return;
        }

        if ((await requests.AcquireAsync(request)).Value is not { } leases)
        {
            return;
        }

        for (var steps = random.Next(4); steps > 0; steps--)
        {
            if (random.Next(2) == 0)
            {
                await requests.RenewAsync(Any(leases));
            }
            else
            {
                await PauseAsync(request.Lease.Value);
            }
        }

        foreach (var lease in leases.Where(_ => random.Next(10) != 0))
        {
            await requests.ReleaseAsync(lease);
        }
    }

    /// <summary>Changes what only the holder of a lock may change, as often as it is held.</summary>
    private async Task WorkUnderLockAsync(LockRequest request)
    {
        if ((await requests.HoldAsync(request)).Value is not { } held)
        {
            return;
        }

        var guard = held.Leases[0];
        for (var steps = random.Next(1, 5); steps > 0; steps--)
        {
            using (held.Enter())
            {
                await requests.OperatorUpdateAsync(Names.Ledger(guard.Resource), guard);
            }

            await PauseAsync(request.Lease!.Value);
        }

        await requests.ReleaseAsync(held, request.Resources);
    }

    private async Task CancelAsync()
    {
        if (_known.Where(task => !Names.Stays(task)).ToList() is { Count: > 0 } own)
        {
            await requests.CancelAsync(Any(own));
        }
    }

    private async Task ReleaseAnybodyAsync()
    {
        if ((await requests.LeasesAsync()).Value is { Count: > 0 } leases)
        {
            await requests.ReleaseOwnerAsync(Any(leases).Owner);
        }
    }

    private Task ReadAsync() => random.Next(8) switch
    {
        0 or 1 => requests.GetAsync(Any(_known)),
        2 => requests.ReadStateAsync(Any(_known)),
        3 => requests.LeasesAsync(),
        4 => requests.AgentsAsync(),
        5 => requests.ListAsync(new TaskQuery { First = 50 }),
        6 => requests.StatisticAsync(),
        _ => requests.HistoryAsync(Any(_known)),
    };

    /// <summary>Work that takes its time; now and then so long that a lease ends.</summary>
    private async Task<OpenCodeError?> PauseAsync(TimeSpan lease)
    {
        await Task.Delay(random.Next(15) == 0 ? lease + TimeSpan.FromMilliseconds(random.Next(500)) : TimeSpan.FromMilliseconds(random.Next(1, 40)));
        return null;
    }

    private void Remember(string task)
    {
        _known.Add(task);
        if (_known.Count > 60)
        {
            _known.RemoveAt(Names.Shared.Count);
        }
    }

    private TimeSpan Lease() => TimeSpan.FromMilliseconds(random.Next(1_000, 3_000));

    private T Any<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];
}

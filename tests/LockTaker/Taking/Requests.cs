using System.Globalization;
using OpenCode.Common;
using OpenCode.Locks;
using OpenCode.Registry;
using OpenCode.Tasks;
using OpenCode.Tests.LockTaker.Histories;

namespace OpenCode.Tests.LockTaker.Taking;

/// <summary>Every request a process of a run makes, and what is written down of it.</summary>
/// <param name="runtime">The store.</param>
/// <param name="recorder">Where it is written down.</param>
internal sealed class Requests(OpenCodeRuntime runtime, Recorder recorder)
{
    private static readonly CancellationToken Never = CancellationToken.None; // a request that is given up says nothing; waits have limits of their own

    private long _value;
    private int _marks;

    private string Me => recorder.Owner;

    public Task<Answer<AgentTask>> CreateAsync(NewTask task) => recorder.AskAsync(Operation.Create, a => a with { Task = task.Id }, async () => await runtime.Tasks.CreateAsync(task, Never), Told);

    public Task<Answer<TaskClaim?>> ClaimAsync(TimeSpan lease, TimeSpan wait) => recorder.AskAsync(
        Operation.Claim,
        a => a with { LeaseTime = Milliseconds(lease) },
        () => runtime.Tasks.ClaimAsync(new ClaimRequest(Me) { Lease = lease, Wait = wait }, Never),
        (t, claim) => claim is null ? t : Told(t, claim.Task) with { Leases = [Recorder.Seen(claim.Lease)] });

    public Task<Answer<Lease>> AttachAsync(string task, TimeSpan lease, TimeSpan wait) => recorder.AskAsync(
        Operation.Attach,
        a => a with { Task = task, LeaseTime = Milliseconds(lease) },
        () => runtime.Tasks.AttachAsync(task, new AttachRequest(Me) { Lease = lease, Wait = wait }, Never),
        (t, given) => t with { Leases = [Recorder.Seen(given)] });

    public Task<Answer<AgentTask>> ResumeAsync(string task, TimeSpan lease) => recorder.AskAsync(
        Operation.Resume,
        a => a with { Task = task, LeaseTime = Milliseconds(lease) },
        () => runtime.Tasks.ResumeAsync(new ResumeRequest { Task = task, Agent = Me, Lease = lease }, Never),
        Told);

    /// <param name="task">The task.</param>
    /// <param name="fence">The fence; null when only the answer tells it.</param>
    /// <param name="lease">How long the lease lasts, when this is the first that is told of it.</param>
    public Task<Answer<AgentHeartbeat>> BeatAsync(string task, long? fence, TimeSpan? lease, LeaseMode mode) => recorder.AskAsync(
        Operation.Beat,
        a => a with { Task = task, Fence = fence, LeaseTime = lease is { } time ? Milliseconds(time) : null },
        () => runtime.Tasks.HeartbeatAsync(task, new Actor(Me, fence), "at it", Never),
        (t, beat) => t with { Status = beat.Status.ToString(), Leases = beat.Attached ? [new SeenLease("task:" + task, Me, beat.Fence!.Value, mode, beat.ExpiresAt?.ToUnixTimeMilliseconds(), false)] : [] });

    public Task<Answer<AgentTask>> UpdateAsync(string task, long fence)
    {
        var (key, value) = Next(Names.Metadata);
        return recorder.AskAsync(Operation.Update, a => a with { Task = task, Fence = fence, Key = key, Value = value }, () => runtime.Tasks.UpdateAsync(task, new TaskPatch { Metadata = Map(key, value) }, new Actor(Me, fence), Never), Told);
    }

    /// <summary>A change in nobody's name; perhaps under a lock, which has to be there.</summary>
    public Task<Answer<AgentTask>> OperatorUpdateAsync(string task, Lease? guard)
    {
        var (key, value) = Next(Names.Metadata);
        return recorder.AskAsync(
            guard is null ? Operation.OperatorUpdate : Operation.Update,
            a => a with { Task = task, Key = key, Value = value, Guard = guard?.Resource, GuardFence = guard?.Fence },
            () => runtime.Tasks.UpdateAsync(task, new TaskPatch { Metadata = Map(key, value) }, Actor.Operator, Never),
            Told);
    }

    public Task<Answer<TaskState>> StateAsync(string task, long fence, bool together)
    {
        var (key, value) = Next(Names.State);
        return recorder.AskAsync(
            Operation.State,
            a => a with { Task = task, Fence = fence, Key = key, Value = value },
            () => together
                ? runtime.Memory.UpdateStateAsync(task, (_, _) => ValueTask.FromResult(Map(key, value)), new Actor(Me, fence), Never)
                : runtime.Memory.ChangeStateAsync(task, Map(key, value), false, null, new Actor(Me, fence), Never),
            (t, state) => t with { Values = Recorder.Members(state.Data, Names.State) });
    }

    public Task<Answer<LogEntry>> LogAsync(string task, long fence) => recorder.AskAsync(
        Operation.Log, a => a with { Task = task, Fence = fence }, () => runtime.Memory.LogAsync(task, LogLevel.Info, "at it", null, new Actor(Me, fence), Never));

    public Task<Answer<AgentTask>> CompleteAsync(string task, long fence)
    {
        var mark = string.Create(CultureInfo.InvariantCulture, $"{Me}#{++_marks}");
        return recorder.AskAsync(Operation.Complete, a => a with { Task = task, Fence = fence, Key = mark }, () => runtime.Tasks.CompleteAsync(task, mark, null, new Actor(Me, fence), Never), Told);
    }

    public Task<Answer<AgentTask>> FailAsync(string task, long fence) => recorder.AskAsync(
        Operation.Fail, a => a with { Task = task, Fence = fence }, () => runtime.Tasks.FailAsync(task, "did not work", null, null, new Actor(Me, fence), Never), Told);

    public Task<Answer<AgentTask>> DetachAsync(string task, long fence) => recorder.AskAsync(
        Operation.Detach, a => a with { Task = task, Fence = fence }, () => runtime.Tasks.DetachAsync(task, Me, fence, Never), Told);

    public Task<Answer<AgentTask>> CancelAsync(string task) => recorder.AskAsync(Operation.Cancel, a => a with { Task = task }, () => runtime.Tasks.CancelAsync(task, "not wanted", Actor.Operator, Never), Told);

    public Task<Answer<IReadOnlyList<Lease>>> AcquireAsync(LockRequest request) => recorder.AskAsync(
        Operation.Acquire,
        a => a with { Resources = request.Resources, LeaseTime = Milliseconds(request.Lease!.Value) },
        () => runtime.Locks.AcquireAsync(request, Never),
        (t, leases) => t with { Leases = [.. leases.Select(Recorder.Seen)] });

    /// <summary>As <see cref="AcquireAsync"/>; renewed by itself, so that its end is not known from what is asked.</summary>
    public Task<Answer<HeldLock>> HoldAsync(LockRequest request) => recorder.AskAsync(
        Operation.Acquire,
        a => a with { Resources = request.Resources },
        () => runtime.Locks.HoldAsync(request, Never),
        (t, held) => t with { Leases = [.. held.Leases.Select(Recorder.Seen)] });

    public Task<Answer<Lease>> RenewAsync(Lease lease) => recorder.AskAsync(
        Operation.Renew, a => a with { Resources = [lease.Resource], Fence = lease.Fence }, () => runtime.Locks.RenewAsync(lease.Resource, Me, lease.Fence, null, Never), (t, renewed) => t with { Leases = [Recorder.Seen(renewed)] });

    public Task<Answer<bool>> ReleaseAsync(Lease lease) => recorder.AskAsync(
        Operation.Release, a => a with { Resources = [lease.Resource], Fence = lease.Fence }, async () => { await runtime.Locks.ReleaseAsync(lease.Resource, Me, lease.Fence, Never); return true; });

    public Task<Answer<bool>> ReleaseAsync(HeldLock held, IReadOnlyList<string> resources) => recorder.AskAsync(
        Operation.Release, a => a with { Resources = resources }, async () => { await held.DisposeAsync(); return true; });

    /// <summary>Takes everything from an owner: in the log it is that owner's.</summary>
    public Task<Answer<IReadOnlyList<Lease>>> ReleaseOwnerAsync(string owner) => recorder.AskAsync(
        Operation.ReleaseOwner, a => a with { Owner = owner }, () => runtime.Locks.ReleaseOwnerAsync(owner, Never));

    public Task<Answer<AgentTask>> GetAsync(string task) => recorder.AskAsync(Operation.Get, a => a with { Task = task }, async () => await runtime.Tasks.GetAsync(task, Never), Told);

    public Task<Answer<TaskState>> ReadStateAsync(string task) => recorder.AskAsync(
        Operation.ReadState, a => a with { Task = task }, () => runtime.Memory.StateAsync(task, Never), (t, state) => t with { Values = Recorder.Members(state.Data, Names.State) });

    public Task<Answer<IReadOnlyList<Lease>>> LeasesAsync() => recorder.AskAsync(
        Operation.Leases, a => a, () => runtime.Locks.ListAsync(new LockQuery(), Never), (t, leases) => t with { Leases = [.. leases.Select(Recorder.Seen)] });

    public Task<Answer<IReadOnlyList<TaskAgent>>> AgentsAsync() => recorder.AskAsync(
        Operation.Agents,
        a => a,
        async () => await Listed(runtime.Tasks.AgentsAsync(null, null, Never)),
        (t, agents) => t with { Leases = [.. agents.Select(g => new SeenLease("task:" + g.TaskId, g.AgentId, g.Fence, g.Mode, g.ExpiresAt?.ToUnixTimeMilliseconds(), false))] });

    public Task<Answer<TaskPage>> ListAsync(TaskQuery query) => recorder.AskAsync(Operation.List, a => a, async () => await runtime.Tasks.ListAsync(query, Never));

    public Task<Answer<TaskStatistic>> StatisticAsync() => recorder.AskAsync(Operation.Statistic, a => a, () => runtime.Tasks.StatisticAsync(5, Never));

    public Task<Answer<LogPage>> HistoryAsync(string task) => recorder.AskAsync(Operation.History, a => a with { Task = task }, () => runtime.Memory.HistoryAsync(task, new LogQuery { Last = 50 }, Never));

    private static HistoryEvent Told(HistoryEvent told, AgentTask task) => told with
    {
        Task = task.Id,
        Status = task.Status.ToString(),
        Attempt = task.Attempt,
        Priority = task.Priority,
        Created = task.CreatedAt.ToUnixTimeMilliseconds(),
        Values = Recorder.Members(task.Metadata, Names.Metadata),
    };

    private (string Key, long Value) Next(string kind) => (kind + Me, Interlocked.Increment(ref _value));

    private static JsonMap Map(string key, long value) => JsonMap.From(new Dictionary<string, object?> { [key] = value });

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    private static async Task<IReadOnlyList<T>> Listed<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items)
        {
            list.Add(item);
        }

        return list;
    }
}

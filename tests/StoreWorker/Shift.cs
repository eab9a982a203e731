using OpenCode.Common;
using OpenCode.Hooks;
using OpenCode.Locks;
using OpenCode.Tasks;

namespace OpenCode.Tests.StoreWorker;

/// <summary>
/// A worker's time among others: it claims a task and works on it, takes locks alone and together, waits for one that somebody has, hands one to somebody who waits, waits
/// in its turn for a task that somebody has, claims and completes one around which hooks run, and takes everything from one who does not behave. Each operation can be repeated from where a dead process left it.
/// </summary>
public static class Shift
{
    /// <summary>Who it is about, as an agent and as an owner of locks.</summary>
    public const string Worker = "worker";

    /// <summary>The one who does not behave.</summary>
    public const string Rogue = "rogue";

    /// <summary>The task the worker claims.</summary>
    public const string JobId = "job";

    /// <summary>The task the rogue has.</summary>
    public const string HogId = "hog";

    /// <summary>The task whose agent's lease has ended, and nobody has looked yet.</summary>
    public const string StaleId = "stale";

    /// <summary>The task that somebody has when the worker wants to join it.</summary>
    public const string QueueId = "queue";

    /// <summary>The task the worker claims and completes with hooks.</summary>
    public const string HookedId = "hooked";

    /// <summary>The lock that has ended likewise.</summary>
    public const string Old = "old";

    /// <summary>The lock the rogue has, detached. Somebody waits for it.</summary>
    public const string Hoard = "hoard";

    /// <summary>The lock that somebody has when the worker wants it together with <see cref="With"/>.</summary>
    public const string Busy = "busy";

    /// <summary>See <see cref="Busy"/>.</summary>
    public const string With = "with";

    /// <summary>The lock that somebody waits for when the worker gives it back.</summary>
    public const string Handed = "handed";

    /// <summary>Told when the worker stands in the line.</summary>
    public const string Waiting = "waiting";

    /// <summary>Told when the worker has what it waited for.</summary>
    public const string Granted = "granted";

    /// <summary>Told when the worker has the locks it takes together.</summary>
    public const string Held = "held";

    /// <summary>Told when the worker has <see cref="Handed"/>: from here on somebody has to ask for it.</summary>
    public const string Hand = "hand";

    /// <summary>Told when the worker has the turn to wait for <see cref="QueueId"/>.</summary>
    public const string Queued = "queued";

    /// <summary>Told when the worker's agent has <see cref="QueueId"/>.</summary>
    public const string Joined = "joined";

    /// <summary>Told when hooks run before <see cref="HookedId"/> is given to the worker, or completed.</summary>
    public const string Hooking = "hooking";

    /// <summary>Longer than any run: what ends sooner has not ended by its time.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMinutes(20);

    /// <summary>What a renewed lock lasts.</summary>
    public static readonly TimeSpan Longer = TimeSpan.FromMinutes(90);

    private const string Alone = "alone";
    private const string Kept = "kept";
    private const string KeptToo = "kept too";

    private static readonly string[] Together = ["one", "two"];

    /// <summary>The tasks.</summary>
    public static IReadOnlyList<string> TaskIds { get; } = [JobId, HogId, StaleId, QueueId, HookedId];

    /// <summary>The locks the worker only has as long as it lives, and nobody else has or waits for.</summary>
    public static IReadOnlyList<string> Bound { get; } = [Alone, .. Together, With];

    /// <summary>The operations, in order.</summary>
    /// <param name="told">Told of the moments that others have a part in.</param>
    public static IReadOnlyList<(string Name, Func<OpenCodeRuntime, CancellationToken, Task> Do)> Operations(Func<string, Task> told) =>
    [
        ("look", async (r, t) => await r.Tasks.GetAsync(StaleId, t)),
        ("claim", (r, t) => ClaimAsync(r, JobId, t)),
        ("heartbeat", (r, t) => r.Tasks.HeartbeatAsync(JobId, Actor.Of(Worker), "half way", t)),
        ("update the state", (r, t) => r.Memory.UpdateStateAsync(JobId, static (state, _) => ValueTask.FromResult(JsonMap.Parse($$"""{"count":{{(state.Data.TryGetValue("count", out var count) ? (long)count! : 0) + 1}}}""")), Actor.Of(Worker), t)),
        ("lock alone", (r, t) => HaveAsync(r, Alone, t)),
        ("hold together", (r, t) => HoldAsync(r, told, t)),
        ("lock detached", (r, t) => r.Locks.AcquireAsync(new LockRequest([Kept, KeptToo], Worker) { Lease = Long, Detached = true }, t)),
        ("renew", async (r, t) => await r.Locks.RenewAsync(Kept, Worker, (await LeaseAsync(r, Kept, t))!.Fence, Longer, t)),
        ("wait in the line", (r, t) => WaitAsync(r, told, t)),
        ("hand over", (r, t) => HandOverAsync(r, told, t)),
        ("join in turn", (r, t) => JoinAsync(r, told, t)),
        ("leave", (r, t) => r.Tasks.DetachAsync(QueueId, Worker, null, t)),
        ("claim with hooks", (r, t) => WithHookAsync(HookEvent.BeforeTaskStart, told, () => ClaimAsync(r, HookedId, t))),
        ("complete with hooks", (r, t) => WithHookAsync(HookEvent.BeforeTaskComplete, told, () => r.Tasks.CompleteAsync(HookedId, null, "done", Actor.Of(Worker), t))),
        ("take all from the rogue", (r, t) => r.Locks.ReleaseOwnerAsync(Rogue, t)),
        ("give back alone", async (r, t) =>
        {
            await HaveAsync(r, Alone, t);
            await r.Locks.ReleaseAsync(Alone, Worker, null, t);
        }),
        ("give back what is kept", (r, t) => r.Locks.ReleaseAsync(Kept, Worker, null, t)),
        ("give back the other", (r, t) => r.Locks.ReleaseAsync(KeptToo, Worker, null, t)),
        ("complete", (r, t) => r.Tasks.CompleteAsync(JobId, 42, "done", Actor.Of(Worker), t)),
    ];

    /// <summary>Makes the store as the worker finds it.</summary>
    public static async Task PrepareAsync(string root, CancellationToken token)
    {
        // What has ended was given by a clock two hours ago.
        await using (var before = await OpenCodeRuntime.OpenAsync(Life.Configuration(root), TimeProvider.System, new ShiftedClock(-TimeSpan.FromHours(2)), StepProbe.None, () => ProcessIdentity.Current, null, token))
        {
            await before.Tasks.CreateAsync(new NewTask { Id = StaleId, Name = "Left by its agent" }, token);
            await before.Tasks.AttachAsync(StaleId, new AttachRequest("late") { Lease = TimeSpan.FromSeconds(1) }, token);
            await before.Locks.AcquireAsync(new LockRequest([Old], "late") { Lease = TimeSpan.FromSeconds(1), Detached = true }, token);
        }

        await using var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(root), token);
        await runtime.Tasks.CreateAsync(new NewTask { Id = JobId, Name = "Work", Priority = 9 }, token);
        await runtime.Tasks.CreateAsync(new NewTask { Id = HogId, Name = "The rogue's" }, token);
        await runtime.Tasks.CreateAsync(new NewTask { Id = QueueId, Name = "Wanted by several" }, token);
        await runtime.Tasks.CreateAsync(new NewTask { Id = HookedId, Name = "With hooks", Priority = 8 }, token);
        await runtime.Tasks.AttachAsync(HogId, new AttachRequest(Rogue) { Lease = Long }, token);
        await runtime.Locks.AcquireAsync(new LockRequest([Hoard], Rogue) { Lease = Long, Detached = true }, token);
    }

    private static async Task ClaimAsync(OpenCodeRuntime runtime, string id, CancellationToken token)
    {
        var claim = await runtime.Tasks.ClaimAsync(new ClaimRequest(Worker) { Lease = Long }, token);
        if (claim?.TaskId != id)
        {
            throw new InvalidOperationException($"The worker was given '{claim?.TaskId}' and not '{id}'.");
        }
    }

    private static async Task JoinAsync(OpenCodeRuntime runtime, Func<string, Task> told, CancellationToken token)
    {
        var asked = runtime.Tasks.AttachAsync(QueueId, new AttachRequest(Worker) { Lease = Long, Wait = Long }, token);
        await Line.IsTurnOfAsync(runtime, QueueId, Worker, asked, token);
        await told(Queued);
        await asked;
        await told(Joined);
    }

    private static async Task WithHookAsync(HookEvent moment, Func<string, Task> told, Func<Task> change)
    {
        var hooks = new HookTable();
        hooks.Add(new HookEntry(new Hook { Id = "hook_told", Name = "told", Event = moment, Blocking = true, Source = "session" }, new ToldHook(told)));
        HookScope.Current = hooks; // flows with this call, and ends with it
        await change();
    }

    private static async Task HoldAsync(OpenCodeRuntime runtime, Func<string, Task> told, CancellationToken token)
    {
        await using var held = await runtime.Locks.HoldAsync(new LockRequest(Together, Worker) { Lease = Long }, token);
        await told(Held);
        await held.ReleaseAsync();
    }

    private static async Task WaitAsync(OpenCodeRuntime runtime, Func<string, Task> told, CancellationToken token)
    {
        var asked = runtime.Locks.HoldAsync(new LockRequest([Busy, With], Worker) { Lease = Long, Wait = Long }, token);
        await Line.StandsAsync(runtime, Busy, Worker, asked, token);
        await told(Waiting);
        await using var held = await asked;
        await told(Granted);
        await held.ReleaseAsync();
    }

    private static async Task HandOverAsync(OpenCodeRuntime runtime, Func<string, Task> told, CancellationToken token)
    {
        var lease = (await runtime.Locks.AcquireAsync(new LockRequest([Handed], Worker) { Lease = Long }, token))[0];
        await told(Hand);
        await Line.StandsAsync(runtime, Handed, null, null, token);
        await runtime.Locks.ReleaseAsync(Handed, Worker, lease.Fence, token);
    }

    // A lock that is bound to a process died with it: whoever goes on takes it again.
    private static async Task HaveAsync(OpenCodeRuntime runtime, string resource, CancellationToken token)
    {
        if (await LeaseAsync(runtime, resource, token) is null)
        {
            await runtime.Locks.AcquireAsync(new LockRequest([resource], Worker) { Lease = Long }, token);
        }
    }

    private static async Task<Lease?> LeaseAsync(OpenCodeRuntime runtime, string resource, CancellationToken token) =>
        (await runtime.Locks.ListAsync(new LockQuery { Resource = resource, Owner = Worker }, token)).SingleOrDefault();

    private sealed class ToldHook(Func<string, Task> told) : IHookAction
    {
        public Task RunAsync(HookInvocation invocation, CancellationToken cancellationToken) => told(Hooking);
    }
}

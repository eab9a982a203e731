using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Hooks;
using OpenCode.Locks;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>
/// The life of tasks: the only way to change one. What a call returns is committed and in the task's files. Where a task is
/// asked for, its id or a unique beginning of it will do.
/// </summary>
/// <remarks>Every failure is an <see cref="OpenCodeException"/>. Cancelling a call has no effect once its change is committed.</remarks>
public sealed partial class TaskService
{
    private readonly TaskWay _way;
    private readonly TaskHooks _hooks;
    private readonly LockService _locks;
    private readonly TaskDeletion _deletion;
    private readonly TaskCheckpoints _checkpoints;
    private readonly TaskDependencies _dependencies;
    private readonly OpenCodeConfiguration _configuration;
    private readonly Ids _ids;
    private readonly DamagedTasks _damaged;
    private readonly TimeProvider _clock;

    internal TaskService(TaskWay way, TaskHooks hooks, LockService locks, TaskDeletion deletion, TaskCheckpoints checkpoints, OpenCodeConfiguration configuration, Ids ids, TimeProvider clock)
    {
        _way = way;
        _hooks = hooks;
        _locks = locks;
        _deletion = deletion;
        _checkpoints = checkpoints;
        _dependencies = new TaskDependencies(way);
        _configuration = configuration;
        _ids = ids;
        _clock = clock;
        _damaged = new DamagedTasks(clock);
    }

    /// <summary>Creates a task, Pending, with its four layers.</summary>
    /// <exception cref="OpenCodeException">TaskExists; TaskNotFound: what it depends on is not there; InvalidArgument or LimitExceeded: a field is not of its form or size, or tasks depend on each other in a ring.</exception>
    public async ValueTask<AgentTask> CreateAsync(NewTask request, CancellationToken cancellationToken) =>
        (await CreateManyAsync([request], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Creates tasks in one transaction: all of them or none. They may depend on each other, in any order.</summary>
    /// <exception cref="OpenCodeException">As <see cref="CreateAsync"/>.</exception>
    public async ValueTask<IReadOnlyList<AgentTask>> CreateManyAsync(IReadOnlyList<NewTask> requests, CancellationToken cancellationToken)
    {
        var rows = await _dependencies.ResolveAsync(requests, [.. requests.Select(Row)], cancellationToken).ConfigureAwait(false);
        foreach (var given in requests.Where(r => r.Id is not null))
        {
            await _deletion.FinishAsync(given.Id!, cancellationToken).ConfigureAwait(false);
        }

        var changes = await _way.Registry.WriteAsync(new CreateTasks(rows), cancellationToken).ConfigureAwait(false);
        // From here on nothing can be cancelled. The folders are each other's business only on the disk.
        await Parallel.ForEachAsync(
            changes,
            new ParallelOptions { MaxDegreeOfParallelism = changes.Count < 8 ? 1 : Environment.ProcessorCount },
            async (change, _) => await _way.PublishAsync(change).ConfigureAwait(false)).ConfigureAwait(false);
        await _way.Registry.WriteAsync(new MarkProjected([.. changes.Select(c => (c.Row.Number, c.Row.LastSeq))]), CancellationToken.None).ConfigureAwait(false);
        return [.. changes.Select(c => c.Row.Task)];
    }

    /// <summary>One task.</summary>
    public async ValueTask<AgentTask> GetAsync(string task, CancellationToken cancellationToken)
    {
        // An id that is whole is the usual thing; it is meant also when it is the beginning of others.
        if (Input.IsId(task) && await _way.Registry.LookAsync(task, cancellationToken).ConfigureAwait(false) is ({ } found, false))
        {
            return found.Task;
        }

        await _way.SweepAsync(cancellationToken).ConfigureAwait(false);
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        return (await _way.Registry.FindAsync(id, cancellationToken).ConfigureAwait(false) ?? throw TaskWay.NotFound(id)).Task;
    }

    /// <summary>
    /// One task, read on the caller's thread without waiting for anybody: as the last commit before the call left it, whichever process made it. Null when the id is not whole, there is no such task, leases are
    /// to be ended first, or the store cannot be read at this moment; <see cref="GetAsync"/> does what is left to do then.
    /// </summary>
    public AgentTask? GetNow(string task) => Input.IsId(task) && _way.Registry.LookNow(task) is ({ } found, false) ? found.Task : null;

    /// <summary>A page of tasks, newest first, and how many match in all.</summary>
    public async ValueTask<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellationToken)
    {
        await _way.SweepAsync(cancellationToken).ConfigureAwait(false);
        return await _way.Registry.ListAsync(query, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tasks as they are read, newest first, in constant memory.</summary>
    public async IAsyncEnumerable<AgentTask> StreamAsync(TaskQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _way.SweepAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var task in _way.Registry.StreamAsync(query, cancellationToken).ConfigureAwait(false))
        {
            yield return task;
        }
    }

    /// <summary>Ids that begin with a text, for completion.</summary>
    public ValueTask<IReadOnlyList<string>> IdsByPrefixAsync(string prefix, int limit, CancellationToken cancellationToken) =>
        _way.Registry.IdsByPrefixAsync(prefix, limit, cancellationToken);

    /// <summary>Starts a pending task without an agent.</summary>
    public Task<AgentTask> StartAsync(string task, Actor actor, CancellationToken cancellationToken) =>
        TransitAsync(task, Transitions.Start, actor, null, static write => write, cancellationToken);

    /// <summary>Completes a running task and lets its agents go.</summary>
    /// <param name="task">The task.</param>
    /// <param name="data">The result: anything <see cref="JsonText.Write"/> takes.</param>
    /// <param name="message">A sentence for people.</param>
    /// <param name="actor">In whose name.</param>
    /// <param name="cancellationToken">Ends the wait for the task.</param>
    /// <exception cref="OpenCodeException">HookRejected: a blocking hook failed. InvalidTransition: the task is not running.</exception>
    public Task<AgentTask> CompleteAsync(string task, object? data, string? message, Actor actor, CancellationToken cancellationToken)
    {
        var result = Result(true, data, message, null);
        return TransitAsync(task, Transitions.Complete, actor, result, write => write with { Result = result }, cancellationToken);
    }

    /// <summary>Fails a running task and lets its agents go.</summary>
    public Task<AgentTask> FailAsync(string task, string error, object? data, string? message, Actor actor, CancellationToken cancellationToken)
    {
        Input.RequiredText(error, "error message");
        var result = Result(false, data, message, error);
        return TransitAsync(task, Transitions.Fail, actor, result, write => write with { Result = result, Error = error }, cancellationToken);
    }

    /// <summary>Cancels a task that is not finished and lets its agents go.</summary>
    public Task<AgentTask> CancelAsync(string task, string? reason, Actor actor, CancellationToken cancellationToken)
    {
        Input.Text(reason, "reason");
        return MakeAsync(task, id => Write(Transitions.Cancel, id, HookFlow.Act(id, actor)) with { Error = reason }, cancellationToken);
    }

    /// <summary>Takes a task up again, from a checkpoint when one is named.</summary>
    public async Task<AgentTask> ResumeAsync(ResumeRequest request, CancellationToken cancellationToken)
    {
        var attach = request.Agent is null ? null : new LeaseRequest(Agent(request.Agent), Duration(request.Lease));
        var (id, from) = request.Checkpoint is { } checkpoint
            ? await _checkpoints.ResolveAsync(request.Task, checkpoint, cancellationToken).ConfigureAwait(false)
            : (await _way.ResolveAsync(request.Task ?? throw new OpenCodeException(OpenCodeError.InvalidArgument, "Neither a task nor a checkpoint was named. Give one of them."), cancellationToken).ConfigureAwait(false), null);
        var actor = HookFlow.Act(id, Actor.Operator);
        var change = new HookedChange(id, Transitions.Resume, actor)
        {
            From = from is null ? Transitions.Resume.From : Transitions.Restore.From,
            Agent = request.Agent,
            MakeAsync = claim => ResumeOnceAsync(id, from, Write(Transitions.Resume, id, actor) with { Attach = attach, HookClaim = claim }, cancellationToken),
        };
        return (await _hooks.MakeAsync(change, cancellationToken).ConfigureAwait(false)).Row.Task;
    }

    /// <summary>Waits until tasks are in one of the statuses that are wanted, whichever process brings them there. A status that a task only passes through meanwhile counts.</summary>
    /// <param name="request">The tasks, the statuses, and how long.</param>
    /// <param name="observer">Told how far it is, and which tasks are gone; without one, a task that is gone fails the call.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OpenCodeException">TaskNotFound: a task is not there or was deleted meanwhile, and there is no observer to be told.</exception>
    public Task<WaitOutcome> WaitAsync(WaitRequest request, IWaitObserver? observer, CancellationToken cancellationToken) => new TaskWatch(_way, _clock).WaitAsync(request, observer, cancellationToken);

    /// <summary>Changes fields of a task; what is not given stays.</summary>
    /// <exception cref="OpenCodeException">VersionConflict: names the present version and the expected one.</exception>
    public Task<AgentTask> UpdateAsync(string task, TaskPatch patch, Actor actor, CancellationToken cancellationToken)
    {
        if (patch is { Name: null, Description: null, Owner: null, Priority: null, Metadata: null })
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, "Nothing to change was given. Give a name, description, owner, priority or metadata.", task);
        }

        return MakeAsync(
            task,
            id => new UpdateTask(id, HookFlow.Act(id, actor), patch.ExpectedVersion)
            {
                Name = patch.Name is null ? null : Input.Name(patch.Name),
                Description = Input.Text(patch.Description, "description"),
                Owner = patch.Owner is null ? null : Input.Agent(patch.Owner, "owner"),
                Priority = patch.Priority,
                Metadata = Input.Metadata(patch.Metadata),
            },
            cancellationToken);
    }

    /// <summary>Deletes a task with its leases, sandbox and files. Running needs force.</summary>
    public async Task<TaskRemoval> DeleteAsync(string task, bool force, CancellationToken cancellationToken)
    {
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        return await _deletion.DeleteAsync(id, force, cancellationToken).ConfigureAwait(false);
    }

    private static TransitionTask Write(Transition transition, string id, Actor actor) =>
        new(id, transition.Name, transition.From, transition.To, transition.Event, actor);

    // As it will be read: what was given may be anything that can be written as JSON.
    private static TaskResult Result(bool success, object? data, string? message, string? error)
    {
        Input.Text(message, "message");
        return ResultJson.Read(Input.Data(ResultJson.Write(new TaskResult(success, data, message, error)), "result"));
    }

    private async Task<AgentTask> TransitAsync(string task, Transition transition, Actor actor, TaskResult? result, Func<TransitionTask, TransitionTask> with, CancellationToken cancellationToken)
    {
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        actor = HookFlow.Act(id, actor);
        var change = new HookedChange(id, transition, actor)
        {
            Result = result,
            MakeAsync = claim => _way.ChangeAsync(id, with(Write(transition, id, actor)) with { HookClaim = claim }, cancellationToken),
        };
        return (await _hooks.MakeAsync(change, cancellationToken).ConfigureAwait(false)).Row.Task;
    }

    private async Task<TaskChange> ResumeOnceAsync(string id, string? checkpoint, TransitionTask write, CancellationToken cancellationToken)
    {
        if (checkpoint is not null)
        {
            await _dependencies.CheckReadyAsync(id, checkpoint, cancellationToken).ConfigureAwait(false);
            await _checkpoints.RestoreAsync(id, checkpoint, Actor.Operator, cancellationToken).ConfigureAwait(false);
        }

        return await _way.ChangeAsync(id, write, cancellationToken).ConfigureAwait(false);
    }

    private async Task<AgentTask> MakeAsync(string task, Func<string, RegistryWrite<TaskChange>> write, CancellationToken cancellationToken)
    {
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        return (await _way.ChangeAsync(id, write(id), cancellationToken).ConfigureAwait(false)).Row.Task;
    }

    private NewTaskRow Row(NewTask request) => new(
        request.Id is null ? _ids.Task() : Input.Id(request.Id),
        Input.Name(request.Name),
        Input.Text(request.Description, "description"),
        Enum.IsDefined(request.Mode) ? request.Mode : throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The mode '{request.Mode}' is none. Give Exclusive or Collaborative."),
        request.Owner is null ? "system" : Input.Agent(request.Owner, "owner"),
        request.Priority,
        Input.Metadata(request.Metadata) ?? JsonMap.Empty,
        request.Image);
}

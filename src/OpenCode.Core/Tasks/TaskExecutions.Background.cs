using OpenCode.Common;
using OpenCode.Layers;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <content>Commands that go on without their caller.</content>
public sealed partial class TaskExecutions
{
    /// <summary>The longest that an end is waited for.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>How long a reader waits for what is left of a dead process's command to be ended.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    /// <summary>Begins a command and returns while it goes on in this process. When it returns, the execution is durable: any process can tell how it stands, also when this one dies.</summary>
    /// <param name="task">The task.</param>
    /// <param name="request">The command. An input stream has to stay open until the command's end.</param>
    /// <param name="actor">In whose name.</param>
    /// <param name="observer">Watches it to its end; null when nobody does.</param>
    /// <param name="executionId">The id it is to have; null for a new one.</param>
    /// <param name="cancellationToken">Ends the beginning; not the command.</param>
    /// <exception cref="OpenCodeException">As <see cref="RunAsync"/>, but for what shows only when it runs: that is in the execution. LimitExceeded: too many run in the background of this process.</exception>
    public async Task<Execution> StartAsync(string task, RunRequest request, Actor actor, IRunObserver? observer, string? executionId, CancellationToken cancellationToken)
    {
        var (row, lease) = await EnterAsync(task, request, actor, cancellationToken).ConfigureAwait(false);
        await _sandboxes.PingAsync(cancellationToken).ConfigureAwait(false);
        var id = executionId is null ? _ids.Execution() : Input.Id(executionId, "execution id");
        var begun = new TaskCompletionSource<Execution>(TaskCreationOptions.RunContinuationsAsynchronously);

        // Its place first: a command that is written down is one that runs.
        _ = _background.Run(id, RunAsync, out var isNew);
        return isNew ? await begun.Task.ConfigureAwait(false) : throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The execution '{id}' runs already. Leave its id out to begin another.", id);

        async Task RunAsync(CancellationToken ending)
        {
            try
            {
                begun.SetResult(await BeginAsync(id, row, request, actor, cancellationToken).ConfigureAwait(false));
            }
            catch (Exception e)
            {
                begun.SetException(e);
                return;
            }

            await RunInBackgroundAsync(await begun.Task.ConfigureAwait(false), row.Task, request, actor, lease, observer, ending).ConfigureAwait(false);
        }
    }

    /// <summary>An execution as it is now, whichever process runs it. While it runs, its output so far is in <see cref="Execution.Stdout"/>, both streams as they came.</summary>
    /// <param name="task">The task.</param>
    /// <param name="execution">Its id, or a beginning that no other of the task has.</param>
    /// <param name="wait">How long to wait for its end, at most <see cref="LongestWait"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OpenCodeException">TaskNotFound; InvalidArgument: no such execution.</exception>
    public async Task<Execution> GetAsync(string task, string execution, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (wait < TimeSpan.Zero || wait > LongestWait)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"A wait of {wait.TotalSeconds:0.###} s is not possible. Give 0 to {LongestWait.TotalSeconds:0} s.");
        }

        var taskId = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var id = await ResolveAsync(taskId, execution, cancellationToken).ConfigureAwait(false);
        var started = _clock.GetTimestamp();
        using var watch = wait > TimeSpan.Zero ? _way.Registry.Watch() : null;
        while (true)
        {
            var seen = await LookAsync(taskId, id, cancellationToken).ConfigureAwait(false);
            var left = wait - _clock.GetElapsedTime(started);
            if (seen.Status is not ExecutionStatus.Running || left <= TimeSpan.Zero)
            {
                return seen.Status is ExecutionStatus.Running ? WithOutput(seen) : seen;
            }

            // A process that dies commits nothing: it is looked for now and then.
            await watch!.ChangedAsync(left < LookEvery ? left : LookEvery, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The execution of exactly this id, or null.</summary>
    public async Task<Execution?> FindAsync(string task, string executionId, CancellationToken cancellationToken)
    {
        var taskId = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        return await ByIdAsync(taskId, Input.Id(executionId, "execution id"), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends a command with its process tree, whichever process runs it, and waits for that. One that has ended stays as it is.</summary>
    /// <param name="task">The task.</param>
    /// <param name="execution">Its id, or a beginning that no other of the task has.</param>
    /// <param name="reason">Why, for people; null for no reason given.</param>
    /// <param name="wait">How long to wait for its end, at most <see cref="LongestWait"/>; it ends also when nobody waits.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The execution as it is then.</returns>
    /// <exception cref="OpenCodeException">TaskNotFound; InvalidArgument: no such execution.</exception>
    public async Task<Execution> CancelAsync(string task, string execution, string? reason, TimeSpan wait, CancellationToken cancellationToken)
    {
        var taskId = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var id = await ResolveAsync(taskId, execution, cancellationToken).ConfigureAwait(false);
        await _way.Registry.WriteAsync(new CancelExecution(taskId, id, Input.Text(reason ?? "it was cancelled", "reason")!), cancellationToken).ConfigureAwait(false);
        return await GetAsync(taskId, id, wait, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Execution?> ByIdAsync(string taskId, string id, CancellationToken cancellationToken) =>
        await _way.Registry.ExecutionsAsync(taskId, id, 1, cancellationToken).ConfigureAwait(false) is [var found] ? found : null;

    private async Task RunInBackgroundAsync(Execution execution, AgentTask task, RunRequest request, Actor actor, Lease? lease, IRunObserver? observer, CancellationToken ending)
    {
        try
        {
            await _run.RunAsync(execution, request, going => _sandboxes.EnsureAsync(task, actor, null, request.SandboxWait, going), lease, observer, "the process that ran it was stopped", true, ending).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OpenCodeException or OperationCanceledException)
        {
            // It is in the record, where whoever asks for it looks.
        }
    }

    /// <summary>The execution by the registry. Of one whose process is gone, what is left is ended, as far as that is soon done.</summary>
    private async Task<Execution> LookAsync(string taskId, string id, CancellationToken cancellationToken)
    {
        var found = await ByIdAsync(taskId, id, cancellationToken).ConfigureAwait(false) ?? throw TaskWay.NotFound(taskId);
        if (found.Status is not ExecutionStatus.Running || (await SeenAsync([found], cancellationToken).ConfigureAwait(false))[0] is not { Status: ExecutionStatus.Lost } lost)
        {
            return found;
        }

        var settling = _background.Run("settle " + id, ending => _remains.EndAsync(found, ending), out _);
        await Task.WhenAny(settling, Task.Delay(Settling, _clock, cancellationToken)).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return settling.IsCompletedSuccessfully
            ? await ByIdAsync(taskId, id, cancellationToken).ConfigureAwait(false) ?? throw TaskWay.NotFound(taskId)
            : WithOutput(lost with { Reason = $"{lost.Reason}; what is left of it is not ended yet{(settling.Exception?.InnerException is { } e ? $": {e.Message}" : "")}" });
    }

    /// <summary>As the registry has them, but for those that cannot run any more, because the process that ran them is gone.</summary>
    private async Task<IReadOnlyList<Execution>> SeenAsync(IReadOnlyList<Execution> executions, CancellationToken cancellationToken)
    {
        if (!executions.Any(static one => one.Status is ExecutionStatus.Running))
        {
            return executions;
        }

        var lost = (await _remains.FindAsync(cancellationToken).ConfigureAwait(false)).Select(static one => one.Id).ToHashSet(StringComparer.Ordinal);
        return [.. executions.Select(one => lost.Contains(one.Id) ? one with { Status = ExecutionStatus.Lost, Reason = "the process that ran it is gone" } : one)];
    }

    private Execution WithOutput(Execution execution)
    {
        var output = ExecutionLayer.Read(_way.Folder(execution.TaskId), execution.Id, RunOutput.Limit);
        return execution with { Stdout = output.ToString(), Truncated = output.Truncated };
    }
}

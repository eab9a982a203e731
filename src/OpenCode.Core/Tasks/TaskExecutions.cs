using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>Commands in a task's sandbox.</summary>
public sealed partial class TaskExecutions
{
    /// <summary>The longest a command may be given.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(24);

    private readonly TaskWay _way;
    private readonly TaskSandboxes _sandboxes;
    private readonly RecordedRun _run;
    private readonly ExecutionRemains _remains;
    private readonly BackgroundCommands _background;
    private readonly Ids _ids;
    private readonly TimeProvider _clock;
    private readonly StepProbe _probe;

    internal TaskExecutions(TaskWay way, TaskSandboxes sandboxes, RecordedRun run, ExecutionRemains remains, BackgroundCommands background, Ids ids, TimeProvider clock, StepProbe probe)
    {
        _way = way;
        _sandboxes = sandboxes;
        _run = run;
        _remains = remains;
        _background = background;
        _ids = ids;
        _clock = clock;
        _probe = probe;
    }

    /// <summary>The engine's address, without credentials.</summary>
    public string Endpoint => _sandboxes.Endpoint;

    /// <summary>Asks the engine whether it is there.</summary>
    /// <exception cref="OpenCodeException">SandboxUnavailable: names the endpoint that was tried.</exception>
    public Task PingAsync(CancellationToken cancellationToken) => _sandboxes.PingAsync(cancellationToken);

    /// <summary>Runs a command to its end, in a sandbox that is made when it is not there.</summary>
    /// <returns>The execution as recorded; one that came to its time limit has <see cref="Execution.TimedOut"/>, and one that somebody cancelled says why.</returns>
    /// <exception cref="OpenCodeException">InvalidTransition: the task is finished; SandboxUnavailable or SandboxFailed; AgentNotAttached or LeaseLost, also when the lease is taken while the command runs, which ends it with everything it started; AccessDenied: the image is not allowed.</exception>
    public async Task<Execution> RunAsync(string task, RunRequest request, Actor actor, IRunObserver? observer, CancellationToken cancellationToken)
    {
        var (row, lease) = await EnterAsync(task, request, actor, cancellationToken).ConfigureAwait(false);
        var progress = observer is null ? null : new ForwardedProgress(observer);
        var container = await _sandboxes.EnsureAsync(row.Task, actor, progress, request.SandboxWait, cancellationToken).ConfigureAwait(false);
        var execution = await BeginAsync(_ids.Execution(), row, request, actor, cancellationToken).ConfigureAwait(false);
        return await _run.RunAsync(execution, request, _ => Task.FromResult(container), lease, observer, "it was cancelled", false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a command at a terminal, until it ends or the terminal is gone: what is pressed goes to it, what it writes is shown, and all of that is recorded.</summary>
    /// <param name="task">The task.</param>
    /// <param name="request">The command. Its variable TERM and its time limit are the terminal's: it has none but the longest there is.</param>
    /// <param name="terminal">The terminal.</param>
    /// <param name="actor">In whose name.</param>
    /// <param name="observer">Watches the making of the sandbox, or null.</param>
    /// <param name="cancellationToken">Ends it with everything it started.</param>
    /// <returns>The execution as recorded; one whose terminal is gone was cancelled.</returns>
    /// <exception cref="OpenCodeException">NotSupported: there is no terminal; and as <see cref="RunAsync"/>.</exception>
    public async Task<Execution> RunAtTerminalAsync(string task, RunRequest request, ITerminal terminal, Actor actor, IRunObserver? observer, CancellationToken cancellationToken)
    {
        request = request with { Terminal = terminal, Timeout = LongestTimeout, Environment = new Dictionary<string, string>(request.Environment, StringComparer.Ordinal) { ["TERM"] = terminal.Kind } };
        var (row, lease) = await EnterAsync(task, request, actor, cancellationToken).ConfigureAwait(false);
        terminal.Require(row.Task.Id);
        var progress = observer is null ? null : new ForwardedProgress(observer);
        var container = await _sandboxes.EnsureAsync(row.Task, actor, progress, request.SandboxWait, cancellationToken).ConfigureAwait(false);
        var execution = await BeginAsync(_ids.Execution(), row, request, actor, cancellationToken).ConfigureAwait(false);
        using var there = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, terminal.HungUp);
        try
        {
            return await _run.RunAsync(execution, request, _ => Task.FromResult(container), lease, observer, "it was cancelled", false, there.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return await ByIdAsync(row.Task.Id, execution.Id, cancellationToken).ConfigureAwait(false) ?? throw TaskWay.NotFound(row.Task.Id);
        }
    }

    /// <summary>A task's executions, oldest first.</summary>
    /// <param name="task">The task.</param>
    /// <param name="execution">Only the one of this id, or whose id alone begins so; with <c>*</c>, <c>?</c> or <c>[]</c>, all whose ids match; null for all.</param>
    /// <param name="last">Only so many of the newest; null for all.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="OpenCodeException">InvalidArgument: the task has no execution that is named so, or several begin so.</exception>
    public async Task<IReadOnlyList<Execution>> ListAsync(string task, string? execution, int? last, CancellationToken cancellationToken)
    {
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var wanted = execution is null || execution.AsSpan().ContainsAny('*', '?', '[') ? execution : await ResolveAsync(id, execution, cancellationToken).ConfigureAwait(false);
        return await SeenAsync(await _way.Registry.ExecutionsAsync(id, wanted, last, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whoever may run a command in a task, and the lease it runs under.</summary>
    private async Task<(TaskRow Row, Lease? Lease)> EnterAsync(string task, RunRequest request, Actor actor, CancellationToken cancellationToken)
    {
        Check(request);
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        await CheckUserAsync(id, request).ConfigureAwait(false);
        var (held, row) = await _way.EnterAsync(id, cancellationToken).ConfigureAwait(false);
        held.Dispose();
        if (row.Task.Status is not (AgentTaskStatus.Pending or AgentTaskStatus.Running))
        {
            throw new OpenCodeException(OpenCodeError.InvalidTransition, $"Task '{id}' is {row.Task.Status}; a command needs Pending or Running. Resume the task first.", id);
        }

        return (row, actor.Agent is null ? null : (await _way.Registry.WriteAsync(new RenewAgent(id, actor), cancellationToken).ConfigureAwait(false)).Lease);
    }

    private async Task<Execution> BeginAsync(string executionId, TaskRow row, RunRequest request, Actor actor, CancellationToken cancellationToken)
    {
        var execution = new Execution
        {
            Id = executionId,
            TaskId = row.Task.Id,
            AgentId = actor.Agent,
            Command = request.Command,
            StartedAt = DateTimeOffset.FromUnixTimeMilliseconds(_clock.GetUtcNow().ToUnixTimeMilliseconds()),
        };
        await _way.Registry.WriteAsync(new BeginExecution(execution, actor) { AskedBy = request.AskedBy }, cancellationToken).ConfigureAwait(false);
        _probe.At(Step.CommandIntended);
        return execution;
    }

    private async Task<string> ResolveAsync(string taskId, string execution, CancellationToken cancellationToken)
    {
        var beginning = await _way.Registry.SuggestExecutionsAsync(taskId, Input.Id(execution, "execution id"), 6, cancellationToken).ConfigureAwait(false);
        return beginning.Count switch
        {
            0 => throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The task '{taskId}' has no execution '{execution}'. List its executions to find one.", execution),
            1 => beginning[0].Id,
            _ => throw Ids.Ambiguous(execution, "execution id", [.. beginning.Select(e => e.Id)]),
        };
    }
}

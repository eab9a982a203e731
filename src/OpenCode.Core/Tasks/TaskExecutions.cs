using System.Text;
using OpenCode.Common;
using OpenCode.Layers;
using OpenCode.Registry;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>Commands in a task's sandbox.</summary>
public sealed class TaskExecutions
{
    /// <summary>The longest a command may be given.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(24);

    private readonly TaskWay _way;
    private readonly TaskSandboxes _sandboxes;
    private readonly Ids _ids;
    private readonly TimeProvider _clock;
    private readonly StepProbe _probe;

    internal TaskExecutions(TaskWay way, TaskSandboxes sandboxes, Ids ids, TimeProvider clock, StepProbe probe)
    {
        _way = way;
        _sandboxes = sandboxes;
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
    /// <returns>The execution as recorded; one that came to its time limit has <see cref="Execution.TimedOut"/>.</returns>
    /// <exception cref="OpenCodeException">InvalidTransition: the task is finished; SandboxUnavailable or SandboxFailed; AgentNotAttached or LeaseLost; AccessDenied: the image is not allowed.</exception>
    public async Task<Execution> RunAsync(string task, RunRequest request, Actor actor, IRunObserver? observer, CancellationToken cancellationToken)
    {
        Check(request);
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var (held, row) = await _way.EnterAsync(id, cancellationToken).ConfigureAwait(false);
        held.Dispose();
        if (row.Task.Status is not (AgentTaskStatus.Pending or AgentTaskStatus.Running))
        {
            throw new OpenCodeException(OpenCodeError.InvalidTransition, $"Task '{id}' is {row.Task.Status}; a command needs Pending or Running. Resume the task first.", id);
        }

        if (actor.Agent is not null)
        {
            await _way.Registry.WriteAsync(new RenewAgent(id, actor), cancellationToken).ConfigureAwait(false);
        }

        var progress = observer is null ? null : new ForwardedProgress(observer);
        var container = await _sandboxes.EnsureAsync(row.Task, actor, progress, cancellationToken).ConfigureAwait(false);
        var execution = new Execution
        {
            Id = _ids.Execution(),
            TaskId = id,
            AgentId = actor.Agent,
            Command = request.Command,
            StartedAt = DateTimeOffset.FromUnixTimeMilliseconds(_clock.GetUtcNow().ToUnixTimeMilliseconds()),
        };
        await _way.Registry.WriteAsync(new BeginExecution(execution, actor), cancellationToken).ConfigureAwait(false);
        return await RecordedAsync(execution, container, request, observer, cancellationToken).ConfigureAwait(false);
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
        return await _way.Registry.ExecutionsAsync(id, wanted, last, cancellationToken).ConfigureAwait(false);
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

    private static void Check(RunRequest request)
    {
        if (request.Command.Count == 0 || string.IsNullOrEmpty(request.Command[0]) || (request.Shell && request.Command.Count != 1))
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, "The command is empty. Give one string for a shell, or a program and its arguments.");
        }

        foreach (var argument in request.Command)
        {
            Input.Text(argument, "command");
            if (argument.Contains('\0', StringComparison.Ordinal))
            {
                throw new OpenCodeException(OpenCodeError.InvalidArgument, "The command holds a NUL character, which no program can be given. Take it out.");
            }
        }

        if (request.Timeout <= TimeSpan.Zero || request.Timeout > LongestTimeout)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"A time limit of {request.Timeout.TotalSeconds:0.###} s is not possible. Give more than 0 s, up to {LongestTimeout.TotalSeconds:0} s.");
        }
    }

    private async Task<Execution> RecordedAsync(Execution execution, SandboxContainer container, RunRequest request, IRunObserver? observer, CancellationToken cancellationToken)
    {
        var folder = _way.Folder(execution.TaskId);
        CommandOutcome? outcome = null;
        string? failure = null;
        TimeSpan? stoppedAfter = null;
        var started = _clock.GetTimestamp();
        using var output = new RunOutput(folder, execution.Id, observer);
        try
        {
            var command = new SandboxCommand(execution.Id, request.Command, request.Shell, request.WorkingDirectory ?? "/workspace", request.Timeout);
            outcome = await _sandboxes.RunAsync(container, command, output, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            failure = "it was cancelled";
            stoppedAfter = _clock.GetElapsedTime(started); // the engine saw its end
            throw;
        }
        catch (OpenCodeException e)
        {
            failure = e.Message;
            throw;
        }
        finally
        {
            _probe.At(Step.CommandEnded);
            execution = execution with
            {
                ExitCode = outcome?.ExitCode,
                TimedOut = outcome?.TimedOut ?? false,
                Duration = outcome?.Duration ?? stoppedAfter,
                Stdout = output.Stdout.ToString(),
                Stderr = output.Stderr.ToString(),
                Truncated = output.Stdout.Truncated || output.Stderr.Truncated,
            };
            // The command ran whatever became of the caller: its end is recorded in any case.
            await _way.ChangeAsync(execution.TaskId, new EndExecution(execution, failure), CancellationToken.None).ConfigureAwait(false);
        }

        return execution;
    }

    private sealed class ForwardedProgress(IRunObserver observer) : IProgress<SandboxProgress>
    {
        public void Report(SandboxProgress value) => observer.Preparing(value);
    }

    /// <summary>Every byte into the execution's file, beginning and end into memory, text to whoever watches.</summary>
    private sealed class RunOutput : ICommandOutput, IDisposable
    {
        private const int Limit = 1024 * 1024;

        private readonly FileStream _file;
        private readonly IRunObserver? _observer;
        private readonly Decoder _outDecoder = Encoding.UTF8.GetDecoder();
        private readonly Decoder _errorDecoder = Encoding.UTF8.GetDecoder();

        public RunOutput(TaskFolder folder, string executionId, IRunObserver? observer)
        {
            try
            {
                TaskFolder.Make(folder.Contained(folder.Executions));
                _file = new FileStream(folder.ExecutionLog(executionId), FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw AtomicFile.Failed(folder.ExecutionLog(executionId), e);
            }

            _observer = observer;
        }

        public BoundedOutput Stdout { get; } = new(Limit);

        public BoundedOutput Stderr { get; } = new(Limit);

        public void Write(bool isError, ReadOnlySpan<byte> bytes)
        {
            try
            {
                _file.Write(bytes);
            }
            catch (IOException e)
            {
                throw AtomicFile.Failed(_file.Name, e);
            }

            (isError ? Stderr : Stdout).Write(bytes);
            if (_observer is not null)
            {
                var decoder = isError ? _errorDecoder : _outDecoder;
                Span<char> text = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
                var length = decoder.GetChars(bytes, text, flush: false);
                if (length > 0)
                {
                    _observer.Output(isError, text[..length].ToString());
                }
            }
        }

        public void Dispose() => _file.Dispose();
    }
}

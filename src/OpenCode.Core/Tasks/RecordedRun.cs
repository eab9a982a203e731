using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>Runs a command whose beginning is recorded, and records its end whatever becomes of it.</summary>
internal sealed class RecordedRun(TaskWay way, TaskSandboxes sandboxes, UsageWatch usages, TimeProvider clock, StepProbe probe)
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    /// <summary>Runs it to its end.</summary>
    /// <param name="execution">The command, as it was recorded.</param>
    /// <param name="request">What to run.</param>
    /// <param name="container">Gives the container to run it in.</param>
    /// <param name="lease">The agent's lease it runs under; null for the operator.</param>
    /// <param name="observer">Watches it, or null.</param>
    /// <param name="whyCancelled">What is recorded when the caller ends it.</param>
    /// <param name="insist">True when nobody is there to be told that its end could not be recorded: that is tried until it can be, or the caller ends it.</param>
    /// <param name="cancellationToken">Ends it with its process tree.</param>
    /// <returns>The execution as recorded, also when somebody else has cancelled it.</returns>
    public async Task<Execution> RunAsync(Execution execution, RunRequest request, Func<CancellationToken, Task<SandboxContainer>> container, Lease? lease, IRunObserver? observer, string whyCancelled, bool insist, CancellationToken cancellationToken)
    {
        var leases = new LeaseWatch(way, execution.TaskId, lease, LeaseFlow.Current, clock, cancellationToken);
        await using (leases.ConfigureAwait(false))
        {
            var asked = new CancelWatch(way.Registry, execution.Id, clock, leases.Going);
            await using (asked.ConfigureAwait(false))
            {
                RunOutput? output = null;
                var started = clock.GetTimestamp();
                try
                {
                    output = new RunOutput(way.Folder(execution.TaskId), execution.Id, observer, request.Terminal);
                    var outcome = await RunAsync(execution, request, await container(asked.Going).ConfigureAwait(false), output, observer, asked.Going).ConfigureAwait(false);
                    execution = execution with { Status = outcome.TimedOut ? ExecutionStatus.TimedOut : ExecutionStatus.Exited, ExitCode = outcome.ExitCode, TimedOut = outcome.TimedOut, Duration = outcome.Duration };
                }
                catch (OperationCanceledException) when (leases.Lost is { } lost && !cancellationToken.IsCancellationRequested)
                {
                    execution = Stopped(ExecutionStatus.Failed, $"{OpenCodeError.LeaseLost}: the lease it ran under is gone");
                    throw lost;
                }
                catch (OperationCanceledException) when (asked.Reason is { } reason && !cancellationToken.IsCancellationRequested)
                {
                    execution = Stopped(ExecutionStatus.Cancelled, reason);
                }
                catch (OperationCanceledException)
                {
                    execution = Stopped(ExecutionStatus.Cancelled, request.Terminal is { HungUp.IsCancellationRequested: true } ? "its terminal was closed" : whyCancelled);
                    throw;
                }
                catch (Exception e)
                {
                    execution = execution with { Status = ExecutionStatus.Failed, Reason = e is OpenCodeException known ? $"{known.Error}: {e.Message}" : e.Message };
                    throw;
                }
                finally
                {
                    probe.At(Step.CommandEnded);
                    output?.Dispose();
                    execution = execution with
                    {
                        Stdout = output?.Stdout.ToString() ?? "",
                        Stderr = output?.Stderr.ToString() ?? "",
                        Truncated = output is { Stdout.Truncated: true } or { Stderr.Truncated: true },
                    };
                    // The command ran whatever became of the caller: its end is recorded in any case.
                    await RecordAsync(execution, insist, cancellationToken).ConfigureAwait(false);
                }

                return execution;

                // When this is known, its process tree is gone.
                Execution Stopped(ExecutionStatus status, string reason) => execution with { Status = status, Reason = reason, Duration = clock.GetElapsedTime(started) };
            }
        }
    }

    private async Task RecordAsync(Execution execution, bool insist, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await way.ChangeAsync(execution.TaskId, new EndExecution(execution), CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (OpenCodeException e) when (insist && e.Error is not OpenCodeError.TaskNotFound && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(AfterFailure, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<CommandOutcome> RunAsync(Execution execution, RunRequest request, SandboxContainer container, RunOutput output, IRunObserver? observer, CancellationToken going)
    {
        var command = new SandboxCommand(execution.Id, request.Command, request.Shell, request.WorkingDirectory ?? "/workspace", request.Timeout) { Environment = request.Environment, User = request.User, Input = request.Input, Terminal = request.Terminal };
        var usage = await usages.BeginAsync(container, observer, going).ConfigureAwait(false);
        await using (usage.ConfigureAwait(false))
        {
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(going, usage.Over);
            try
            {
                using var begun = request.Terminal?.Begin();
                return await sandboxes.RunAsync(container, command, output, limited.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (usage.Exceeded is { } exceeded && !going.IsCancellationRequested)
            {
                throw exceeded;
            }
        }
    }
}

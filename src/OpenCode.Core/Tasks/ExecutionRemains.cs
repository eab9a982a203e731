using OpenCode.Common;
using OpenCode.Layers;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>Commands whose watcher is dead: nobody reads their output any more or ends them at their time limit. What is left of them is ended, and their end recorded with the output that was kept.</summary>
internal sealed class ExecutionRemains(TaskWay way, TaskSandboxes sandboxes, TimeProvider clock, Func<ProcessIdentity> process)
{
    /// <summary>Those whose watcher is known to be gone.</summary>
    public async Task<IReadOnlyList<Execution>> FindAsync(CancellationToken cancellationToken) =>
        [.. (await way.Registry.OpenExecutionsAsync(cancellationToken).ConfigureAwait(false)).Where(one => !one.Watcher.MayLive(process())).Select(static one => one.Execution)];

    /// <summary>Whether a command runs, as far as can be known: its end is not recorded, and its watcher may live.</summary>
    public async Task<bool> RunsAsync(string executionId, CancellationToken cancellationToken) =>
        (await way.Registry.OpenExecutionsAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(one => one.Execution.Id == executionId) is { } open && open.Watcher.MayLive(process());

    /// <returns>How many were ended.</returns>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        var ended = 0;
        foreach (var execution in await FindAsync(cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await EndAsync(execution, cancellationToken).ConfigureAwait(false);
                ended++;
            }
            catch (OpenCodeException e) when (e.Error is OpenCodeError.TaskNotFound or OpenCodeError.StateCorrupt)
            {
                // Deleted meanwhile, or to be repaired first: the next sweep finds it again.
            }
        }

        return ended;
    }

    /// <summary>Ends one of <see cref="FindAsync"/>. Any number of processes may do so at once.</summary>
    public async Task EndAsync(Execution execution, CancellationToken cancellationToken)
    {
        if (await way.Registry.SandboxAsync(execution.TaskId, cancellationToken).ConfigureAwait(false) is { } row)
        {
            await sandboxes.Host.EndRemainsAsync(sandboxes.Specification(row), execution.Id, clock.GetUtcNow() - execution.StartedAt, cancellationToken).ConfigureAwait(false);
        }

        var output = ExecutionLayer.Read(way.Folder(execution.TaskId), execution.Id, RunOutput.Limit);
        var lost = execution with
        {
            Status = ExecutionStatus.Lost,
            Reason = "the process that watched it is gone; what was left of it was ended",
            Stdout = output.ToString(),
            Truncated = output.Truncated,
        };
        await way.ChangeAsync(execution.TaskId, new EndExecution(lost), CancellationToken.None).ConfigureAwait(false);
    }
}

using OpenCode.Common;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <content>Commands by their ids alone, for who was given nothing else.</content>
public sealed partial class TaskExecutions
{
    /// <summary>The execution of exactly this id as it is now, whatever its task and whichever process runs it; null when there is none. The output of one that runs is not in it.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: not of the form of an id.</exception>
    public async Task<AskedExecution?> FindAsync(string executionId, CancellationToken cancellationToken)
    {
        var id = Input.Id(executionId, "execution id");
        var found = await _way.Registry.FindExecutionAsync(id, cancellationToken).ConfigureAwait(false);
        if (found?.Execution is not { Status: ExecutionStatus.Running, TaskId: var taskId })
        {
            return found;
        }

        try
        {
            var seen = await LookAsync(taskId, id, cancellationToken).ConfigureAwait(false);
            return seen.Status is ExecutionStatus.Running ? found
                : await _way.Registry.FindExecutionAsync(id, cancellationToken).ConfigureAwait(false) is { } ended ? ended with { Execution = seen }
                : null;
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.TaskNotFound)
        {
            return null; // deleted meanwhile
        }
    }

    /// <summary>Whether a command runs, cheaply: false when it has ended, is lost, or was never there.</summary>
    public Task<bool> RunsAsync(string executionId, CancellationToken cancellationToken) => _remains.RunsAsync(executionId, cancellationToken);
}

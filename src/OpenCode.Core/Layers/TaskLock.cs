
namespace OpenCode.Layers;

/// <summary>Proof that this flow, and no other in any process, may write the files of a task. Dispose it to let the next one in.</summary>
public sealed class TaskLock : IDisposable
{
    private readonly IDisposable _held;

    internal TaskLock(string taskId, IDisposable held)
    {
        TaskId = taskId;
        _held = held;
    }

    /// <summary>The task.</summary>
    public string TaskId { get; }

    /// <inheritdoc />
    public void Dispose() => _held.Dispose();

    /// <summary>Fails when the lock is another task's: a mistake of the caller.</summary>
    internal void Cover(TaskFolder folder)
    {
        if (folder.TaskId != TaskId)
        {
            throw new ArgumentException($"The lock is for task '{TaskId}', not for '{folder.TaskId}'.", nameof(folder));
        }
    }
}

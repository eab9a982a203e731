using System.Globalization;
using OpenCode.Common;

namespace OpenCode.Layers;

/// <summary>
/// The locks that keep the writers of one task's files apart, in every process. A fixed number of lock files serves all tasks, so
/// that a task brings no lock file of its own; two tasks that share one wait for each other for the length of a write.
/// </summary>
/// <param name="dataRoot">The data root.</param>
/// <param name="limit">The longest wait.</param>
public sealed class TaskLocks(string dataRoot, TimeSpan limit) : IDisposable
{
    private const int Stripes = 64;

    private readonly FileLock?[] _locks = new FileLock?[Stripes];
    private readonly string _folder = Path.Combine(dataRoot, "locks");

    /// <summary>Takes the lock of a task. Nobody takes a second one while holding one, so nobody waits in a circle.</summary>
    /// <exception cref="OpenCodeException">StoreUnavailable: not within the limit.</exception>
    public async ValueTask<TaskLock> AcquireAsync(string taskId, CancellationToken cancellationToken)
    {
        var stripe = (int)(Hash(taskId) % Stripes);
        var existing = Volatile.Read(ref _locks[stripe]) ?? Make(stripe);
        return new TaskLock(taskId, await existing.AcquireAsync(limit, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var stripe in _locks)
        {
            stripe?.Dispose();
        }
    }

    // FNV-1a: the same in every process and version, unlike string.GetHashCode.
    private static uint Hash(string text) => text.Aggregate(2_166_136_261u, (hash, character) => unchecked((hash ^ character) * 16_777_619u));

    private FileLock Make(int stripe)
    {
        try
        {
            TaskFolder.Make(_folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Failed(_folder, e);
        }

        var made = new FileLock(Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"task-{stripe:x2}.lock")));
        var first = Interlocked.CompareExchange(ref _locks[stripe], made, null);
        if (first is null)
        {
            return made;
        }

        made.Dispose();
        return first;
    }
}

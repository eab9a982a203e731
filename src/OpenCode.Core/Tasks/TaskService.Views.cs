using System.Runtime.CompilerServices;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <content>What is looked for, and the whole in numbers.</content>
public sealed partial class TaskService
{
    /// <summary>Tasks that fit a search, as they are found: best first when there are words to look for, newest first otherwise.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: no condition, a text without a word, or a pattern that cannot be read; LimitExceeded: too many words, or a pattern that takes too long.</exception>
    public async IAsyncEnumerable<AgentTask> FindAsync(TaskSearch search, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var found = new TaskFinder(_way.Registry).FindAsync(search, cancellationToken);
        await _way.SweepAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var task in found.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return task;
        }
    }

    /// <summary>The agents attached now and their leases, in order of their tasks' ids.</summary>
    /// <param name="agent">Only this agent, or null.</param>
    /// <param name="task">Only those of this task, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpenCodeException">TaskNotFound; InvalidArgument: several tasks begin so.</exception>
    public async IAsyncEnumerable<TaskAgent> AgentsAsync(string? agent, string? task, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _way.SweepAsync(cancellationToken).ConfigureAwait(false);
        var id = task is null ? null : await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        await foreach (var attached in _way.Registry.AgentsAsync(new AgentQuery { Agent = agent, TaskId = id }, cancellationToken).ConfigureAwait(false))
        {
            yield return attached;
        }
    }

    /// <summary>The store in numbers, all of one moment.</summary>
    /// <param name="recent">How many of the newest tasks come along.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<TaskStatistic> StatisticAsync(int recent, CancellationToken cancellationToken)
    {
        await _way.SweepAsync(cancellationToken).ConfigureAwait(false);
        await _locks.SettleAsync(cancellationToken).ConfigureAwait(false);
        return await _way.Registry.StatisticAsync(recent, cancellationToken).ConfigureAwait(false);
    }
}

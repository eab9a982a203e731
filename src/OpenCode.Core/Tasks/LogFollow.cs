using System.Runtime.CompilerServices;
using OpenCode.Layers;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>Follows a task's log, whichever process writes it.</summary>
/// <param name="way">The way of changes.</param>
/// <param name="clock">The clock of pauses.</param>
internal sealed class LogFollow(TaskWay way, TimeProvider clock)
{
    // Free lines leave no trace in the registry, so it is the file that is looked at: its length and time, which costs microseconds.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    // How often leases are swept, dead processes' changes are finished, and the task is looked for.
    private static readonly TimeSpan RegistryEvery = TimeSpan.FromSeconds(1);

    /// <summary>Follows.</summary>
    public async IAsyncEnumerable<LogEntry> FollowAsync(string task, LogQuery query, Action<int>? onMalformed, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var id = await way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var row = await SettledAsync(id, null, cancellationToken).ConfigureAwait(false);
        var tail = new LogTail(way.Folder(id), row.ProjectedSeq);
        var entries = tail.Begin(query.Level, entry => IsWanted(entry, query), query.Last);
        var (left, malformed, pause, looked) = (query.First, 0, ShortestPause, clock.GetTimestamp());
        while (left is null or > 0)
        {
            if (tail.Malformed > malformed)
            {
                onMalformed?.Invoke(tail.Malformed - malformed);
                malformed = tail.Malformed;
            }

            foreach (var entry in entries.Where(entry => IsWanted(entry, query)))
            {
                yield return entry;
                if (--left == 0)
                {
                    yield break;
                }
            }

            // Asked before the file: what was written until then is seen by the look.
            var over = query.Before <= clock.GetUtcNow();
            if (!tail.HasChanged)
            {
                if (over)
                {
                    yield break;
                }

                pause = entries.Count > 0 ? ShortestPause : pause * 1.5 < LongestPause ? pause * 1.5 : LongestPause;
                await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(false);
            }

            if (clock.GetElapsedTime(looked) >= RegistryEvery || !tail.Exists)
            {
                looked = clock.GetTimestamp();
                await SettledAsync(id, row.Number, cancellationToken).ConfigureAwait(false);
            }

            entries = tail.HasChanged ? await ReadAsync(tail, row, cancellationToken).ConfigureAwait(false) : [];
        }
    }

    private static bool IsWanted(LogEntry entry, LogQuery query) => !(entry.Level < query.Level) && !(entry.Timestamp <= query.After) && !(entry.Timestamp >= query.Before);

    private async Task<IReadOnlyList<LogEntry>> ReadAsync(LogTail tail, TaskRow row, CancellationToken cancellationToken)
    {
        if (tail.Continue() is { } read)
        {
            return read;
        }

        // Under the task's lock nobody is halfway through a restore, and the event that tells of it is in the log.
        var id = row.Task.Id;
        await SettledAsync(id, row.Number, cancellationToken).ConfigureAwait(false);
        var (held, _) = await way.EnterAsync(id, cancellationToken).ConfigureAwait(false);
        using (held)
        {
            return tail.Turn(held);
        }
    }

    private async Task<TaskRow> SettledAsync(string id, long? number, CancellationToken cancellationToken)
    {
        await way.SweepAsync(cancellationToken).ConfigureAwait(false);
        var row = await way.Registry.FindAsync(id, cancellationToken).ConfigureAwait(false);
        if (row is null || row.Number != (number ?? row.Number))
        {
            throw number is null ? TaskWay.NotFound(id) : new OpenCodeException(OpenCodeError.TaskNotFound, $"The task '{id}' was deleted while its history was followed.", id);
        }

        if (row.ProjectedSeq == row.LastSeq)
        {
            return row;
        }

        await way.SettleAsync(id, cancellationToken).ConfigureAwait(false);
        return row with { ProjectedSeq = row.LastSeq };
    }
}

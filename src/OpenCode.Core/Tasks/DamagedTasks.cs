using System.Collections.Concurrent;

namespace OpenCode.Tasks;

/// <summary>
/// Ready tasks that a claim found to have damaged files. Claims pass them over for a while, so that one damaged task is not in the way of all that are behind
/// it, nor given and taken back at every claim; when it is repaired, it is soon found again.
/// </summary>
/// <param name="clock">The time.</param>
internal sealed class DamagedTasks(TimeProvider clock)
{
    private const int Most = 1_000;

    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, long> _found = new(StringComparer.Ordinal);

    /// <summary>Those found within the last minute.</summary>
    public IReadOnlyList<string> Ids
    {
        get
        {
            if (_found.IsEmpty)
            {
                return []; // as good as always
            }

            foreach (var (id, found) in _found)
            {
                if (clock.GetElapsedTime(found) > Memory)
                {
                    _found.TryRemove(new KeyValuePair<string, long>(id, found));
                }
            }

            return [.. _found.Keys];
        }
    }

    /// <summary>Keeps one in mind.</summary>
    public void Add(string taskId)
    {
        if (_found.Count < Most)
        {
            _found[taskId] = clock.GetTimestamp();
        }
    }
}

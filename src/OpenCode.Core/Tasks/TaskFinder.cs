using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>Looks for tasks by what is in them. What the registry has an index for it does; the rest is looked at as the tasks stream by.</summary>
internal sealed class TaskFinder(ITaskRegistry registry)
{
    // By the clock on the wall, so it has room for a machine that is busy with other things: a harmless pattern took 250 ms on one.
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(2);

    /// <exception cref="OpenCodeException">InvalidArgument: no condition, a text without a word, or a pattern that cannot be read; LimitExceeded: a pattern that takes too long.</exception>
    public IAsyncEnumerable<AgentTask> FindAsync(TaskSearch search, CancellationToken cancellationToken)
    {
        if (search is { Query: null, Match: null, Owner: null, Statuses.Count: 0, Metadata: null or { Count: 0 } })
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, "Nothing to look for was given. Give words, a pattern for the name, a status, an owner or metadata; to see all tasks, list them.");
        }

        var pattern = search.Match is null ? null : Pattern(search.Match);
        var looked = pattern is not null || search.Metadata is { Count: > 0 };
        // The limit comes after every condition: it is the registry's only when the registry does them all.
        var filter = new TaskQuery { Statuses = search.Statuses, Owner = search.Owner, First = looked ? null : search.First };
        var found = search.Query is null ? registry.StreamAsync(filter, cancellationToken) : registry.SearchAsync(SearchText.Parse(search.Query), filter, cancellationToken);
        return looked ? LookAsync(found, search, pattern, cancellationToken) : found;
    }

    private static async IAsyncEnumerable<AgentTask> LookAsync(IAsyncEnumerable<AgentTask> found, TaskSearch search, Regex? pattern, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var left = search.First ?? int.MaxValue;
        if (left == 0)
        {
            yield break;
        }

        await foreach (var task in found.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (Fits(pattern, task) && (search.Metadata is null || Has(task.Metadata, search.Metadata)))
            {
                yield return task;
                if (--left == 0)
                {
                    yield break;
                }
            }
        }
    }

    private static Regex Pattern(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchLimit);
        }
        catch (ArgumentException e)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The pattern '{pattern}' is not a regular expression: {e.Message.TrimEnd('.')}. A backslash before a character takes it as it is.", pattern, e);
        }
    }

    private static bool Fits(Regex? pattern, AgentTask task)
    {
        try
        {
            return pattern is null || pattern.IsMatch(task.Name);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new OpenCodeException(OpenCodeError.LimitExceeded, string.Create(CultureInfo.InvariantCulture, $"The pattern '{pattern}' took longer than {MatchLimit.TotalSeconds:0} s on the name of task '{task.Id}'. Give one with fewer nested repetitions."), pattern!.ToString(), e);
        }
    }

    private static bool Has(JsonMap metadata, JsonMap wanted) => wanted.All(member => metadata.TryGetValue(member.Key, out var value) && Same(value, member.Value));

    private static bool Same(object? one, object? other) => (one, other) switch
    {
        (long number, double real) => number == real,
        (double real, long number) => number == real,
        (object[] items, object[] others) => items.Length == others.Length && items.Zip(others).All(pair => Same(pair.First, pair.Second)),
        (JsonMap map, JsonMap wanted) => map.Count == wanted.Count && Has(map, wanted),
        _ => Equals(one, other),
    };
}

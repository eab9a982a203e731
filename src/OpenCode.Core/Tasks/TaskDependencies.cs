using System.Globalization;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>What tasks depend on, as callers name it. The rules are the registry's.</summary>
internal sealed class TaskDependencies(TaskWay way)
{
    private const int Most = 1_000;

    /// <summary>The rows with the whole ids of what they depend on.</summary>
    /// <param name="requests">The tasks to be created.</param>
    /// <param name="rows">Their rows, in the same order.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpenCodeException">TaskNotFound; InvalidArgument: not of the form of an id, or several tasks begin so; LimitExceeded.</exception>
    public async ValueTask<IReadOnlyList<NewTaskRow>> ResolveAsync(IReadOnlyList<NewTask> requests, IReadOnlyList<NewTaskRow> rows, CancellationToken cancellationToken)
    {
        if (requests.All(r => r.DependsOn.Count == 0))
        {
            return rows;
        }

        // Often many name the same one.
        var known = rows.Select(r => r.Id).Distinct(StringComparer.Ordinal).ToDictionary(id => id, StringComparer.Ordinal);
        var resolved = new List<NewTaskRow>(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            var given = requests[i].DependsOn;
            if (given.Count > Most)
            {
                throw new OpenCodeException(OpenCodeError.LimitExceeded, string.Create(CultureInfo.InvariantCulture, $"The task '{rows[i].Name}' is to depend on {given.Count} tasks; the limit is {Most}. Let it depend on a task that depends on them."), rows[i].Id);
            }

            var ids = new List<string>(given.Count);
            foreach (var text in given)
            {
                ids.Add(known.TryGetValue(text, out var id) ? id : known[text] = await FindAsync(rows[i].Name, text, cancellationToken).ConfigureAwait(false));
            }

            resolved.Add(rows[i] with { DependsOn = [.. ids.Distinct(StringComparer.Ordinal)] });
        }

        return resolved;
    }

    /// <summary>Refuses to resume from a checkpoint what cannot be resumed, before anything is restored.</summary>
    /// <exception cref="OpenCodeException">InvalidTransition: names what the task waits for. A task or checkpoint that is not there is left to the restoring.</exception>
    public async Task CheckReadyAsync(string? task, string checkpoint, CancellationToken cancellationToken)
    {
        var id = task is not null
            ? await way.ResolveAsync(task, cancellationToken).ConfigureAwait(false)
            : (await way.Registry.FindCheckpointAsync(checkpoint, cancellationToken).ConfigureAwait(false))?.TaskId;
        if (id is not null && await way.Registry.FindAsync(id, cancellationToken).ConfigureAwait(false) is { Unfinished: > 0 } row)
        {
            throw RegistryRules.Blocked(row, Transitions.Resume.Name, await way.Registry.UnfinishedAsync(row.Number, cancellationToken).ConfigureAwait(false));
        }
    }

    private async ValueTask<string> FindAsync(string name, string text, CancellationToken cancellationToken)
    {
        try
        {
            return await way.ResolveAsync(text, cancellationToken).ConfigureAwait(false);
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.TaskNotFound)
        {
            throw RegistryRules.NoDependency(name, text);
        }
    }
}

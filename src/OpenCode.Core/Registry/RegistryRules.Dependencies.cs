using System.Globalization;
using OpenCode.Common;

namespace OpenCode.Registry;

/// <content>
/// What tasks depend on. A task is ready when it is Pending and everything it depends on is Completed; the number of what is not
/// is kept with each task, and moves in the transaction in which one of them comes to Completed, leaves it, or is deleted.
/// </content>
internal sealed partial class RegistryRules
{
    /// <summary>The most tasks that one message names.</summary>
    internal const int MostNamed = 10;

    /// <summary>Refuses to start a task that waits for others.</summary>
    private void CheckReady(TaskRow row, string operation)
    {
        if (row.Unfinished > 0)
        {
            throw Blocked(row, operation, transaction.Unfinished(row.Number, MostNamed));
        }
    }

    /// <summary>The error for a task that cannot start, naming what it waits for and what can be done about each.</summary>
    internal static OpenCodeException Blocked(TaskRow row, string operation, IReadOnlyList<(string Id, AgentTaskStatus Status)> blockers)
    {
        var names = string.Join("; ", blockers.Select(b => $"'{b.Id}' is {b.Status}: {WayOut(b.Status)}"));
        var more = row.Unfinished > blockers.Count ? string.Create(CultureInfo.InvariantCulture, $"; and {row.Unfinished - blockers.Count} more") : "";
        return new OpenCodeException(OpenCodeError.InvalidTransition, $"Task '{row.Task.Id}' is {row.Task.Status}, and '{operation}' needs every task it depends on to be Completed. {names}{more}.", row.Task.Id);
    }

    private static string WayOut(AgentTaskStatus status) => status switch
    {
        AgentTaskStatus.Pending => "start and complete it",
        AgentTaskStatus.Running => "wait until it is completed",
        _ => "resume it, or delete it so that nothing waits for it",
    };

    /// <summary>What the new tasks depend on, in the order of the tasks: found, and without a ring. Null when none depends on any.</summary>
    private List<Dependency>[]? FindDependencies(IReadOnlyList<NewTaskRow> tasks)
    {
        if (tasks.All(t => t.DependsOn.Count == 0))
        {
            return null;
        }

        var indices = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < tasks.Count; i++)
        {
            indices.TryAdd(tasks[i].Id, i); // an id that is there twice is refused when it is inserted
        }

        // A task that is there already cannot depend on one that is not, so a ring is among the new ones or nowhere.
        RefuseRing(tasks, indices);
        return [.. tasks.Select(task => task.DependsOn.Select(id => indices.TryGetValue(id, out var index) ? new Dependency(id, index, 0, AgentTaskStatus.Pending)
            : transaction.FindTask(id) is { } row ? new Dependency(id, -1, row.Number, row.Task.Status)
            : throw NoDependency(task.Name, id)).ToList())];
    }

    /// <summary>The error for a task that is to wait for one that is not there.</summary>
    internal static OpenCodeException NoDependency(string taskName, string id) => new(
        OpenCodeError.TaskNotFound,
        $"The task '{taskName}' was not created, because there is no task '{id}' for it to depend on. Create that one first, or in the same call; or list the tasks to find its id.",
        id);

    private void InsertDependencies(TaskChange[] created, List<Dependency>[] dependencies)
    {
        for (var i = 0; i < created.Length; i++)
        {
            for (var position = 0; position < dependencies[i].Count; position++)
            {
                var on = dependencies[i][position];
                transaction.InsertDependency(created[i].Row.Number, position, on.Index < 0 ? on.Number : created[on.Index].Row.Number);
            }
        }
    }

    private static string Waits(IReadOnlyList<Dependency>? dependencies)
    {
        var unfinished = dependencies?.Where(d => d.Status is not AgentTaskStatus.Completed).ToList() ?? [];
        var more = unfinished.Count > MostNamed ? string.Create(CultureInfo.InvariantCulture, $" and {unfinished.Count - MostNamed} more") : "";
        return unfinished.Count == 0 ? "" : $"; waits for {string.Join(", ", unfinished.Take(MostNamed).Select(d => $"'{d.Id}' ({d.Status})"))}{more}";
    }

    /// <summary>Tells those that depend on a task what became of it.</summary>
    /// <param name="row">The task, after the change.</param>
    /// <param name="before">Its status before.</param>
    /// <returns>Who was told.</returns>
    private List<string> TellDependents(TaskRow row, AgentTaskStatus before)
    {
        var (id, now) = (row.Task.Id, row.Task.Status);
        if (now is AgentTaskStatus.Completed)
        {
            return !transaction.MoveUnfinished(row.Number, -1) ? [] : Tell(row, pending: true, dependent => dependent.Unfinished == 0 ? (LogLevel.Info, $"Ready now: '{id}' is Completed, and it was the last task this one waited for", now.ToString()) : null);
        }

        if (before is AgentTaskStatus.Completed)
        {
            transaction.MoveUnfinished(row.Number, 1);
            return Tell(row, pending: true, _ => (LogLevel.Warn, $"Waits again for '{id}', which was Completed and is {now} again", now.ToString()));
        }

        return now is AgentTaskStatus.Failed or AgentTaskStatus.Cancelled
            ? Tell(row, pending: true, _ => (LogLevel.Warn, $"Blocked: '{id}', which this task depends on, is {now}. {Sentence(WayOut(now))}", now.ToString()))
            : [];

        static string Sentence(string way) => char.ToUpperInvariant(way[0]) + way[1..];
    }

    /// <summary>Takes a task that is about to be deleted out of what others depend on.</summary>
    private List<string> ReleaseDependents(TaskRow row)
    {
        var freed = row.Task.Status is AgentTaskStatus.Completed ? 0 : 1;
        return Tell(row, pending: false, dependent =>
        {
            var released = dependent with
            {
                Unfinished = dependent.Unfinished - freed,
                Task = dependent.Task with { DependsOn = [.. dependent.Task.DependsOn.Where(id => id != row.Task.Id)] },
            };
            transaction.UpdateDependencies(released);
            var then = freed == 1 && released.Unfinished == 0 && released.Task.Status is AgentTaskStatus.Pending ? "; ready now" : "";
            return (LogLevel.Info, $"Does not depend on '{row.Task.Id}' any more, which was deleted{then}", "Deleted");
        });
    }

    // Their versions stay: what an agent knew of its own task is as true as before.
    private List<string> Tell(TaskRow on, bool pending, Func<TaskRow, (LogLevel Level, string Message, string Became)?> news)
    {
        var told = new List<string>();
        foreach (var dependent in transaction.Dependents(on.Number, pending))
        {
            if (transaction.FindTask(dependent) is { } row && news(row) is var (level, message, became))
            {
                var data = EventData.For(TaskEvent.DependencyChanged, ("dependency", on.Task.Id), ("became", became));
                told.Add(Journal(row, TaskEvent.DependencyChanged, level, message, data).Row.Task.Id);
            }
        }

        return told;
    }

    private static void RefuseRing(IReadOnlyList<NewTaskRow> tasks, Dictionary<string, int> indices)
    {
        // Depth first with a path of its own: a chain may be longer than a stack is deep.
        var done = new bool[tasks.Count];
        var path = new List<(int Task, int Next)>();
        var onPath = new HashSet<int>();
        for (var start = 0; start < tasks.Count; start++)
        {
            Enter(start);
            while (path.Count > 0)
            {
                var (task, next) = path[^1];
                if (next == tasks[task].DependsOn.Count)
                {
                    done[task] = true;
                    onPath.Remove(task);
                    path.RemoveAt(path.Count - 1);
                    continue;
                }

                path[^1] = (task, next + 1);
                if (indices.TryGetValue(tasks[task].DependsOn[next], out var on))
                {
                    Enter(on);
                }
            }
        }

        void Enter(int task)
        {
            if (onPath.Contains(task))
            {
                throw Ring([.. path.SkipWhile(p => p.Task != task).Select(p => tasks[p.Task].Id), tasks[task].Id]);
            }

            if (!done[task])
            {
                path.Add((task, 0));
                onPath.Add(task);
            }
        }
    }

    private static OpenCodeException Ring(List<string> ids)
    {
        var middle = ids.Count > MostNamed + 2 ? string.Create(CultureInfo.InvariantCulture, $" → … ({ids.Count - MostNamed - 1} more)") : "";
        var named = middle.Length == 0 ? ids : [.. ids.Take(MostNamed)];
        var last = middle.Length == 0 ? "" : $" → '{ids[^1]}'";
        return new OpenCodeException(OpenCodeError.InvalidArgument, $"These tasks would wait for each other in a ring, and none could ever start: {string.Join(" → ", named.Select(id => $"'{id}'"))}{middle}{last}. Take one of the dependencies away.", ids[0]);
    }

    /// <summary>Something a new task depends on.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Index">Its place among the new tasks; -1 when it was there before.</param>
    /// <param name="Number">Its number, when it was there before.</param>
    /// <param name="Status">Its status.</param>
    private sealed record Dependency(string Id, int Index, long Number, AgentTaskStatus Status);
}

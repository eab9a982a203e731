using OpenCode.Tasks;

namespace OpenCode.Tests.StoreWorker;

/// <summary>What a caller can see of a life, in one line without ids and times, so that two runs can be compared.</summary>
public static class Story
{
    /// <summary>Tells it.</summary>
    public static async Task<string> TellAsync(OpenCodeRuntime runtime, CancellationToken token) =>
        $"{await OneAsync(runtime, Life.TaskId, token)} | {await OneAsync(runtime, Life.GoneId, token)} | {await OneAsync(runtime, Life.NextId, token)}";

    private static async Task<string> OneAsync(OpenCodeRuntime runtime, string id, CancellationToken token)
    {
        AgentTask task;
        try
        {
            task = await runtime.Tasks.GetAsync(id, token);
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.TaskNotFound)
        {
            return "none";
        }

        var state = await runtime.Memory.StateAsync(id, token);
        var decisions = await runtime.Memory.DecisionsAsync(id, null, null, token);
        var log = await runtime.Memory.HistoryAsync(id, new LogQuery(), token);
        var free = log.Entries.Where(e => e.Seq is null).Select(e => e.Message);
        var told = log.Entries.Where(e => e.Data is { } data && data.TryGetValue("event", out var kind) && kind is "dependencyChanged").Select(e => e.Message);
        return $"{task.Status} ready={task.Ready} depends={string.Join('+', task.DependsOn)} told={string.Join('+', told)} agents={string.Join('+', task.Agents)} description={task.Description} result={task.Result?.Data} error={task.Error} metadata={task.Metadata} " +
            $"state={state.Status}{state.Data} decisions={string.Join('+', decisions.Select(d => d.Text))} free={string.Join('+', free)} malformed={log.Malformed}";
    }
}

using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenCode.McpHost.Tools;
using OpenCode.Registry;

namespace OpenCode.McpHost.Resources;

/// <summary>Completes ids in the addresses of resources and in the arguments of prompts, from the local store. A failure gives nothing.</summary>
/// <param name="store">The store.</param>
internal sealed class Completions(Store store)
{
    private const int Most = 100; // the protocol's limit

    public async ValueTask<CompleteResult> CompleteAsync(RequestContext<CompleteRequestParams> request, CancellationToken cancellationToken)
    {
        var (name, value) = (request.Params.Argument.Name, request.Params.Argument.Value ?? "");
        var given = request.Params.Context?.Arguments;
        var task = given?.TryGetValue("id", out var id) is true ? id : given?.TryGetValue("taskId", out id) is true ? id : null;
        try
        {
            var found = await FindAsync(name, value, task, cancellationToken).ConfigureAwait(false);
            return new CompleteResult { Completion = new Completion { Values = [.. found.Take(Most)], HasMore = found.Count > Most } };
        }
        catch (OpenCodeException)
        {
            return new CompleteResult();
        }
    }

    private async ValueTask<IReadOnlyList<string>> FindAsync(string name, string value, string? task, CancellationToken cancellationToken)
    {
        if (name is "level" or "status")
        {
            return [.. (name is "level" ? AppendLog.Levels : ListTasks.Statuses).Where(word => word.StartsWith(value, StringComparison.OrdinalIgnoreCase))];
        }

        var suggestions = (await store.OpenAsync(cancellationToken).ConfigureAwait(false)).Suggestions;
        return name switch
        {
            "id" or "taskId" => [.. (await suggestions.TasksAsync(new TaskSuggestionQuery { Word = value, Limit = Most + 1 }, cancellationToken).ConfigureAwait(false)).Select(found => found.Id)],
            "executionId" => [.. (await suggestions.ExecutionsAsync(task, value, Most + 1, cancellationToken).ConfigureAwait(false)).Select(found => found.Id)],
            "agentId" => [.. (await suggestions.AgentsAsync(task, cancellationToken).ConfigureAwait(false)).Where(agent => agent.StartsWith(value, StringComparison.OrdinalIgnoreCase))],
            _ => [],
        };
    }
}

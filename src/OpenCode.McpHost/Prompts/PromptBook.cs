using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenCode.Common;
using OpenCode.McpHost.Resources;

namespace OpenCode.McpHost.Prompts;

/// <summary>The prompts, and the way each is made.</summary>
/// <param name="store">The store the tasks are in.</param>
internal sealed class PromptBook(Store store)
{
    public static ListPromptsResult List() => new()
    {
        Prompts = [.. TaskPrompt.All.Select(prompt => prompt.Definition())],
        TimeToLive = TimeSpan.FromHours(1),
        CacheScope = CacheScope.Public,
    };

    public async ValueTask<GetPromptResult> GetAsync(RequestContext<GetPromptRequestParams> request, CancellationToken cancellationToken)
    {
        var prompt = TaskPrompt.All.FirstOrDefault(known => known.Name == request.Params.Name)
            ?? throw new McpProtocolException($"There is no prompt of that name. The prompts are {string.Join(", ", TaskPrompt.All.Select(known => known.Name))}.", McpErrorCode.InvalidParams);
        var unknown = request.Params.Arguments?.Keys.FirstOrDefault(name => name is not ("taskId" or "agentId"));
        if (unknown is not null)
        {
            throw new McpProtocolException($"The prompt '{prompt.Name}' takes taskId and agentId only.", McpErrorCode.InvalidParams);
        }

        try
        {
            var id = Text(request.Params, "taskId") ?? throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The argument 'taskId' is missing; the prompt '{prompt.Name}' needs it.", "taskId");
            var agent = Text(request.Params, "agentId") is { } given ? Input.Agent(given) : null;
            var runtime = await store.OpenAsync(cancellationToken).ConfigureAwait(false);
            var task = await runtime.Tasks.GetAsync(id, cancellationToken).ConfigureAwait(false);
            var brief = await prompt.Fill(new Brief(runtime, task), cancellationToken).ConfigureAwait(false);
            return new GetPromptResult
            {
                Description = $"{prompt.Title}: {task.Id}",
                Messages = [new PromptMessage { Role = Role.User, Content = new TextContentBlock { Text = $"{prompt.Ask(task, agent)}\n\n{brief}" } }],
            };
        }
        catch (OpenCodeException e)
        {
            throw ResourceShelf.Protocol(e);
        }
    }

    private static string? Text(GetPromptRequestParams parameters, string name) => parameters.Arguments?.TryGetValue(name, out var value) is not true ? null
        : value.ValueKind is JsonValueKind.String ? value.GetString()
        : throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The argument '{name}' has to be text.", name);
}

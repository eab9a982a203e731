using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace OpenCode.Tests.ConformanceHost;

/// <summary>Puts what the suite asks for before what the product has: its own requests go on to the product.</summary>
internal static class Fixtures
{
    public static void AddTo(McpServerOptions options)
    {
        options.Capabilities!.Logging = new LoggingCapability();
        var handlers = options.Handlers;
        AddTools(handlers);
        AddResources(handlers);
        AddPrompts(handlers);

        // The SDK keeps the level of each session; there is nothing more to do.
        handlers.SetLoggingLevelHandler = static (_, _) => ValueTask.FromResult(new EmptyResult());
    }

    private static void AddTools(McpServerHandlers handlers)
    {
        var (list, call) = (handlers.ListToolsHandler!, handlers.CallToolHandler!);
        handlers.ListToolsHandler = async (request, cancellationToken) =>
        {
            var listed = await list(request, cancellationToken);
            foreach (var fixture in FixtureTools.All)
            {
                listed.Tools.Add(fixture.Definition);
            }

            return listed;
        };
        handlers.CallToolHandler = (request, cancellationToken) =>
            FixtureTools.All.FirstOrDefault(fixture => fixture.Definition.Name == request.Params.Name) is { } fixture ? fixture.Run(request, cancellationToken) : call(request, cancellationToken);
    }

    private static void AddResources(McpServerHandlers handlers)
    {
        var (list, templates, read) = (handlers.ListResourcesHandler!, handlers.ListResourceTemplatesHandler!, handlers.ReadResourceHandler!);
        var (subscribe, unsubscribe) = (handlers.SubscribeToResourcesHandler!, handlers.UnsubscribeFromResourcesHandler!);
        handlers.ListResourcesHandler = async (request, cancellationToken) =>
        {
            var listed = await list(request, cancellationToken);
            listed.Resources = [.. listed.Resources, .. FixtureResources.All];
            return listed;
        };
        handlers.ListResourceTemplatesHandler = async (request, cancellationToken) =>
        {
            var listed = await templates(request, cancellationToken);
            listed.ResourceTemplates = [.. listed.ResourceTemplates, FixtureResources.Template];
            return listed;
        };
        handlers.ReadResourceHandler = (request, cancellationToken) =>
            FixtureResources.Find(request.Params.Uri) is { } contents
                ? ValueTask.FromResult(new ReadResourceResult { Contents = [contents], TimeToLive = TimeSpan.Zero, CacheScope = CacheScope.Public })
                : read(request, cancellationToken);
        handlers.SubscribeToResourcesHandler = (request, cancellationToken) =>
            request.Params.Uri == FixtureResources.Watched ? ValueTask.FromResult(new EmptyResult()) : subscribe(request, cancellationToken);
        handlers.UnsubscribeFromResourcesHandler = (request, cancellationToken) =>
            request.Params.Uri == FixtureResources.Watched ? ValueTask.FromResult(new EmptyResult()) : unsubscribe(request, cancellationToken);
    }

    private static void AddPrompts(McpServerHandlers handlers)
    {
        var (list, get) = (handlers.ListPromptsHandler!, handlers.GetPromptHandler!);
        handlers.ListPromptsHandler = async (request, cancellationToken) =>
        {
            var listed = await list(request, cancellationToken);
            listed.Prompts = [.. listed.Prompts, .. FixturePrompts.All];
            return listed;
        };
        handlers.GetPromptHandler = (request, cancellationToken) => FixturePrompts.Find(request) is { } found ? ValueTask.FromResult(found) : get(request, cancellationToken);
    }
}

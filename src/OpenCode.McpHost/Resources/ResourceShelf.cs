using System.Globalization;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenCode.Registry;

namespace OpenCode.McpHost.Resources;

/// <summary>What can be read without a tool: tasks and what they remember.</summary>
/// <param name="store">The store.</param>
internal sealed class ResourceShelf(Store store)
{
    private const int PageSize = 100;

    private static readonly ResourceTemplate[] All =
    [
        Template("task", "{id}", "A task", "application/json", "One task whole."),
        Template("task-state", "{id}/state", "A task's state", "application/json", "The agents' own data of a task, with their version."),
        Template("task-log", "{id}/log{?level,last,before}", "A task's log", "application/jsonl", "The newest lines of a task's log, one JSON object a line: last = 1 to 1000 (200), level = debug, info, warn or error; _meta.next is the page before."),
        Template("task-decisions", "{id}/decisions", "A task's decisions", "text/markdown", "What was decided on a task, and why."),
        Template("task-checkpoints", "{id}/checkpoints", "A task's checkpoints", "application/json", "The points in time a task can go back to."),
        Template("task-execution", "{id}/executions/{executionId}", "A command that was run", "application/json", "A command, its exit code and its output."),
        Template("task-workspace", "{id}/workspace/{+path}", "A file of the workspace", null, "A file of up to 1 MiB, or the list of a folder, as the sandbox sees it at /workspace."),
    ];

    public static ListResourceTemplatesResult Templates() => new()
    {
        ResourceTemplates = All,
        TimeToLive = TimeSpan.FromHours(1),
        CacheScope = CacheScope.Public,
    };

    public async ValueTask<ListResourcesResult> ListAsync(RequestContext<ListResourcesRequestParams> request, CancellationToken cancellationToken)
    {
        var skip = Place(request.Params?.Cursor);
        var runtime = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var page = await runtime.Tasks.ListAsync(new TaskQuery { Skip = skip, First = PageSize }, cancellationToken).ConfigureAwait(false);
        var resources = page.Tasks.Select(task => new Resource
        {
            Uri = $"{TaskUri.Root}/{task.Id}",
            Name = task.Id,
            Title = task.Name,
            MimeType = "application/json",
        });
        if (skip == 0)
        {
            resources = resources.Prepend(new Resource { Uri = TaskUri.Root, Name = "tasks", Title = "All tasks", Description = "The newest 100 tasks; ?offset= for more.", MimeType = "application/json" });
        }

        return new ListResourcesResult
        {
            Resources = [.. resources],
            NextCursor = skip + page.Tasks.Count < page.Total ? (skip + page.Tasks.Count).ToString(CultureInfo.InvariantCulture) : null,
            TimeToLive = TimeSpan.Zero,
            CacheScope = CacheScope.Private,
        };
    }

    public async ValueTask<ReadResourceResult> ReadAsync(RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken)
    {
        var address = request.Params.Uri;
        var uri = TaskUri.Parse(address) ?? throw Missing(request.Server, address, $"There is no resource '{Shown(address)}'. {TaskUri.Root} lists the tasks.");
        var runtime = await OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return new ReadResourceResult
            {
                Contents = [await new ResourceReading(runtime, uri, address).ReadAsync(cancellationToken).ConfigureAwait(false)],
                TimeToLive = TimeSpan.Zero,
                CacheScope = CacheScope.Private,
            };
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.TaskNotFound)
        {
            throw Missing(request.Server, address, e.Message);
        }
        catch (OpenCodeException e)
        {
            throw Protocol(e);
        }
    }

    /// <summary>A failure as the protocol tells it.</summary>
    public static McpProtocolException Protocol(OpenCodeException e) => new(
        $"{e.Error}: {e.Message}",
        e.Error is OpenCodeError.InvalidArgument or OpenCodeError.LimitExceeded or OpenCodeError.AccessDenied or OpenCodeError.TaskNotFound ? McpErrorCode.InvalidParams : McpErrorCode.InternalError);

    /// <summary>The error for a resource that is not there: it says which, for programs too. Its code differs between the revisions.</summary>
    public static McpProtocolException Missing(McpServer server, string? address, string message) => new(
        message,
        string.CompareOrdinal(server.NegotiatedProtocolVersion, "2026-07-28") >= 0 ? McpErrorCode.InvalidParams : McpErrorCode.ResourceNotFound)
    {
        Data = { ["uri"] = Shown(address) },
    };

    private static ResourceTemplate Template(string name, string rest, string title, string? type, string description) =>
        new() { Name = name, UriTemplate = $"{TaskUri.Root}/{rest}", Title = title, MimeType = type, Description = description };

    private static string Shown(string? uri) => uri is { Length: > 200 } ? uri[..200] + "…" : uri ?? "";

    private static int Place(string? cursor) => cursor is null ? 0
        : int.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var skip) ? skip
        : throw new McpProtocolException("The cursor is none that this server gave. Begin without one.", McpErrorCode.InvalidParams);

    private async Task<OpenCodeRuntime> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await store.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OpenCodeException e)
        {
            throw Protocol(e);
        }
    }
}

using System.Collections.Specialized;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Resources;

/// <summary>The address of a resource: <c>opencode://tasks</c>, a task, or a part of one.</summary>
/// <param name="TaskId">The task; null for the list of tasks.</param>
/// <param name="Part">The part of the task.</param>
/// <param name="Name">The execution, or the path within the workspace.</param>
internal sealed record TaskUri(string? TaskId, TaskPart Part, string? Name)
{
    public const string Root = "opencode://tasks";

    /// <summary>What was asked for behind the question mark.</summary>
    public NameValueCollection Query { get; init; } = [];

    /// <summary>Reads an address.</summary>
    /// <returns>Null when it is of another form.</returns>
    public static TaskUri? Parse(string? text)
    {
        if (text is null || text.Length > 8192 || !text.StartsWith(Root, StringComparison.Ordinal))
        {
            return null;
        }

        var question = text.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? text[Root.Length..] : text[Root.Length..question];
        var query = question < 0 ? [] : ReadQuery(text[(question + 1)..]);
        if (query is null || (path.Length > 0 && path[0] != '/'))
        {
            return null;
        }

        // Decoded after it was divided: an encoded slash is a part of a name, and names have none.
        var parts = path.Length == 0 ? [] : path[1..].Split('/').Select(Uri.UnescapeDataString).ToArray();
        TaskUri? uri = parts switch
        {
            [] => new(null, TaskPart.Task, null),
            [var id] => new(id, TaskPart.Task, null),
            [var id, "state"] => new(id, TaskPart.State, null),
            [var id, "log"] => new(id, TaskPart.Log, null),
            [var id, "decisions"] => new(id, TaskPart.Decisions, null),
            [var id, "checkpoints"] => new(id, TaskPart.Checkpoints, null),
            [var id, "executions", var execution] when Input.IsId(execution) => new(id, TaskPart.Execution, execution),
            [var id, "workspace", ..] when !parts.Any(part => part.Contains('/', StringComparison.Ordinal)) => new(id, TaskPart.Workspace, string.Join('/', parts[2..]).TrimEnd('/')),
            _ => null,
        };
        return uri is null || (uri.TaskId is not null && !Input.IsId(uri.TaskId)) ? null : uri with { Query = query };
    }

    private static NameValueCollection? ReadQuery(string text)
    {
        var query = new NameValueCollection(StringComparer.Ordinal);
        foreach (var pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                return null;
            }

            query.Add(Uri.UnescapeDataString(pair[..equals]), Uri.UnescapeDataString(pair[(equals + 1)..]));
        }

        return query;
    }
}

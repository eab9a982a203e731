using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Registry;

namespace OpenCode.McpHost.Tools;

internal sealed class ListTasks() : TaskTool(
    "list_tasks",
    "List tasks",
    "Lists tasks, newest first. Use it to find work (status pending) or to see what others do. count is all that match; page with offset.")
{
    /// <summary>An answer stops growing here; the rest is on the next page.</summary>
    private const int MostCharacters = 2 * 1024 * 1024;

    public static IReadOnlyList<string> Statuses { get; } = [.. Enum.GetValues<AgentTaskStatus>().Select(TaskJson.Word)];

    public override bool ReadOnly => true;

    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        new ChoiceParameter("status", Statuses),
        new TextParameter("owner", Input.AgentLength),
        new NumberParameter("limit", 1, 1000, 100),
        new NumberParameter("offset", 0, int.MaxValue, 0),
    ];

    protected override string Gives => """
        {"tasks":{"type":"array","items":{"type":"object"}},"count":{"type":"integer"},"returned":{"type":"integer"}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var query = new TaskQuery
        {
            Statuses = call.Input.Find<string>("status") is { } status ? [Enum.Parse<AgentTaskStatus>(status, ignoreCase: true)] : [],
            Owner = call.Input.Find<string>("owner"),
            First = (int)(call.Input.Number("limit") ?? 100),
            Skip = (int)(call.Input.Number("offset") ?? 0),
        };
        var page = await call.Runtime.Tasks.ListAsync(query, cancellationToken).ConfigureAwait(false);
        var tasks = new JsonArray();
        var size = 0;
        foreach (var task in page.Tasks)
        {
            tasks.Add((JsonNode)TaskJson.Of(task));
            size += task.Metadata.ToString().Length + (task.Description?.Length ?? 0) + (task.Result is null ? 0 : tasks[^1]!["result"]!.ToJsonString().Length);
            if (size > MostCharacters)
            {
                break;
            }
        }

        return new JsonObject { ["success"] = true, ["tasks"] = tasks, ["count"] = page.Total, ["returned"] = tasks.Count };
    }

    public override string Describe(JsonObject answer)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{answer["returned"]} of {answer["count"]} tasks:");
        foreach (var task in answer["tasks"]!.AsArray())
        {
            var agents = task!["agents"]!.AsArray();
            text.Append(CultureInfo.InvariantCulture, $"\n{task["id"]} {task["status"]} \"{task["name"]}\" owner {task["owner"]}");
            text.Append(agents.Count > 0 ? $" agents {string.Join(", ", agents)}" : "");
        }

        return text.ToString();
    }
}

using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Registry;

namespace OpenCode.McpHost.Tools;

internal sealed class ListTasks() : TaskTool(
    "list_tasks",
    "List tasks",
    "Lists tasks, newest first. Use it to find work (status pending) or to see what others do. count is all that match; page with offset.")
{
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
        var tasks = TaskReading.List(page.Tasks);
        return new JsonObject { ["success"] = true, ["tasks"] = tasks, ["count"] = page.Total, ["returned"] = tasks.Count };
    }

    public override string Describe(JsonObject answer) => $"{answer["returned"]} of {answer["count"]} tasks:{TaskReading.Lines(answer["tasks"]!)}";
}

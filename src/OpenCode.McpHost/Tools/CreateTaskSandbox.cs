using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

internal sealed class CreateTaskSandbox() : TaskTool(
    "create_task_sandbox",
    "Create a task",
    "Creates a pending task with its own sandbox and memory. Use it once for each piece of work; then attach_agent_to_task to start it. The container itself is made at the first execute_in_task.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        new TextParameter("name", Input.NameLength) { Required = true },
        TaskId with { Required = false, Description = "Made when left out" },
        new TextParameter("owner", Input.AgentLength, "Default: system"),
        new ChoiceParameter("mode", ["exclusive", "collaborative"], "exclusive", "One agent at a time, or many"),
        new TextParameter("description", Input.TextBytes),
        new MapParameter("metadata"),
        new TextParameter("image", 255, "Container image"),
    ];

    protected override string Gives => """
        {"taskId":{"type":"string"},"status":{"type":"string"},"createdAt":{"type":"string","format":"date-time"}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var input = call.Input;
        var request = new NewTask
        {
            Name = input.Get<string>("name"),
            Id = input.Find<string>("taskId") ?? call.PlannedId,
            Owner = input.Find<string>("owner") ?? call.Caller?.Owner,
            Mode = Enum.Parse<AgentTaskMode>(input.Find<string>("mode") ?? "exclusive", ignoreCase: true),
            Description = input.Find<string>("description"),
            Metadata = input.Find<JsonMap>("metadata"),
            Image = input.Find<string>("image"),
        };
        var task = await CreateOnceAsync(call, request, cancellationToken).ConfigureAwait(false);
        return new JsonObject
        {
            ["success"] = true,
            ["taskId"] = task.Id,
            ["status"] = TaskJson.Word(AgentTaskStatus.Pending),
            ["createdAt"] = TaskJson.Time(task.CreatedAt),
        };
    }

    public override string Describe(JsonObject answer) => $"Created task {answer["taskId"]}; it is pending. Next: attach_agent_to_task.";

    private static async Task<AgentTask> CreateOnceAsync(ToolCall call, NewTask request, CancellationToken cancellationToken)
    {
        try
        {
            return await call.Runtime.Tasks.CreateAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (OpenCodeException e) when (e.Error == OpenCodeError.TaskExists && call.Resumed)
        {
            // The process that died before it could answer has created the task.
            return await call.Runtime.Tasks.GetAsync(request.Id!, cancellationToken).ConfigureAwait(false);
        }
    }
}

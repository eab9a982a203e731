using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

internal sealed class WaitForTask() : TaskTool(
    "wait_for_task",
    "Wait for tasks",
    "Waits until tasks are finished, or in a status, whichever agent brings them there. Use it instead of asking get_task_status again and again. reached is false when waitMs passed first; then call it again.")
{
    private const string Finished = "finished";

    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        new NamesParameter("taskIds", Input.IdLength, 100) { Required = true },
        new ChoiceParameter("status", [Finished, .. ListTasks.Statuses], Finished),
        new FlagParameter("any", "One of them will do"),
        new NumberParameter("waitMs", 0, ClaimTask.MostWait, 30_000),
    ];

    public override bool ReadOnly => true;

    protected override string Gives => """
        {"reached":{"type":"boolean"},"tasks":{"type":"array","items":{"type":"object"}},"waiting":{"type":"array","items":{"type":"object"}}}
        """;

    public override TimeSpan Patience(ToolInput input) => TimeSpan.FromMilliseconds(input.Number("waitMs") ?? 30_000);

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var names = call.Input.Get<string[]>("taskIds");
        var request = new WaitRequest(names)
        {
            Statuses = call.Input.Find<string>("status") is { } status and not Finished ? [Enum.Parse<AgentTaskStatus>(status, ignoreCase: true)] : WaitRequest.Ends,
            Any = call.Input.Flag("any"),
            Limit = TimeSpan.FromMilliseconds(call.Input.Number("waitMs") ?? 30_000),
        };
        var outcome = await call.Runtime.Tasks.WaitAsync(request, null, cancellationToken).ConfigureAwait(false);
        var (tasks, waiting, seen) = (new JsonArray(), new JsonArray(), outcome.Reached.Select(task => task.Id).ToHashSet(StringComparer.Ordinal));
        foreach (var task in outcome.Reached)
        {
            tasks.Add((JsonNode)TaskJson.Of(task));
        }

        foreach (var name in names)
        {
            var task = await call.Runtime.Tasks.GetAsync(name, cancellationToken).ConfigureAwait(false);
            if (seen.Add(task.Id))
            {
                waiting.Add((JsonNode)new JsonObject { ["taskId"] = task.Id, ["status"] = TaskJson.Word(task.Status) });
            }
        }

        return new JsonObject { ["success"] = true, ["reached"] = outcome.Timeout is null, ["tasks"] = tasks, ["waiting"] = waiting };
    }

    public override string Describe(JsonObject answer)
    {
        var text = new StringBuilder(answer["reached"]!.GetValue<bool>() ? "Reached:" : "Not yet; call again to go on waiting. Reached:");
        text.Append(TaskReading.Lines(answer["tasks"]!));
        var waiting = answer["waiting"]!.AsArray();
        foreach (var (index, task) in waiting.Index())
        {
            text.Append(index == 0 ? "\nNot reached:" : "").Append(CultureInfo.InvariantCulture, $"\n{task!["taskId"]} {task["status"]}");
        }

        return text.ToString();
    }
}

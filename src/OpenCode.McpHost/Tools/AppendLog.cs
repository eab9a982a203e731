using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

internal sealed class AppendLog() : TaskTool(
    "append_log",
    "Write into a task's log",
    "Appends a line to the task's log, which everybody who works on the task reads. Use it for what you did and found; for choices that were made use record_decision.")
{
    public static IReadOnlyList<string> Levels { get; } = [.. Enum.GetValues<LogLevel>().Select(TaskJson.Word)];

    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        TaskId,
        new TextParameter("message", Input.TextBytes) { Required = true },
        new ChoiceParameter("level", Levels, "info"),
        new MapParameter("data"),
        Agent,
        Fence,
    ];

    protected override string Gives => """
        {"taskId":{"type":"string"},"entry":{"type":"object"}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var id = (await call.Runtime.Tasks.GetAsync(call.Input.Get<string>("taskId"), cancellationToken).ConfigureAwait(false)).Id;
        var (message, actor) = (call.Input.Get<string>("message"), ActorOf(call.Input));
        var level = Enum.Parse<LogLevel>(call.Input.Find<string>("level") ?? "info", ignoreCase: true);
        var entry = await WrittenAsync(call, id, message, level, cancellationToken).ConfigureAwait(false)
            ?? await call.Runtime.Memory.LogAsync(id, level, message, call.Input.Find<JsonMap>("data"), actor, cancellationToken).ConfigureAwait(false);
        return new JsonObject { ["success"] = true, ["taskId"] = id, ["entry"] = MemoryJson.Of(entry) };
    }

    public override string Describe(JsonObject answer) => $"Written into the log of task {answer["taskId"]} at {answer["entry"]!["timestamp"]}.";

    // The line of a host that died after it had written it, and before it could say so.
    private static async Task<LogEntry?> WrittenAsync(ToolCall call, string id, string message, LogLevel level, CancellationToken cancellationToken)
    {
        if (!call.Resumed)
        {
            return null;
        }

        var since = await call.Runtime.Memory.HistoryAsync(id, new LogQuery { Level = level, After = call.BeforeRequest }, cancellationToken).ConfigureAwait(false);
        return since.Entries.FirstOrDefault(entry => entry.Seq is null && entry.Level == level && entry.Message == message);
    }
}

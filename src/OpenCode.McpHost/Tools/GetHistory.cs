using System.Globalization;
using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

internal sealed class GetHistory() : TaskTool(
    "get_history",
    "Read a task's log",
    "Gives the newest lines of a task's log, in order: what happened to it and what was logged. Use it when you take a task up. Page back with before, the first line's timestamp.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        TaskId,
        new ChoiceParameter("level", AppendLog.Levels, Description: "This or heavier"),
        new TimeParameter("after"),
        new TimeParameter("before"),
        new NumberParameter("last", 1, 1000, 50),
    ];

    public override bool ReadOnly => true;

    protected override string Gives => """
        {"taskId":{"type":"string"},"entries":{"type":"array","items":{"type":"object"}},"returned":{"type":"integer"},"malformed":{"type":"integer"}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var input = call.Input;
        var query = new LogQuery
        {
            Level = input.Find<string>("level") is { } level ? Enum.Parse<LogLevel>(level, ignoreCase: true) : null,
            After = input.Time("after"),
            Before = input.Time("before"),
            Last = (int)(input.Number("last") ?? 50),
        };
        var task = await call.Runtime.Tasks.GetAsync(input.Get<string>("taskId"), cancellationToken).ConfigureAwait(false);
        var page = await call.Runtime.Memory.HistoryAsync(task.Id, query, cancellationToken).ConfigureAwait(false);
        var entries = AnswerJson.Newest(page.Entries, MemoryJson.Of);
        return new JsonObject { ["success"] = true, ["taskId"] = task.Id, ["entries"] = entries, ["returned"] = entries.Count, ["malformed"] = page.Malformed };
    }

    public override string Describe(JsonObject answer) => AnswerJson.Shown(
        string.Create(CultureInfo.InvariantCulture, $"{answer["returned"]} lines of the log of task {answer["taskId"]}{(answer["malformed"]!.GetValue<int>() is > 0 and var bad ? $" ({bad} could not be read)" : "")}:"),
        answer["entries"]!.AsArray().Select(entry => $"{entry!["timestamp"]} {entry["level"]} {entry["message"]}"));
}

using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

internal sealed class FindTasks() : TaskTool(
    "find_tasks",
    "Search tasks",
    "Finds tasks by words in name, description or metadata (best first), by a pattern of the name, or by metadata. Use it when you do not know the id. All that is given has to hold; give at least one.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        new TextParameter("query", 4096, "Beginnings of words; \"a phrase\""),
        new TextParameter("match", 1024, "Regular expression on the name"),
        new ChoiceParameter("status", ListTasks.Statuses),
        new TextParameter("owner", Input.AgentLength),
        new MapParameter("metadata", "Members it has"),
        new NumberParameter("limit", 1, 1000, 20),
    ];

    public override bool ReadOnly => true;

    protected override string Gives => """
        {"tasks":{"type":"array","items":{"type":"object"}},"returned":{"type":"integer"}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var input = call.Input;
        var search = new TaskSearch
        {
            Query = Bounded(input, "query", 4096),
            Match = Bounded(input, "match", 1024),
            Statuses = input.Find<string>("status") is { } status ? [Enum.Parse<AgentTaskStatus>(status, ignoreCase: true)] : [],
            Owner = input.Find<string>("owner") is { } owner ? Input.Agent(owner, "owner") : null,
            Metadata = Input.Metadata(input.Find<JsonMap>("metadata")),
            First = (int)(input.Number("limit") ?? 20),
        };
        var found = await call.Runtime.Tasks.FindAsync(search, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        var tasks = TaskReading.List(found);
        return new JsonObject { ["success"] = true, ["tasks"] = tasks, ["returned"] = tasks.Count };
    }

    public override string Describe(JsonObject answer) => $"{answer["returned"]} tasks found:{TaskReading.Lines(answer["tasks"]!)}";

    private static string? Bounded(ToolInput input, string name, int most)
    {
        var text = input.Find<string>(name);
        return text?.Length > most
            ? throw new OpenCodeException(OpenCodeError.LimitExceeded, $"The argument '{name}' has {text.Length} characters; the limit is {most}.", name)
            : text;
    }
}

using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Locks;

namespace OpenCode.McpHost.Tools;

internal sealed class ListLocks() : TaskTool(
    "list_locks",
    "List locks",
    "Lists the locks that are held now, by resource; agents' leases on tasks are among them as task:<id>. Use it to see who is in your way, and until when.")
{
    public override bool ReadOnly => true;

    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        new TextParameter("resource", Input.NameLength, "May have wildcards: * ? [a-z]"),
        new TextParameter("owner", Input.AgentLength),
        new NumberParameter("limit", 1, 1000, 100),
    ];

    protected override string Gives => """
        {"locks":{"type":"array","items":{"type":"object"}},"count":{"type":"integer"},"returned":{"type":"integer"}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var query = new LockQuery { Resource = call.Input.Find<string>("resource"), Owner = call.Input.Find<string>("owner") };
        var found = await call.Runtime.Locks.ListAsync(query, cancellationToken).ConfigureAwait(false);
        var locks = LockReading.Json(found.Take((int)(call.Input.Number("limit") ?? 100)));
        return new JsonObject { ["success"] = true, ["locks"] = locks, ["count"] = found.Count, ["returned"] = locks.Count };
    }

    public override string Describe(JsonObject answer) => $"{answer["returned"]} of {answer["count"]} locks:{LockReading.Lines(answer["locks"]!)}";
}

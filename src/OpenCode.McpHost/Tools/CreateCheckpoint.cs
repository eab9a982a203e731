using System.Text.Json.Nodes;
using OpenCode.Common;

namespace OpenCode.McpHost.Tools;

internal sealed class CreateCheckpoint() : TaskTool(
    "create_checkpoint",
    "Take a checkpoint",
    "Saves the task's state, log and decisions as a point to go back to. Use it before anything risky; restore_checkpoint goes back.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } = [TaskId, new TextParameter("description", Input.TextBytes, "What it is for"), Agent, Fence];

    protected override string Gives => """
        {"taskId":{"type":"string"},"checkpointId":{"type":"string"},"checkpoint":{"type":"object"}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var (id, description) = (call.Input.Get<string>("taskId"), call.Input.Find<string>("description"));
        var actor = ActorOf(call.Input);
        var checkpoint = await SavedAsync(call, id, description, cancellationToken).ConfigureAwait(false)
            ?? await call.Runtime.Checkpoints.CreateAsync(id, description, actor, cancellationToken).ConfigureAwait(false);
        return new JsonObject { ["success"] = true, ["taskId"] = checkpoint.TaskId, ["checkpointId"] = checkpoint.Id, ["checkpoint"] = MemoryJson.Of(checkpoint) };
    }

    public override string Describe(JsonObject answer) => $"Saved task {answer["taskId"]} as {answer["checkpointId"]}.";

    // That of a host that died after it had taken it, and before it could say so.
    private static async Task<Checkpoint?> SavedAsync(ToolCall call, string id, string? description, CancellationToken cancellationToken) => call.Resumed
        ? (await call.Runtime.Checkpoints.ListAsync(id, _ => { }, cancellationToken).ConfigureAwait(false)).FirstOrDefault(known => known.Timestamp > call.BeforeRequest && known.Description == description)
        : null;
}

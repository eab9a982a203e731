using System.Text.Json.Nodes;

namespace OpenCode.McpHost.Tools;

internal sealed class RenewLock() : TaskTool(
    "renew_lock",
    "Renew a lock",
    "Lengthens a lock that is held, from now on; its fence stays. Call it well before expiresAt. LeaseLost says that the lock is gone: stop what you do under it.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        LockReading.Resource,
        LockReading.Owner,
        new NumberParameter("fence", 0, long.MaxValue, Description: "From acquire_lock") { Required = true },
        LockReading.LeaseSeconds with { Description = "Default: as long as before" },
    ];

    // An answer of an earlier moment would say that the lock was renewed when it was not.
    public override bool Remembers => false;

    protected override bool Idempotent => true;

    protected override string Gives => """
        {"lease":{"type":"object"}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var input = call.Input;
        var lease = await call.Runtime.Locks.RenewAsync(input.Get<string>("resource"), input.Get<string>("owner"), input.Number("fence")!.Value, LockReading.Lease(input), cancellationToken).ConfigureAwait(false);
        return new JsonObject { ["success"] = true, ["lease"] = LockReading.Json(lease) };
    }

    public override string Describe(JsonObject answer) => $"Renewed:{LockReading.Lines(new JsonArray(answer["lease"]!.DeepClone()))}";

    public override string? NextStep(OpenCodeError error) => LockReading.NextStep(error);
}

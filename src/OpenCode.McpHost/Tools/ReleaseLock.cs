using System.Text.Json.Nodes;

namespace OpenCode.McpHost.Tools;

internal sealed class ReleaseLock() : TaskTool(
    "release_lock",
    "Release a lock",
    "Gives a lock back to whoever waits for it longest. Name resource and owner, and the fence to be sure it is yours. With all and only the owner it takes everything from that owner: its locks, and as an agent its tasks, which others then get. That is for an owner that does not behave.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        LockReading.Resource with { Required = false, Description = "Needed unless all" },
        LockReading.Owner,
        new NumberParameter("fence", 0, long.MaxValue, Description: "From acquire_lock; none: whichever the owner has"),
        new FlagParameter("all", "Everything of the owner"),
    ];

    protected override bool Destructive => true;

    protected override bool Idempotent => true;

    protected override string Gives => """
        {"released":{"type":"array","items":{"type":"string"}}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var (resource, owner, fence) = (call.Input.Find<string>("resource"), call.Input.Get<string>("owner"), call.Input.Number("fence"));
        if (call.Input.Flag("all"))
        {
            return resource is null && fence is null
                ? Answer((await call.Runtime.Locks.ReleaseOwnerAsync(owner, cancellationToken).ConfigureAwait(false)).Select(lease => lease.Resource))
                : throw new OpenCodeException(OpenCodeError.InvalidArgument, "The argument 'all' was given beside 'resource' or 'fence'. Give the owner alone to take everything from it, or the resource without 'all'.", "all");
        }

        if (resource is null)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, "The argument 'resource' is missing. Name the resource, or give 'all' to take everything from the owner.", "resource");
        }

        try
        {
            await call.Runtime.Locks.ReleaseAsync(resource, owner, fence, cancellationToken).ConfigureAwait(false);
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.LeaseLost && call.Resumed)
        {
            // Released by the host that died before it could say so: it is not there any more in either case.
        }

        return Answer([resource]);
    }

    public override string Describe(JsonObject answer) => answer["released"]!.AsArray() is { Count: > 0 } released
        ? $"Released: {string.Join(", ", released)}."
        : "The owner held nothing.";

    public override string? NextStep(OpenCodeError error) => error is OpenCodeError.LeaseLost
        ? "Nothing is left to release; list_locks shows who has it now."
        : LockReading.NextStep(error);

    private static JsonObject Answer(IEnumerable<string> released) => new() { ["success"] = true, ["released"] = new JsonArray([.. released.Select(resource => (JsonNode)resource)]) };
}

using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Locks;

namespace OpenCode.McpHost.Tools;

internal sealed class AcquireLock() : TaskTool(
    "acquire_lock",
    "Lock resources",
    "Locks names that stand for something shared, such as a file or a deployment: all of them or none. Exclusive: one owner; collaborative: many, never beside an exclusive one. Fails with LockHeld, or waits its turn for waitMs. Renew it with renew_lock before expiresAt, and give it back with release_lock. It also ends with this server, unless detached.")
{
    private static readonly string[] Modes = [.. Enum.GetValues<LeaseMode>().Select(TaskJson.Word)];

    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        new NamesParameter("resources", Input.NameLength, LockService.MostResources) { Required = true },
        LockReading.Owner,
        new ChoiceParameter("mode", Modes, Modes[0]),
        LockReading.LeaseSeconds with { Description = "Default 60" },
        new NumberParameter("waitMs", 0, ClaimTask.MostWait),
        new FlagParameter("detached", "Only time ends it"),
    ];

    protected override string Gives => """
        {"leases":{"type":"array","items":{"type":"object"}}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var input = call.Input;
        var request = new LockRequest(input.Get<string[]>("resources"), input.Get<string>("owner"))
        {
            Mode = input.Find<string>("mode") is { } mode ? Enum.Parse<LeaseMode>(mode, ignoreCase: true) : LeaseMode.Exclusive,
            Lease = LockReading.Lease(input),
            Wait = input.Number("waitMs") is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
            Detached = input.Flag("detached"),
            RequestKey = input.Find<string>(IdempotencyKey),
        };
        // What was granted to a host that died before it could say so.
        var leases = (call.Resumed ? await call.Runtime.Locks.GrantedAsync(request, call.PlannedId!, cancellationToken).ConfigureAwait(false) : null)
            ?? await call.Runtime.Locks.AcquireAsync(request, cancellationToken).ConfigureAwait(false);
        return new JsonObject { ["success"] = true, ["leases"] = LockReading.Json(leases) };
    }

    public override async Task CheckStandsAsync(ToolCall call, JsonObject answer, CancellationToken cancellationToken)
    {
        var held = (await call.Runtime.Locks.ListAsync(new LockQuery { Owner = call.Input.Get<string>("owner") }, cancellationToken).ConfigureAwait(false)).Select(lease => (lease.Resource, lease.Fence)).ToHashSet();
        foreach (var lease in answer["leases"]!.AsArray())
        {
            var (resource, fence) = (lease!["resource"]!.GetValue<string>(), lease["fence"]!.GetValue<long>());
            if (!held.Contains((resource, fence)))
            {
                throw new OpenCodeException(
                    OpenCodeError.LeaseLost,
                    $"The first call with the idempotency key '{call.Input.Get<string>(IdempotencyKey)}' was given '{resource}' with fence {fence}; that lock has ended. To lock it again, call with a new key.",
                    resource);
            }
        }
    }

    public override string Describe(JsonObject answer) => $"Locked:{LockReading.Lines(answer["leases"]!)}";

    public override string? NextStep(OpenCodeError error) => LockReading.NextStep(error);
}

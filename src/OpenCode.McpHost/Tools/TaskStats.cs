using System.Globalization;
using System.Text.Json.Nodes;

namespace OpenCode.McpHost.Tools;

internal sealed class TaskStats() : TaskTool(
    "task_stats",
    "The store in numbers",
    "Gives how many tasks there are by status and owner, how long they took, and how the locks stand. Use it for an overview instead of listing all tasks. Times are in ms.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } = [new NumberParameter("recent", 0, 100, 5, "How many of the newest tasks come along")];

    public override bool ReadOnly => true;

    protected override string Gives => """
        {"total":{"type":"integer"},"ready":{"type":"integer"},"byStatus":{"type":"object"},"byOwner":{"type":"object"},"durations":{"type":"object"},"locks":{"type":"object"},"recent":{"type":"array","items":{"type":"object"}}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var all = await call.Runtime.Tasks.StatisticAsync((int)(call.Input.Number("recent") ?? 5), cancellationToken).ConfigureAwait(false);
        var byOwner = new JsonObject();
        foreach (var owner in all.ByOwner)
        {
            byOwner[owner.Owner] = owner.Count;
        }

        return new JsonObject
        {
            ["success"] = true,
            ["total"] = all.Total,
            ["ready"] = all.Ready,
            ["byStatus"] = new JsonObject
            {
                ["pending"] = all.ByStatus.Pending,
                ["running"] = all.ByStatus.Running,
                ["completed"] = all.ByStatus.Completed,
                ["failed"] = all.ByStatus.Failed,
                ["cancelled"] = all.ByStatus.Cancelled,
            },
            ["byOwner"] = byOwner,
            ["durations"] = new JsonObject { ["count"] = all.Durations.Count, ["p50"] = Milliseconds(all.Durations.P50), ["p95"] = Milliseconds(all.Durations.P95) },
            ["locks"] = new JsonObject
            {
                ["active"] = all.Locks.Active,
                ["exclusive"] = all.Locks.Exclusive,
                ["collaborative"] = all.Locks.Collaborative,
                ["total"] = all.Locks.Total,
                ["expired"] = all.Locks.Expired,
                ["conflicts"] = all.Locks.Conflicts,
                ["waiting"] = all.Locks.Waiting,
                ["averageHold"] = Milliseconds(all.Locks.AverageHold),
                ["waitP50"] = Milliseconds(all.Locks.WaitP50),
                ["waitP95"] = Milliseconds(all.Locks.WaitP95),
            },
            ["recent"] = TaskReading.List(all.Recent),
        };
    }

    public override string Describe(JsonObject answer)
    {
        var counts = string.Join(", ", answer["byStatus"]!.AsObject().Select(status => $"{status.Value} {status.Key}"));
        var locks = answer["locks"]!;
        return string.Create(CultureInfo.InvariantCulture, $"{answer["total"]} tasks: {counts}; {answer["ready"]} ready. {locks["active"]} locks are held, {locks["waiting"]} requests wait.{TaskReading.Lines(answer["recent"]!)}");
    }

    private static double? Milliseconds(TimeSpan? time) => time is { } known ? Math.Round(known.TotalMilliseconds, 1) : null;
}

using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Locks;

namespace OpenCode.McpHost.Tools;

/// <summary>What the tools for locks have in common.</summary>
internal static class LockReading
{
    public static TextParameter Owner { get; } = new("owner", Input.AgentLength, "Who holds it, such as your agent id") { Required = true };

    public static TextParameter Resource { get; } = new("resource", Input.NameLength) { Required = true };

    public static NumberParameter LeaseSeconds { get; } = new("leaseSeconds", 1, (long)LockService.Longest.TotalSeconds);

    public static TimeSpan? Lease(ToolInput input) => input.Number("leaseSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    public static JsonObject Json(Lease lease) => new()
    {
        ["resource"] = lease.Resource,
        ["owner"] = lease.Owner,
        ["mode"] = TaskJson.Word(lease.Mode),
        ["fence"] = lease.Fence,
        ["acquiredAt"] = TaskJson.Time(lease.AcquiredAt),
        ["expiresAt"] = lease.ExpiresAt is { } end ? TaskJson.Time(end) : null,
        ["detached"] = lease.Detached,
        ["host"] = lease.Host,
        ["processId"] = lease.ProcessId,
    };

    public static JsonArray Json(IEnumerable<Lease> leases) => new([.. leases.Select(lease => (JsonNode)Json(lease))]);

    /// <summary>A line for each lease.</summary>
    public static string Lines(JsonNode leases)
    {
        var text = new StringBuilder();
        foreach (var lease in leases.AsArray())
        {
            text.Append(CultureInfo.InvariantCulture, $"\n\"{lease!["resource"]}\" {lease["mode"]} by {lease["owner"]}, fence {lease["fence"]}, until {lease["expiresAt"]?.ToString() ?? "released"}");
        }

        return text.ToString();
    }

    public static string? NextStep(OpenCodeError error) => error switch
    {
        OpenCodeError.LockHeld => "Call acquire_lock with waitMs to wait in the line, or do other work first; list_locks shows who has it.",
        OpenCodeError.LockTimeout => "Do other work first, or wait longer; list_locks shows who has it.",
        OpenCodeError.LeaseLost => "Stop what you do under the lock: another may have it. list_locks shows who; acquire_lock with a new idempotencyKey takes it again.",
        _ => null,
    };
}

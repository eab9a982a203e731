using System.Globalization;
using OpenCode.Common;

namespace OpenCode.Sandboxes.Docker;

/// <summary>The labels that say whose a container is. They are on it before it exists, so whatever is left behind can be found.</summary>
internal static class SandboxLabels
{
    public const string Managed = "opencode.managed";
    public const string Task = "opencode.task.id";
    public const string Store = "opencode.store.id";
    public const string OwnerHost = "opencode.owner.host";
    public const string OwnerProcess = "opencode.owner.pid";
    public const string OwnerStarted = "opencode.owner.started";

    public const string Helper = "opencode.helper";

    /// <summary>On what is kept ready for a task, in the place of the task: whose it becomes is in the registry alone, for labels cannot change.</summary>
    public const string Pool = "opencode.pool.id";

    public static Dictionary<string, string> For(SandboxSpecification specification)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Managed] = "true",
            [Store] = specification.StoreId,
            [OwnerHost] = specification.Owner.Host,
            [OwnerProcess] = specification.Owner.ProcessId.ToString(CultureInfo.InvariantCulture),
            [OwnerStarted] = specification.Owner.Started,
        };
        if (specification.TaskId.Length > 0)
        {
            labels[Task] = specification.TaskId;
        }
        else if (specification.Pool is not null)
        {
            labels[Pool] = specification.Pool;
        }

        if (specification.IsHelper)
        {
            labels[Helper] = "true";
        }

        return labels;
    }

    /// <summary>True for what its maker made for a moment.</summary>
    public static bool AreOfHelper(IDictionary<string, string>? labels) => Has(labels, Helper, "true");

    /// <summary>True for any container of ours, whatever its store.</summary>
    public static bool AreOurs(IDictionary<string, string>? labels) => Has(labels, Managed, "true");

    /// <summary>True when they are of this store and this task, or of what the task took from the pool; the owner may be any process.</summary>
    public static bool Match(IDictionary<string, string>? labels, SandboxSpecification specification) =>
        AreOurs(labels) && Has(labels, Store, specification.StoreId) && (specification.Pool is { } pool ? Has(labels, Pool, pool) : Has(labels, Task, specification.TaskId));

    /// <summary>True when they are of this store, whatever the task.</summary>
    public static bool AreOf(IDictionary<string, string>? labels, string storeId) => AreOurs(labels) && Has(labels, Store, storeId);

    /// <summary>The engine's filter for what is of a store, and of one task when that is named.</summary>
    public static Dictionary<string, IDictionary<string, bool>> Filter(string storeId, string? taskId, string? pool = null)
    {
        var labels = new Dictionary<string, bool> { [$"{Managed}=true"] = true, [$"{Store}={storeId}"] = true };
        if (taskId is not null)
        {
            labels[$"{Task}={taskId}"] = true;
        }

        if (pool is not null)
        {
            labels[$"{Pool}={pool}"] = true;
        }

        return new() { ["label"] = labels };
    }

    /// <summary>The process that had it made; null when the labels do not name one.</summary>
    public static ProcessIdentity? Owner(IDictionary<string, string>? labels) =>
        labels is not null && labels.TryGetValue(OwnerHost, out var host) && labels.TryGetValue(OwnerProcess, out var process) && labels.TryGetValue(OwnerStarted, out var started)
            && int.TryParse(process, CultureInfo.InvariantCulture, out var id) ? new(host, id, started) : null;

    private static bool Has(IDictionary<string, string>? labels, string name, string value) =>
        labels is not null && labels.TryGetValue(name, out var actual) && string.Equals(actual, value, StringComparison.Ordinal);
}

using System.Globalization;

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

    public static Dictionary<string, string> For(SandboxSpecification specification) => new(StringComparer.Ordinal)
    {
        [Managed] = "true",
        [Task] = specification.TaskId,
        [Store] = specification.StoreId,
        [OwnerHost] = specification.Owner.Host,
        [OwnerProcess] = specification.Owner.ProcessId.ToString(CultureInfo.InvariantCulture),
        [OwnerStarted] = specification.Owner.Started,
    };

    /// <summary>True for any container of ours, whatever its store.</summary>
    public static bool AreOurs(IDictionary<string, string>? labels) => Has(labels, Managed, "true");

    /// <summary>True when they are of this store and this task; the owner may be any process.</summary>
    public static bool Match(IDictionary<string, string>? labels, SandboxSpecification specification) =>
        AreOurs(labels) && Has(labels, Store, specification.StoreId) && Has(labels, Task, specification.TaskId);

    private static bool Has(IDictionary<string, string>? labels, string name, string value) =>
        labels is not null && labels.TryGetValue(name, out var actual) && string.Equals(actual, value, StringComparison.Ordinal);
}

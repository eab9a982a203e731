using System.Globalization;

namespace OpenCode.Tests.LockTaker.Taking;

/// <summary>What things are called in a run.</summary>
internal static class Names
{
    /// <summary>Members of metadata are called so, and by their writer.</summary>
    public const string Metadata = "meta:";

    /// <summary>Members of state are called so, and by their writer.</summary>
    public const string State = "state:";

    /// <summary>The resources that are fought for.</summary>
    public static IReadOnlyList<string> Resources { get; } = [.. Enumerable.Range(0, 6).Select(i => string.Create(CultureInfo.InvariantCulture, $"resource-{i}"))];

    /// <summary>The collaborative tasks many work on at once; nobody finishes them.</summary>
    public static IReadOnlyList<string> Shared { get; } = [.. Enumerable.Range(0, 3).Select(i => string.Create(CultureInfo.InvariantCulture, $"shared-{i}"))];

    /// <summary>The running task without an agent that is changed under the lock of a resource only.</summary>
    public static string Ledger(string resource) => "ledger-" + resource;

    /// <summary>True for tasks that nobody finishes.</summary>
    public static bool Stays(string task) => task.StartsWith("shared-", StringComparison.Ordinal) || task.StartsWith("ledger-", StringComparison.Ordinal);
}

namespace OpenCode.Common;

/// <summary>
/// The leases the present call is made under. Every change made in the flow carries them, and is refused inside its own transaction when one of them is
/// gone: whoever lost a lock cannot go on as if it had it. The flow follows a call through threads, not into other processes.
/// </summary>
public static class LeaseFlow
{
    private static readonly AsyncLocal<LeaseGuard[]?> Ambient = new();

    /// <summary>The leases of the flow, outer ones first.</summary>
    public static IReadOnlyList<LeaseGuard> Current => Ambient.Value ?? [];

    /// <summary>Puts leases over the flow until the result is disposed, by the same flow.</summary>
    public static IDisposable Enter(IEnumerable<LeaseGuard> guards)
    {
        var outer = Ambient.Value;
        Ambient.Value = [.. outer ?? [], .. guards];
        return new Exit(outer);
    }

    private sealed class Exit(LeaseGuard[]? outer) : IDisposable
    {
        public void Dispose() => Ambient.Value = outer;
    }
}

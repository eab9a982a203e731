using System.Globalization;

namespace OpenCode.Common;

/// <summary>What is said of locks that cannot be had.</summary>
internal static class LockErrors
{
    /// <summary>The error for a resource that somebody has: another flow, perhaps of the same owner.</summary>
    public static OpenCodeException Held(Lease holder, string asker)
    {
        var way = holder.Detached && holder.Owner == asker
            ? string.Create(CultureInfo.InvariantCulture, $"It is detached and has fence {holder.Fence}: if that was you, and you were not told, renew or release it with that fence. Otherwise wait for it.")
            : "Wait for it, or release it in that owner's name.";
        return new OpenCodeException(OpenCodeError.LockHeld, $"The lock '{holder.Resource}' cannot be taken: {Holder(holder)}. {way}", holder.Resource);
    }

    /// <summary>The error for a request that stands in the line no more, and has not got what it waited for.</summary>
    public static OpenCodeException TakenFromLine(IReadOnlyList<string> resources, string owner) => new(
        OpenCodeError.LeaseLost,
        $"'{owner}' does not wait for {string.Join(", ", resources.Select(r => $"'{r}'"))} any more: everything that owner held or waited for was taken from it. Ask again, if it is to go on.",
        resources[0]);

    /// <summary>The error for a wait in vain.</summary>
    public static OpenCodeException TimedOut(IReadOnlyList<string> resources, TimeSpan waited, Lease? holder) => new(
        OpenCodeError.LockTimeout,
        string.Create(CultureInfo.InvariantCulture, $"Waited {waited.TotalSeconds:0.###} s for {string.Join(", ", resources.Select(r => $"'{r}'"))} in vain: {(holder is null ? "others came first" : $"{Holder(holder)} '{holder.Resource}'")}. Wait longer, or release it in that owner's name."),
        resources[0]);

    private static string Holder(Lease holder)
    {
        var until = holder.ExpiresAt is { } end ? string.Create(CultureInfo.InvariantCulture, $" until {end:yyyy-MM-dd'T'HH:mm:ss'Z'} unless renewed") : ", without an end";
        return string.Create(CultureInfo.InvariantCulture, $"'{holder.Owner}' (pid {holder.ProcessId} on {holder.Host}) holds it{(holder.Mode is LeaseMode.Exclusive ? "" : " together with others")}{until}");
    }
}

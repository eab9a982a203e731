using System.Collections.Immutable;

namespace OpenCode.Hooks;

/// <summary>Hooks in the order in which they run: by priority, then by their registration. Safe for any number of threads.</summary>
public sealed class HookTable
{
    /// <summary>No table has more: a script that registers in a loop by mistake is told.</summary>
    public const int Most = 1000;

    private ImmutableList<HookEntry> _entries = [];

    /// <summary>What is registered, in the order of registration.</summary>
    public IReadOnlyList<HookEntry> Entries => _entries;

    /// <summary>Registers a hook.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: blocking, and not a hook that runs before; or its time limit is none. LimitExceeded: too many.</exception>
    public void Add(HookEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var hook = entry.Hook;
        if (hook.Blocking && !IsBefore(hook.Event))
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The hook '{hook.Name}' cannot be blocking at {hook.Event}: the change is made by then. Register it at a Before event, or without blocking.", hook.Name);
        }

        if (hook.Timeout <= TimeSpan.Zero || hook.Timeout > TimeSpan.FromHours(1))
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"A time limit of {hook.Timeout.TotalSeconds:0.###} s is not possible for the hook '{hook.Name}'. Give more than 0 s, up to 3600 s.", hook.Name);
        }

        if (!ImmutableInterlocked.Update(ref _entries, static (entries, entry) => entries.Count < Most ? entries.Add(entry) : entries, entry))
        {
            throw new OpenCodeException(OpenCodeError.LimitExceeded, $"There are {Most} hooks already, the most there may be. Unregister some first.", hook.Name);
        }
    }

    /// <summary>Takes a hook out; false when it is not there.</summary>
    public bool Remove(string id) => ImmutableInterlocked.Update(ref _entries, static (entries, id) => entries.RemoveAll(e => e.Hook.Id == id), id);

    /// <summary>The hooks of an event in two tables, in the order in which they run.</summary>
    public static IReadOnlyList<HookEntry> For(HookEvent moment, HookTable first, HookTable? second)
    {
        ArgumentNullException.ThrowIfNull(first);
        if (first._entries.IsEmpty && (second is null || second._entries.IsEmpty))
        {
            return [];
        }

        IEnumerable<HookEntry> all = second is null ? first._entries : first._entries.Concat(second._entries);
        return [.. all.Where(e => e.Hook.Event == moment).OrderBy(e => e.Hook.Priority)]; // a stable sort keeps the order of registration
    }

    /// <summary>True for the moments before a change is made.</summary>
    public static bool IsBefore(HookEvent moment) => moment is HookEvent.BeforeTaskStart or HookEvent.BeforeTaskComplete or HookEvent.BeforeTaskFail;
}

using System.Management.Automation;
using OpenCode.Common;

namespace OpenCode.Cmdlets.Sessions;

/// <summary>How hooks are named at the prompt: by id or by name, with or without wildcards.</summary>
internal static class SessionHooks
{
    /// <summary>The hooks that a text names: those with that id or name, or whose id or name matches it; otherwise the one whose id begins so.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: a text without wildcards that names none, or with which several ids begin.</exception>
    public static IReadOnlyList<Hook> Named(IReadOnlyList<Hook> hooks, string wanted)
    {
        Hook[] matching = [.. hooks.Where(hook => Matches(hook, wanted))];
        if (matching.Length > 0 || WildcardPattern.ContainsWildcardCharacters(wanted))
        {
            return matching;
        }

        Hook[] beginning = [.. hooks.Where(hook => hook.Id.StartsWith(wanted, StringComparison.OrdinalIgnoreCase))];
        return beginning.Length switch
        {
            1 => beginning,
            0 => throw new OpenCodeException(OpenCodeError.InvalidArgument, $"This session has no hook '{wanted}'. Get-OcHook lists what there is.", wanted),
            _ => throw Ids.Ambiguous(wanted, "hook id", [.. beginning.Select(static hook => hook.Id)]),
        };
    }

    // Without wildcards a text is taken as it stands, brackets and all.
    private static bool Matches(Hook hook, string wanted)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(wanted))
        {
            return string.Equals(hook.Id, wanted, StringComparison.OrdinalIgnoreCase) || string.Equals(hook.Name, wanted, StringComparison.OrdinalIgnoreCase);
        }

        var pattern = WildcardPattern.Get(wanted, WildcardOptions.IgnoreCase);
        return pattern.IsMatch(hook.Id) || pattern.IsMatch(hook.Name);
    }
}

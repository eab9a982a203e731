using System.Management.Automation;

namespace OpenCode.Cmdlets.Sessions;

/// <summary>How hooks are named at the prompt: by id or by name, with or without wildcards.</summary>
internal static class SessionHooks
{
    /// <summary>True when a hook has the wanted id or name. Without wildcards a text is taken as it stands, brackets and all.</summary>
    public static bool Matches(Hook hook, string wanted)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(wanted))
        {
            return string.Equals(hook.Id, wanted, StringComparison.OrdinalIgnoreCase) || string.Equals(hook.Name, wanted, StringComparison.OrdinalIgnoreCase);
        }

        var pattern = WildcardPattern.Get(wanted, WildcardOptions.IgnoreCase);
        return pattern.IsMatch(hook.Id) || pattern.IsMatch(hook.Name);
    }

    /// <summary>The error for a hook that is not there.</summary>
    public static OpenCodeException NotFound(string wanted) =>
        new(OpenCodeError.InvalidArgument, $"This session has no hook '{wanted}'. Get-OcHook lists what there is.", wanted);
}

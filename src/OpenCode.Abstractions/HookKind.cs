namespace OpenCode;

/// <summary>What a hook runs.</summary>
public enum HookKind
{
    /// <summary>A script block of a PowerShell session; it takes part in changes made by that session.</summary>
    Script = 0,

    /// <summary>A program, from the configuration; it takes part in every change of the store.</summary>
    Process = 1,

    /// <summary>A part of this system that the configuration switches on.</summary>
    BuiltIn = 2,
}

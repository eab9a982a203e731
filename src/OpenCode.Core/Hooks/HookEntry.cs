namespace OpenCode.Hooks;

/// <summary>A registered hook.</summary>
/// <param name="Hook">What is known of it.</param>
/// <param name="Action">What it does.</param>
public sealed record HookEntry(Hook Hook, IHookAction Action);

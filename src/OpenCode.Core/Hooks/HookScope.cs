namespace OpenCode.Hooks;

/// <summary>Whose own hooks take part in a call, beside those of the configuration: a PowerShell session's, in calls made by that session.</summary>
public static class HookScope
{
    private static readonly AsyncLocal<HookTable?> Ambient = new();

    /// <summary>The hooks of whoever makes the present call. Flows with the call as every <see cref="AsyncLocal{T}"/> does.</summary>
    public static HookTable? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }
}

namespace OpenCode.Registry;

/// <summary>The name under which the running of a task's hooks is leased, so that of two callers only one runs them.</summary>
public static class HookResource
{
    /// <summary>The resource of a task's hooks.</summary>
    public static string Name(string taskId) => "hooks:" + taskId;
}

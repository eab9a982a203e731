namespace OpenCode.Registry;

/// <summary>The name under which a task is leased.</summary>
public static class TaskResource
{
    private const string Prefix = "task:";

    /// <summary>The resource of a task.</summary>
    public static string Name(string taskId) => Prefix + taskId;

    /// <summary>The task of a resource, or null when it is another kind of resource.</summary>
    public static string? TaskId(string resource) => resource.StartsWith(Prefix, StringComparison.Ordinal) ? resource[Prefix.Length..] : null;
}

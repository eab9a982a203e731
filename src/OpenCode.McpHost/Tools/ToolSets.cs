namespace OpenCode.McpHost.Tools;

/// <summary>The tools of each set. A new tool is named here and nowhere else.</summary>
internal static class ToolSets
{
    private static readonly TaskTool[] Core =
    [
        new CreateTaskSandbox(),
        new AttachAgentToTask(),
        new DetachAgentFromTask(),
        new ExecuteInTask(),
        new ListTasks(),
        new GetTaskStatus(),
        new CancelTask(),
        new DeleteTask(),
    ];

    private static readonly TaskTool[] Further =
    [
        new ClaimTask(),
        new Heartbeat(),
        new CompleteTask(),
        new FailTask(),
        new ResumeTask(),
        new WaitForTask(),
        new GetExecution(),
        new CancelExecution(),
        new AppendLog(),
        new RecordDecision(),
        new GetHistory(),
        new GetDecisions(),
        new CreateCheckpoint(),
        new ListCheckpoints(),
        new RestoreCheckpoint(),
        new AcquireLock(),
        new RenewLock(),
        new ReleaseLock(),
        new ListLocks(),
        new FindTasks(),
        new TaskStats(),
    ];

    /// <summary>The names of the sets, for messages.</summary>
    public static string Words { get; } = string.Join(" or ", Enum.GetNames<ToolSet>()).ToLowerInvariant();

    public static IReadOnlyList<TaskTool> Of(ToolSet set) => set is ToolSet.All ? [.. Core, .. Further] : Core;

    /// <summary>What a caller has to be allowed to call a tool; null when there is none of that name.</summary>
    public static McpScope? ScopeOf(string tool) => Core.Concat(Further).FirstOrDefault(known => known.Name == tool)?.Scope;

    /// <summary>The set of a name, in any case; null when there is none.</summary>
    public static ToolSet? Find(string name) =>
        Enum.GetNames<ToolSet>().FirstOrDefault(known => string.Equals(known, name, StringComparison.OrdinalIgnoreCase)) is { } known ? Enum.Parse<ToolSet>(known) : null;
}

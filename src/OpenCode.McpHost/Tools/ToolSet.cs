namespace OpenCode.McpHost.Tools;

/// <summary>Which tools a host offers: each costs every client's model tokens in every conversation.</summary>
internal enum ToolSet
{
    /// <summary>The life of tasks, for an agent that is told which task is its own.</summary>
    Core,

    /// <summary>All there are.</summary>
    All,
}

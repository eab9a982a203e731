namespace OpenCode.Cmdlets;

/// <summary>Which tools the MCP host offers to its client.</summary>
public enum McpToolSet
{
    /// <summary>The life of tasks.</summary>
    Core,

    /// <summary>Claims, heartbeats and locks too.</summary>
    All,
}

namespace OpenCode;

/// <summary>What a token allows a client of the MCP host. Each allows what those before it do.</summary>
public enum McpScope
{
    /// <summary>Reading.</summary>
    Read = 0,

    /// <summary>Working on tasks: creating, running commands, writing.</summary>
    Write = 1,

    /// <summary>Deleting tasks and going back to checkpoints too.</summary>
    Admin = 2,
}

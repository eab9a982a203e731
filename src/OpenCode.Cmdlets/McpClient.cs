namespace OpenCode.Cmdlets;

/// <summary>A program that speaks with MCP servers, by the form of its settings.</summary>
public enum McpClient
{
    /// <summary>The form that most clients take: <c>mcpServers</c> with a command and its arguments.</summary>
    Generic,

    /// <summary>Claude Desktop's <c>claude_desktop_config.json</c>.</summary>
    ClaudeDesktop,

    /// <summary>Claude Code's <c>.mcp.json</c>.</summary>
    ClaudeCode,

    /// <summary>Cursor's <c>.cursor/mcp.json</c>.</summary>
    Cursor,

    /// <summary>Visual Studio Code's <c>.vscode/mcp.json</c>.</summary>
    VSCode,

    /// <summary>opencode's <c>opencode.json</c>.</summary>
    OpenCode,
}

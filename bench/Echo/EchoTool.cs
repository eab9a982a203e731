using ModelContextProtocol.Server;

namespace OpenCode.Bench.Echo;

/// <summary>A tool that gives back what it was given.</summary>
internal static class EchoTool
{
    public static McpServerTool Create() => McpServerTool.Create(static (string text) => text, new McpServerToolCreateOptions { Name = "echo", Description = "Gives back what it was given." });
}

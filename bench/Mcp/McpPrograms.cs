using System.Reflection;

namespace OpenCode.Bench.Mcp;

/// <summary>The programs that are compared, as this build made them.</summary>
internal static class McpPrograms
{
    /// <summary>Ours.</summary>
    public static string Host { get; } = Find("McpHost");

    /// <summary>The SDK with an empty tool, over standard input and output.</summary>
    public static string Echo { get; } = Find("Echo");

    /// <summary>The same over HTTP.</summary>
    public static string EchoHttp { get; } = Find("EchoHttp");

    private static string Find(string name)
    {
        var assembly = typeof(McpPrograms).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == name).Value!;
        return Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null);
    }
}

using System.Reflection;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>A data root for hosts, the environment they are started in, and where the built host is.</summary>
internal sealed class HostStore : IDisposable
{
    /// <summary>The longest a test waits for anything; reached only when something is broken.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("opencode-mcp-");

    public HostStore()
    {
        DataRoot = Path.Combine(_root.FullName, "data");
        WorkingDirectory = _root.CreateSubdirectory("work").FullName;
    }

    /// <summary>The host's executable, as this build made it.</summary>
    public static string Executable { get; } = FindExecutable();

    public string DataRoot { get; init; }

    public string WorkingDirectory { get; }

    /// <summary>What is set, or taken away, in the environment of a host. No engine answers there unless a test wants one.</summary>
    public Dictionary<string, string?> Variables { get; } = new()
    {
        ["OPENCODE_TASKS_CONFIG"] = null,
        ["OPENCODE_DATA"] = null,
        ["OPENCODE_DB_PATH"] = null,
        ["OPENCODE_DATABASE_URL"] = null,
        ["OPENCODE_DOCKER_IMAGE"] = Surroundings.Of("OPENCODE_DOCKER_IMAGE"),
        ["OPENCODE_DOCKER_SOCKET"] = "unix:///nonexistent/docker.sock",
    };

    /// <summary>The set of tools its hosts offer; null leaves it to the host.</summary>
    public string? Tools { get; init; }

    public string[] Arguments => Tools is null ? ["--data", DataRoot] : ["--data", DataRoot, "--tools", Tools];

    public void Dispose() => _root.Delete(recursive: true);

    private static string FindExecutable()
    {
        var assembly = typeof(HostStore).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "McpHost").Value!;
        var executable = Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null);
        Assert.True(File.Exists(executable), $"The host was not built: {executable}");
        return executable;
    }
}

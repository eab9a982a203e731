namespace OpenCode.McpHost;

/// <summary>Serves clients over HTTP.</summary>
internal interface IHttpServer
{
    /// <summary>Serves until the system asks it to end.</summary>
    /// <returns>The program's exit code.</returns>
    Task<int> RunAsync(CommandLine line, StderrLog log);
}

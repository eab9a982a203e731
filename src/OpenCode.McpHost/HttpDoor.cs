using System.Reflection;
using Microsoft.Extensions.Logging;

namespace OpenCode.McpHost;

/// <summary>
/// The way to the part of the host that serves HTTP. It is an assembly of its own, loaded when it is asked for: what it is built on is not on every machine, and who speaks over
/// standard input and output does not wait for it.
/// </summary>
internal static class HttpDoor
{
    public static async Task<int> RunAsync(CommandLine line, StderrLog log)
    {
        if (!SharedAssemblies.HasWebFramework)
        {
            log.LogError("'--http' needs the ASP.NET Core runtime {Major}, which is not beside this .NET runtime. Install it (the package aspnetcore-runtime-{Major}.0), or let the client start the host without '--http'.", Environment.Version.Major, Environment.Version.Major);
            return 3;
        }

        var assembly = Assembly.Load(new AssemblyName("OpenCode.McpHost.Http"));
        var server = (IHttpServer)Activator.CreateInstance(assembly.GetType("OpenCode.McpHost.Http.HttpServer", throwOnError: true)!)!;
        return await server.RunAsync(line, log).ConfigureAwait(false);
    }
}

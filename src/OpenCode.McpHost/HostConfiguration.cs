using Microsoft.Extensions.Logging;
using OpenCode.Configuration;

namespace OpenCode.McpHost;

/// <summary>The configuration as the command line, the environment and the files give it now.</summary>
internal static class HostConfiguration
{
    public static OpenCodeConfiguration Load(CommandLine line, ILogger log) => ConfigurationLoader.Load(new ConfigurationSources
    {
        CurrentDirectory = Directory.GetCurrentDirectory(),
        Environment = ConfigurationSources.ProcessEnvironment(),
        DataRoot = line.Data,
        ConfigurationFile = line.Config,
        Verbose = message => log.LogInformation("{Message}", message),
        Warning = message => log.LogWarning("{Message}", message),
    });
}

namespace OpenCode.Configuration;

/// <summary>Resolves every setting: parameter, then environment, then configuration file, then default.</summary>
public static class ConfigurationLoader
{
    /// <summary>Loads the configuration. Reads at most one configuration file, and the data root's when that one is not trusted; writes nothing.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: a file, variable or parameter has what is not allowed; the message names it, the key and what is.</exception>
    public static OpenCodeConfiguration Load(ConfigurationSources sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        if (!Path.IsPathFullyQualified(sources.CurrentDirectory))
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The current location '{sources.CurrentDirectory}' is not a folder's full path.", sources.CurrentDirectory);
        }

        var resolver = new SettingResolver(sources);
        var dataRoot = resolver.Text(Settings.DataRoot, sources.DataRoot, PathBase.DefaultDataRoot(sources))!;
        var database = resolver.Text(Settings.DatabasePath, sources.DatabasePath, Path.Combine(dataRoot, "opencode.db"));
        return new OpenCodeConfiguration
        {
            DataRoot = dataRoot,
            DatabasePath = database,
            EnableWal = resolver.Flag(Settings.EnableWal),
            CacheSize = resolver.Number(Settings.CacheSize),
            SynchronousFull = resolver.Text(Settings.Synchronous, sources.Synchronous) == "full",
            ConnectionString = resolver.Text(Settings.ConnectionString),
            McpPort = resolver.Number(Settings.McpPort),
            McpHost = resolver.Text(Settings.McpHost)!,
            McpRequestsPerSecond = resolver.Number(Settings.McpRequestsPerSecond),
            McpMaxConnections = resolver.Number(Settings.McpMaxConnections),
            McpRequestTimeout = TimeSpan.FromMilliseconds(resolver.Number(Settings.McpRequestTimeout)),
            McpApprovals = Enum.Parse<ApprovalPolicy>(resolver.Text(Settings.McpApprovals)!, ignoreCase: true),
            McpOAuthIssuer = resolver.Text(Settings.McpOAuthIssuer),
            McpOAuthAudience = resolver.Text(Settings.McpOAuthAudience),
            McpOAuthResource = resolver.Text(Settings.McpOAuthResource),
            McpOAuthOwnerClaim = resolver.Text(Settings.McpOAuthOwnerClaim)!,
            McpOAuthScopePrefix = resolver.Text(Settings.McpOAuthScopePrefix)!,
            DockerEndpoint = resolver.Text(Settings.DockerEndpoint, sources.DockerEndpoint),
            DockerNetworkPrefix = resolver.Text(Settings.DockerNetworkPrefix)!,
            DockerImage = resolver.Text(Settings.DockerImage, sources.DockerImage)!,
            DockerAllowedImages = resolver.List(Settings.DockerAllowedImages),
            DockerRuntime = resolver.Text(Settings.DockerRuntime),
            DockerRunner = resolver.Text(Settings.DockerRunner) == "auto",
            DockerMemoryMiB = resolver.Number(Settings.DockerMemory),
            DockerCpuShares = resolver.Number(Settings.DockerCpuShares),
            DockerPidsLimit = resolver.Number(Settings.DockerPidsLimit),
            DockerWorkspaceMiB = resolver.Number(Settings.DockerWorkspace),
            DockerMostSandboxes = resolver.Number(Settings.DockerMostSandboxes),
            DockerMemoryShare = resolver.Number(Settings.DockerMemoryShare),
            DockerWarmPool = resolver.Number(Settings.DockerWarmPool),
            LockLease = TimeSpan.FromSeconds(resolver.Number(Settings.LockLease)),
            LockWait = TimeSpan.FromSeconds(resolver.Number(Settings.LockWait)),
            AgentLease = TimeSpan.FromSeconds(resolver.Number(Settings.AgentLease)),
            Hooks = resolver.Hooks(Settings.Hooks),
            Entries = resolver.Entries,
        };
    }
}

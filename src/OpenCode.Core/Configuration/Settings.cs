namespace OpenCode.Configuration;

/// <summary>The table of all settings. The file's known sections, the messages and the listing all come from it.</summary>
internal static class Settings
{
    public const int Day = 86_400;

    private const string ImagePattern = @"\A[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}\z";

    private static readonly TextForm Image = new("an image's name such as debian:stable-slim", ImagePattern);

    public static Setting DataRoot { get; } = new("dataRoot", new PathForm(), null) { Variables = ["OPENCODE_DATA"] };

    public static Setting DatabasePath { get; } = new("database.path", new PathForm(), null) { Variables = ["OPENCODE_DB_PATH"] };

    public static Setting EnableWal { get; } = new("database.enableWAL", new FlagForm(), true) { Variables = ["OPENCODE_DB_WAL"] };

    public static Setting CacheSize { get; } = new("database.cacheSize", new NumberForm(10, 10_000_000), 10_000);

    public static Setting Synchronous { get; } = new("database.synchronous", new ChoiceForm("normal", "full"), "normal") { Variables = ["OPENCODE_DB_SYNCHRONOUS"] };

    public static Setting ConnectionString { get; } = new("database.connectionString", new TextForm("a PostgreSQL connection string or URL", @"\S"), null)
    {
        Variables = ["OPENCODE_DATABASE_URL"],
        Secret = true,
    };

    public static Setting McpPort { get; } = new("mcp.port", new NumberForm(0, 65_535), 3000) { Variables = ["OPENCODE_MCP_PORT"] };

    public static Setting McpHost { get; } = new("mcp.host", new TextForm("a host's name or address", @"\A[A-Za-z0-9._:\[\]%-]{1,255}\z"), "localhost") { Variables = ["OPENCODE_MCP_HOST"] };

    public static Setting McpMaxConnections { get; } = new("mcp.maxConnections", new NumberForm(1, 100_000), 100);

    public static Setting McpRequestsPerSecond { get; } = new("mcp.requestsPerSecond", new NumberForm(1, 1_000_000), 1000);

    public static Setting McpRequestTimeout { get; } = new("mcp.requestTimeout", new NumberForm(1, Day * 1000), 30_000);

    /// <summary>A gate is not opened by walking into somebody's folder.</summary>
    public static Setting McpApprovals { get; } = new("mcp.approvals", new ChoiceForm("off", "ask", "require"), "ask") { Variables = ["OPENCODE_MCP_APPROVALS"], NeedsTrust = true };

    /// <summary>Whoever chooses the issuer chooses who is let in, and so a stranger's file does not; the same of all that decides whose a token is.</summary>
    public static Setting McpOAuthIssuer { get; } = new("mcp.oauth.issuer", new WebAddressForm(), null) { Variables = ["OPENCODE_MCP_OAUTH_ISSUER"], NeedsTrust = true };

    public static Setting McpOAuthAudience { get; } = new("mcp.oauth.audience", new TextForm("1 to 1024 printable characters without blanks", @"\A[!-~]{1,1024}\z"), null) { Variables = ["OPENCODE_MCP_OAUTH_AUDIENCE"], NeedsTrust = true };

    public static Setting McpOAuthResource { get; } = new("mcp.oauth.resource", new WebAddressForm(), null) { Variables = ["OPENCODE_MCP_OAUTH_RESOURCE"], NeedsTrust = true };

    public static Setting McpOAuthOwnerClaim { get; } = new("mcp.oauth.ownerClaim", new TextForm("a claim's name of 1 to 255 printable characters without blanks", @"\A[!-~]{1,255}\z"), "sub") { NeedsTrust = true };

    public static Setting McpOAuthScopePrefix { get; } = new("mcp.oauth.scopePrefix", new TextForm("at most 255 characters that a scope may have: printable, without blanks, quotes and backslashes", @"\A[!#-\[\]-~]{0,255}\z"), "") { NeedsTrust = true };

    public static Setting DockerEndpoint { get; } = new("docker.socketPath", new EndpointForm(), null)
    {
        Variables = ["OPENCODE_DOCKER_SOCKET", "DOCKER_HOST"],
        NeedsTrust = true,
    };

    public static Setting DockerNetworkPrefix { get; } = new("docker.networkPrefix", new TextForm("1 to 32 letters, digits, '_', '.' or '-', a letter or digit first", @"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,31}\z"), "opencode")
    {
        Variables = ["OPENCODE_DOCKER_NETWORK_PREFIX"],
    };

    public static Setting DockerImage { get; } = new("docker.image", Image, "debian:stable-slim") { Variables = ["OPENCODE_DOCKER_IMAGE"] };

    public static Setting DockerAllowedImages { get; } = new(
        "docker.allowedImages",
        new ListForm("a list of at most 1000 images' names, in which * stands for anything but '/'; an empty one allows any", new TextForm("an image's name", @"\A[A-Za-z0-9*][A-Za-z0-9._/:@*-]{0,254}\z")),
        Array.Empty<string>())
    {
        NeedsTrust = true,
    };

    /// <summary>A runtime decides how far a container is from this machine, so a stranger's file does not choose it.</summary>
    public static Setting DockerRuntime { get; } = new("docker.runtime", new TextForm("a runtime's name as the engine has it, such as runsc", @"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z"), null) { NeedsTrust = true };

    public static Setting DockerRunner { get; } = new("docker.runner", new ChoiceForm("auto", "off"), "auto") { Variables = ["OPENCODE_DOCKER_RUNNER"] };

    /// <summary>Docker refuses a container of less than 6 MiB.</summary>
    public static Setting DockerMemory { get; } = new("docker.defaultResourceLimits.memory", new NumberForm(6, 16_777_216), 512);

    /// <summary>The kernel's bounds.</summary>
    public static Setting DockerCpuShares { get; } = new("docker.defaultResourceLimits.cpuShares", new NumberForm(2, 262_144), 512);

    public static Setting DockerPidsLimit { get; } = new("docker.defaultResourceLimits.pidsLimit", new NumberForm(1, 4_194_304), 100);

    /// <summary>In MiB; 0 sets no limit.</summary>
    public static Setting DockerWorkspace { get; } = new("docker.defaultResourceLimits.workspace", new NumberForm(0, 1_073_741_824), 10_240);

    /// <summary>0 sets no limit.</summary>
    public static Setting DockerMostSandboxes { get; } = new("docker.maxSandboxes", new NumberForm(0, 1_000_000), 0);

    /// <summary>In percent of the memory of the engine's machine; 0 sets no limit.</summary>
    public static Setting DockerMemoryShare { get; } = new("docker.memoryShare", new NumberForm(0, 1000), 80);

    /// <summary>0 keeps none.</summary>
    public static Setting DockerWarmPool { get; } = new("docker.warmPool.size", new NumberForm(0, 1000), 0);

    public static Setting LockLease { get; } = new("locks.leaseSeconds", new NumberForm(1, Day), 60);

    public static Setting LockWait { get; } = new("locks.waitSeconds", new NumberForm(0, Day), 0);

    public static Setting AgentLease { get; } = new("locks.agentLeaseSeconds", new NumberForm(1, 30 * Day), 1800);

    /// <summary>Processes of other people's choosing are not run for walking into their folder.</summary>
    public static Setting Hooks { get; } = new("hooks", new HooksForm(), Array.Empty<HookSetting>()) { NeedsTrust = true };

    /// <summary>All of them, as they are shown.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        DataRoot,
        DatabasePath, EnableWal, CacheSize, Synchronous, ConnectionString,
        McpPort, McpHost, McpMaxConnections, McpRequestsPerSecond, McpRequestTimeout, McpApprovals,
        McpOAuthIssuer, McpOAuthAudience, McpOAuthResource, McpOAuthOwnerClaim, McpOAuthScopePrefix,
        DockerEndpoint, DockerNetworkPrefix, DockerImage, DockerAllowedImages, DockerRuntime, DockerRunner, DockerMemory, DockerCpuShares, DockerPidsLimit, DockerWorkspace, DockerMostSandboxes, DockerMemoryShare, DockerWarmPool,
        LockLease, LockWait, AgentLease,
        Hooks,
    ];

    /// <summary>The keys a file may have at its top.</summary>
    public static IReadOnlyList<string> Sections { get; } = [.. All.Select(setting => setting.Key.Split('.')[0]).Distinct()];
}

namespace OpenCode.Configuration;

/// <summary>Every setting, resolved: parameter, then environment, then configuration file, then default.</summary>
public sealed record OpenCodeConfiguration
{
    /// <summary>The folder of all data; absolute.</summary>
    public required string DataRoot { get; init; }

    /// <summary>The SQLite database file; absolute. Null takes <c>opencode.db</c> in the data root.</summary>
    public string? DatabasePath { get; init; }

    /// <summary>The file of the registry's database.</summary>
    public string DatabaseFile => DatabasePath ?? Path.Combine(DataRoot, "opencode.db");

    /// <summary>True for SQLite's write-ahead log.</summary>
    public bool EnableWal { get; init; } = true;

    /// <summary>SQLite's page cache, in pages.</summary>
    public int CacheSize { get; init; } = 10_000;

    /// <summary>False survives the death of processes; true also survives power loss.</summary>
    public bool SynchronousFull { get; init; }

    /// <summary>A PostgreSQL connection string or URL; null takes SQLite. Holds a secret: never shown.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The MCP host's port for HTTP.</summary>
    public int McpPort { get; init; } = 3000;

    /// <summary>The MCP host's address for HTTP.</summary>
    public string McpHost { get; init; } = "localhost";

    /// <summary>The most connections of the MCP host.</summary>
    public int McpMaxConnections { get; init; } = 100;

    /// <summary>How many requests the MCP host takes from one client a second, over HTTP.</summary>
    public int McpRequestsPerSecond { get; init; } = 1000;

    /// <summary>How long the MCP host works on a request over HTTP, besides what the request itself asks to wait or run.</summary>
    public TimeSpan McpRequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether clients of the MCP host need a person's approval for what takes something away from others.</summary>
    public ApprovalPolicy McpApprovals { get; init; } = ApprovalPolicy.Ask;

    /// <summary>Who gives out the tokens that clients of the MCP host show over HTTP; exactly as its tokens name it. Null: nobody but New-OcMcpToken.</summary>
    public string? McpOAuthIssuer { get; init; }

    /// <summary>What those tokens have to be meant for: this server, as their issuer calls it.</summary>
    public string? McpOAuthAudience { get; init; }

    /// <summary>The address of <c>/mcp</c> as clients know it; null takes the audience when that is an address, otherwise the one a request names.</summary>
    public string? McpOAuthResource { get; init; }

    /// <summary>The claim of those tokens that says whose they are.</summary>
    public string McpOAuthOwnerClaim { get; init; } = "sub";

    /// <summary>What stands before read, write and admin in those tokens' scopes.</summary>
    public string McpOAuthScopePrefix { get; init; } = "";

    /// <summary>The Docker Engine's endpoint as configured; null is found by the environment and the CLI's context.</summary>
    public string? DockerEndpoint { get; init; }

    /// <summary>Prefix of names of containers and networks.</summary>
    public string DockerNetworkPrefix { get; init; } = "opencode";

    /// <summary>The image of sandboxes whose task names none.</summary>
    public string DockerImage { get; init; } = "debian:stable-slim";

    /// <summary>The images a task may name, <c>*</c> for anything but <c>/</c>; empty allows any.</summary>
    public IReadOnlyList<string> DockerAllowedImages { get; init; } = [];

    /// <summary>The engine's runtime for sandboxes, such as <c>runsc</c>; null takes the engine's default.</summary>
    public string? DockerRuntime { get; init; }

    /// <summary>True to run commands by a program of ours inside the sandbox, where that can be; false runs all of them by the engine's exec.</summary>
    public bool DockerRunner { get; init; } = true;

    /// <summary>A sandbox's memory, in MiB.</summary>
    public int DockerMemoryMiB { get; init; } = 512;

    /// <summary>A sandbox's CPU weight.</summary>
    public int DockerCpuShares { get; init; } = 512;

    /// <summary>A sandbox's most processes and threads.</summary>
    public int DockerPidsLimit { get; init; } = 100;

    /// <summary>What a task's workspace may take on the disk, in MiB; 0 for no limit.</summary>
    public int DockerWorkspaceMiB { get; init; } = 10_240;

    /// <summary>The most sandboxes that have a container at a time; 0 for no limit.</summary>
    public int DockerMostSandboxes { get; init; }

    /// <summary>What the memory limits of all sandboxes together may come to, in percent of the memory of the engine's machine; 0 for no limit.</summary>
    public int DockerMemoryShare { get; init; } = 80;

    /// <summary>How many containers long-lived processes keep ready; 0 for none.</summary>
    public int DockerWarmPool { get; init; }

    /// <summary>How long a lock taken by a process lasts without renewal.</summary>
    public TimeSpan LockLease { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long to wait for a lock by default.</summary>
    public TimeSpan LockWait { get; init; } = TimeSpan.Zero;

    /// <summary>How long an agent's lease lasts from its last call.</summary>
    public TimeSpan AgentLease { get; init; } = TimeSpan.FromSeconds(1800);

    /// <summary>The hooks that take part in every change of the store, in the order in which the file has them.</summary>
    public IReadOnlyList<HookSetting> Hooks { get; init; } = [];

    /// <summary>The longest wait for the store's write lock. Not in the file: it is a safeguard, not a setting.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Every value and where it came from, for people; no secret is in it.</summary>
    public IReadOnlyList<ConfigurationEntry> Entries { get; init; } = [];
}

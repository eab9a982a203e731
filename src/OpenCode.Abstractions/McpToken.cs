namespace OpenCode;

/// <summary>A token by which a client of the MCP host is known over HTTP.</summary>
public sealed record McpToken
{
    /// <summary>The id, by which it is listed and removed.</summary>
    public required string Id { get; init; }

    /// <summary>Whose it is: the owner of tasks that are created with it.</summary>
    public required string Owner { get; init; }

    /// <summary>What it allows.</summary>
    public McpScope Scope { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>When it was made (UTC).</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ends (UTC); null when it does not.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What the client shows. Given once, by New-OcMcpToken; only a digest of it is kept.</summary>
    public string? Token { get; init; }

    /// <summary>The id, so that a token reads well inside a string and its secret does not get there.</summary>
    public override string ToString() => Id;
}

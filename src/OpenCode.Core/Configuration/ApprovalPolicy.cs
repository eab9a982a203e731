namespace OpenCode.Configuration;

/// <summary>Whether clients of the MCP host need a person's approval for what takes something away from others.</summary>
public enum ApprovalPolicy
{
    /// <summary>Never.</summary>
    Off = 0,

    /// <summary>A client that can ask its user has to; another one is not kept.</summary>
    Ask = 1,

    /// <summary>Always. A client that cannot ask its user is refused until somebody has approved at a prompt.</summary>
    Require = 2,
}

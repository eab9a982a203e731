namespace OpenCode.Sandboxes.Docker;

/// <summary>The environment variable by which a command's processes are known: children inherit it, and /proc shows it.</summary>
internal static class ProcessMark
{
    public const string Variable = "OPENCODE_EXECUTION";

    /// <summary>What everything that is no command carries: the container's own process, and the commands that kill others.</summary>
    public const string Keepalive = Variable + "=:none:";

    /// <summary>The colons end the id, because in /proc the next variable follows without anything a shell could see in between.</summary>
    public static string Of(string executionId) => $"{Variable}=:{executionId}:";
}

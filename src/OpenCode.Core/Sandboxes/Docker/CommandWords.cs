namespace OpenCode.Sandboxes.Docker;

/// <summary>A command as a program is given it.</summary>
internal static class CommandWords
{
    /// <summary>Its argument vector.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: there is no program in it.</exception>
    public static IList<string> Vector(this SandboxCommand command) => command switch
    {
        { Arguments: [] or ["", ..] } => throw new OpenCodeException(OpenCodeError.InvalidArgument, "A command needs a program to run; the argument vector is empty.", command.ExecutionId),
        { Shell: true, Arguments.Count: > 1 } => throw new OpenCodeException(OpenCodeError.InvalidArgument, "A shell command is one string; give an argument vector, or join the words.", command.ExecutionId),
        { Shell: true } => ["/bin/sh", "-c", command.Arguments[0]],
        _ => [.. command.Arguments],
    };

    /// <summary>Its working directory, absolute.</summary>
    public static string Folder(this SandboxCommand command) =>
        command.WorkingDirectory.StartsWith('/') ? command.WorkingDirectory : $"{SandboxBlueprint.Workspace}/{command.WorkingDirectory}".TrimEnd('/');
}

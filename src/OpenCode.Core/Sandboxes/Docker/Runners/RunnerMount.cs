namespace OpenCode.Sandboxes.Docker.Runners;

/// <summary>Whether a sandbox is given the runner's program.</summary>
internal static class RunnerMount
{
    /// <summary>The runner takes a process, and another for each command. Where there are so few, commands are to have them.</summary>
    private const int LeastProcesses = 16;

    /// <summary>The program on the host that a container is to mount.</summary>
    /// <returns>Null for a container whose commands go by exec: it is not wanted, this build has none for the engine's processor, or what this was tried with is not what is there.</returns>
    public static async Task<string?> SourceAsync(EngineConnection engine, SandboxSpecification specification, CancellationToken cancellationToken)
    {
        // Another runtime than the engine's own may be another kernel.
        if (specification is not { RunnerFolder: { } folder, Runtime: null, PidsLimit: >= LeastProcesses } || !OperatingSystem.IsLinux())
        {
            return null;
        }

        var information = await engine.InformationAsync(cancellationToken).ConfigureAwait(false);
        // Podman resets the connection of a command that has an input (docs/podman.md).
        return information.OperatingSystem?.Contains("Docker Desktop", StringComparison.OrdinalIgnoreCase) is true || await engine.IsPodmanAsync(cancellationToken).ConfigureAwait(false)
            ? null
            : RunnerProgram.Place(folder, information.Architecture ?? "");
    }
}

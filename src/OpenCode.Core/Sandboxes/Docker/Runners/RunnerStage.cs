namespace OpenCode.Sandboxes.Docker.Runners;

/// <summary>Where a command failed to start; the runner's numbers.</summary>
internal enum RunnerStage
{
    /// <summary>The runner runs as many commands as it can.</summary>
    Room = 1,

    /// <summary>There was no process to be had.</summary>
    Process = 2,

    /// <summary>There were no pipes to be had.</summary>
    Pipes = 3,

    /// <summary>Its working directory could not be entered.</summary>
    Directory = 4,

    /// <summary>The program could not be run.</summary>
    Program = 5,
}

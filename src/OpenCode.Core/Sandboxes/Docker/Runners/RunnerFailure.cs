namespace OpenCode.Sandboxes.Docker.Runners;

/// <summary>Why a command did not start.</summary>
/// <param name="Stage">Where it failed.</param>
/// <param name="Code">Linux's number of the error.</param>
internal sealed record RunnerFailure(RunnerStage Stage, int Code)
{
    private const int NotFound = 2;
    private const int TryAgain = 11;
    private const int NoMemory = 12;
    private const int Denied = 13;

    /// <summary>True when the sandbox has no process left to give.</summary>
    public bool IsOfProcesses => Stage is RunnerStage.Process && Code is TryAgain or NoMemory;

    /// <summary>The exit code that a shell would give.</summary>
    public int ExitCode => Code == NotFound && Stage is RunnerStage.Program ? 127 : 126;

    /// <summary>What a person is told, as the command's own error.</summary>
    public string Text(string program, string directory) => Stage is RunnerStage.Directory
        ? $"cannot run \"{program}\" in \"{directory}\": {Why}\n"
        : $"cannot run \"{program}\": {(Code == NotFound ? program.Contains('/', StringComparison.Ordinal) ? "no such file or directory" : "executable file not found in $PATH" : Why)}\n";

    private string Why => Code switch
    {
        NotFound => "no such file or directory",
        7 => "argument list too long",
        8 => "exec format error",
        Denied => "permission denied",
        20 => "not a directory",
        36 => "file name too long",
        40 => "too many levels of symbolic links",
        26 => "text file busy",
        _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"error {Code}"),
    };
}

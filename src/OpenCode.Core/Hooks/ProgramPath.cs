namespace OpenCode.Hooks;

/// <summary>Finds programs. Never in the current location, where .NET's own search looks too: walking into a folder must not choose what runs.</summary>
internal static class ProgramPath
{
    private static readonly string[] Endings = OperatingSystem.IsWindows() ? ["", ".exe", ".com"] : [""];

    /// <summary>The full path of a program.</summary>
    /// <param name="program">A path, which counts from <paramref name="folder"/>, or a name to be found by PATH.</param>
    /// <param name="folder">Where a relative path counts from.</param>
    /// <exception cref="OpenCodeException">InvalidArgument: there is none.</exception>
    public static string Find(string program, string folder)
    {
        if (program.Contains('/', StringComparison.Ordinal) || program.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            var path = Path.GetFullPath(program, folder);
            return Endings.Select(ending => path + ending).FirstOrDefault(File.Exists)
                ?? throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The program '{path}' is not there. Correct the hook's command.", path);
        }

        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Where(Path.IsPathFullyQualified)
            .SelectMany(place => Endings.Select(ending => Path.Combine(place, program + ending)))
            .FirstOrDefault(IsProgram)
            ?? throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The program '{program}' is in no folder of PATH. Install it, or give its full path in the hook's command.", program);
    }

    private static bool IsProgram(string path)
    {
        const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & AnyExecute) != 0);
    }
}

namespace OpenCode.McpHost;

/// <summary>What the host was asked for on its command line.</summary>
internal sealed record CommandLine
{
    public const string Usage = """
        OpenCode.McpHost: the tasks of AI agents over the Model Context Protocol, on standard input and output.

        Usage: OpenCode.McpHost [options]

          --data <path>     the folder of all data (otherwise OPENCODE_DATA, the configuration file, or the user's own)
          --config <file>   the configuration file (otherwise OPENCODE_TASKS_CONFIG, or the first one found)
          --verbose         say more on standard error
          --help            show this and end
          --version         show the version and end

        A client starts the host and speaks with it; it ends when its standard input does.
        """;

    public string? Data { get; init; }

    public string? Config { get; init; }

    public bool Verbose { get; init; }

    public bool Help { get; init; }

    public bool Version { get; init; }

    /// <summary>What is wrong with the command line, as a sentence; null when nothing is.</summary>
    public string? Problem { get; init; }

    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var line = new CommandLine();
        for (var i = 0; i < arguments.Count && line.Problem is null; i++)
        {
            // Both "--data x" and "--data=x".
            var equals = arguments[i].StartsWith("--", StringComparison.Ordinal) ? arguments[i].IndexOf('=', StringComparison.Ordinal) : -1;
            var name = equals < 0 ? arguments[i] : arguments[i][..equals];
            var inline = equals < 0 ? null : arguments[i][(equals + 1)..];
            line = name switch
            {
                "--data" or "--config" => line.WithValue(name, inline ?? (i + 1 < arguments.Count ? arguments[++i] : null)),
                "--verbose" when inline is null => line with { Verbose = true },
                "--help" or "-h" when inline is null => line with { Help = true },
                "--version" when inline is null => line with { Version = true },
                _ => line with { Problem = $"The option '{arguments[i]}' is unknown." },
            };
        }

        return line;
    }

    private CommandLine WithValue(string name, string? value)
    {
        if (string.IsNullOrWhiteSpace(value) || value.StartsWith("--", StringComparison.Ordinal))
        {
            return this with { Problem = $"The option '{name}' needs a path." };
        }

        return name == "--data" ? this with { Data = value } : this with { Config = value };
    }
}

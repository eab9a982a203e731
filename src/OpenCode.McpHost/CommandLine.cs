using System.Globalization;
using OpenCode.McpHost.Tools;

namespace OpenCode.McpHost;

/// <summary>What the host was asked for on its command line.</summary>
internal sealed record CommandLine
{
    public const string Usage = """
        OpenCode.McpHost: the tasks of AI agents over the Model Context Protocol, on standard input and output.

        Usage: OpenCode.McpHost [options]

          --data <path>     the folder of all data (otherwise OPENCODE_DATA, the configuration file, or the user's own)
          --config <file>   the configuration file (otherwise OPENCODE_TASKS_CONFIG, or the first one found)
          --tools <set>     core: the life of tasks (the default); all: every tool there is
          --http            serve Streamable HTTP instead: /mcp (no sessions) and /mcp/legacy (sessions), until it is told to end
          --host <name>     with --http: the address to listen on (otherwise mcp.host: localhost); another than this machine's own needs tokens
          --port <number>   with --http: the port (otherwise mcp.port: 3000); 0 takes a free one and says which
          --verbose         say more on standard error
          --help            show this and end
          --version         show the version and end

        A client starts the host and speaks with it; it ends when its standard input does. With --http clients come by themselves.
        """;

    public string? Data { get; init; }

    public string? Config { get; init; }

    /// <summary>Which tools are offered.</summary>
    public ToolSet Tools { get; init; }

    /// <summary>Serve HTTP instead of standard input and output.</summary>
    public bool Http { get; init; }

    /// <summary>The address to listen on; null leaves it to the configuration.</summary>
    public string? Host { get; init; }

    /// <summary>The port to listen on; null leaves it to the configuration.</summary>
    public int? Port { get; init; }

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
                "--data" or "--config" or "--tools" or "--host" or "--port" => line.WithValue(name, inline ?? (i + 1 < arguments.Count ? arguments[++i] : null)),
                "--http" when inline is null => line with { Http = true },
                "--verbose" when inline is null => line with { Verbose = true },
                "--help" or "-h" when inline is null => line with { Help = true },
                "--version" when inline is null => line with { Version = true },
                _ => line with { Problem = $"The option '{arguments[i]}' is unknown." },
            };
        }

        return line is { Problem: null, Http: false } and ({ Host: not null } or { Port: not null })
            ? line with { Problem = "The options '--host' and '--port' need '--http'." }
            : line;
    }

    private CommandLine WithValue(string name, string? value)
    {
        if (string.IsNullOrWhiteSpace(value) || value.StartsWith("--", StringComparison.Ordinal))
        {
            return this with { Problem = $"The option '{name}' needs {name switch { "--tools" => $"a set: {ToolSets.Words}", "--host" => "a name or address", "--port" => "a number", _ => "a path" }}." };
        }

        return name switch
        {
            "--data" => this with { Data = value },
            "--config" => this with { Config = value },
            "--host" => this with { Host = value },
            "--port" => ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? this with { Port = port } : this with { Problem = $"The option '--port' takes a number from 0 to 65535, not '{value}'." },
            _ when ToolSets.Find(value) is { } set => this with { Tools = set },
            _ => this with { Problem = $"The option '--tools' does not know the set '{value}'. It takes {ToolSets.Words}." },
        };
    }
}

using System.Globalization;
using System.Net;

namespace OpenCode.Tasks.Isolation;

/// <summary>A connection that is tried from inside a container, with whatever the image has for it. Whether it came is seen at the other end, not by what is said here.</summary>
internal static class Connection
{
    private const string Mark = "@@opencode ";

    /// <summary>Where nothing listens: the discard service, which nothing in a sandbox is.</summary>
    public const int NobodysPort = 9;

    // The first program that is there. It is seen to work by a connection to the sandbox itself, which the kernel counts.
    private const string Tool = """
        reach() {
            if command -v nc >/dev/null 2>&1; then nc -w 2 "$1" "$2" </dev/null
            elif command -v bash >/dev/null 2>&1; then bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$1" "$2" </dev/null
            elif command -v wget >/dev/null 2>&1; then wget -T 2 -t 1 -q -O - "http://$1:$2/"
            else echo "no program"; fi
        }
        segments() { if [ -r /proc/net/snmp ]; then while IFS= read -r line; do case $line in Tcp:*) echo "@@opencode $1 $line" ;; esac; done </proc/net/snmp; fi; }
        """;

    /// <summary>Tries the sandbox itself, and then an address.</summary>
    public static string Script(IPAddress address, int port) => string.Create(CultureInfo.InvariantCulture, $"{Tool}\nsegments before\nreach 127.0.0.1 {NobodysPort} >/dev/null 2>&1\nsegments after\nreach {address} {port} 2>&1");

    /// <summary>Tells how many packets of connections a container got so far.</summary>
    public static string Count { get; } = $"{Tool}\nsegments now";

    /// <summary>True when the script's own connection to the sandbox came: the image has a program that can connect.</summary>
    public static bool HasProgram(string text) => Segments(text, "before") is { } before && Segments(text, "after") > before;

    /// <summary>How many packets of TCP were received when a script said so.</summary>
    public static long? Segments(string text, string when)
    {
        var lines = text.Split('\n').Where(line => line.StartsWith($"{Mark}{when} Tcp:", StringComparison.Ordinal)).Select(static line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToList();
        return lines is [var names, var values, ..] && Array.IndexOf(names, "InSegs") is > 0 and var at && at < values.Length && long.TryParse(values[at], CultureInfo.InvariantCulture, out var count) ? count : null;
    }
}

using OpenCode.Common;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks.Isolation;

/// <summary>Runs a probe's script in a container. What it runs in is not trusted: output is bounded, and so is time.</summary>
/// <param name="host">The engine.</param>
/// <param name="containerId">The container.</param>
/// <param name="mark">By which the script's processes are known when they have to be ended.</param>
internal sealed class ProbeShell(ISandboxHost host, string containerId, string mark)
{
    private const int MostOutput = 256 * 1024;

    /// <summary>Runs it with the container's own shell.</summary>
    public async Task<ProbeOutput> RunAsync(string script, TimeSpan limit, CancellationToken cancellationToken)
    {
        var output = new Taken();
        var command = new SandboxCommand(mark, [script], true, "/", limit) { Environment = new Dictionary<string, string> { ["LC_ALL"] = "C" } };
        var outcome = await host.RunAsync(containerId, command, output, cancellationToken).ConfigureAwait(false);
        return new ProbeOutput(output.Text, outcome.ExitCode, outcome.TimedOut);
    }

    private sealed class Taken : ICommandOutput
    {
        private readonly BoundedOutput _bytes = new(MostOutput);

        public string Text => _bytes.ToString();

        public void Write(bool isError, ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);
    }
}

/// <summary>What a script wrote, on both streams as it came, and how it ended.</summary>
/// <param name="Text">What it wrote.</param>
/// <param name="ExitCode">Its exit code; null when its time was up.</param>
/// <param name="TimedOut">True when its time was up.</param>
internal sealed record ProbeOutput(string Text, int? ExitCode, bool TimedOut)
{
    private const int Longest = 300;

    /// <summary>What it said last, in one line that can be shown.</summary>
    public string Said => Shown(Text.Split('\n').LastOrDefault(static line => !string.IsNullOrWhiteSpace(line)) ?? "");

    /// <summary>Text of a sandbox as one line that can be shown: without control characters, and not long.</summary>
    public static string Shown(string text)
    {
        var clean = string.Concat(text.Select(static c => char.IsControl(c) ? ' ' : c)).Trim();
        return clean.Length > Longest ? clean[..Longest] : clean;
    }
}

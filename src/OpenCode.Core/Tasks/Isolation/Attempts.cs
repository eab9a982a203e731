using OpenCode.Sandboxes;

namespace OpenCode.Tasks.Isolation;

/// <summary>What the sandbox has to refuse, tried. Each of them undoes what it did, should it succeed, and none of them can do harm then.</summary>
internal static class Attempts
{
    private const string Mark = "@@opencode ";
    private const string Refused = "refused";

    private static readonly string[] UsualSockets = ["/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock"];

    private static readonly (string Name, string? Program, string Script)[] All =
    [
        ("WriteRoot", null, ": >/.opencode-probe && rm -f /.opencode-probe"),
        ("Mount", "mount", "mount -t tmpfs opencode-probe /tmp && umount /tmp"),
        ("Device", "mknod", "mknod /tmp/.opencode-probe-$$ b 8 0 && rm -f /tmp/.opencode-probe-$$"),
        ("UserNamespace", "unshare", "unshare -U -r true"),
        // What was there is written again.
        ("KernelSettings", null, "read -r value </proc/sys/kernel/panic && echo \"$value\" >/proc/sys/kernel/panic"),
        ("HostName", "hostname", "hostname \"$(hostname)\""),
    ];

    /// <summary>All of them, one after the other.</summary>
    /// <param name="sockets">Paths at which an engine's socket would be.</param>
    public static string Script(IEnumerable<string> sockets) => string.Join('\n',
    [
        .. All.Select(static one => $$"""
            {{(one.Program is null ? "if :" : $"if command -v {one.Program} >/dev/null 2>&1")}}; then
                said=$( ( {{one.Script}} ) 2>&1 </dev/null ) && code=done || code=refused
                echo "{{Mark}}{{one.Name}} $code" $said
            else
                echo "{{Mark}}{{one.Name}} missing"
            fi
            """),
        $"for path in {string.Join(' ', sockets.Select(Quoted))}; do if [ -e \"$path\" ] || [ -L \"$path\" ]; then echo \"{Mark}EngineSocket done $path\"; fi; done",
        $"echo '{Mark}EngineSocket looked'",
    ]);

    /// <summary>Judges what the script wrote.</summary>
    public static IEnumerable<Finding> Judge(string text, IReadOnlyList<string> sockets)
    {
        var answers = text.Split('\n').Where(static line => line.StartsWith(Mark, StringComparison.Ordinal)).Select(static line => line[Mark.Length..].Split(' ', 3)).Where(static parts => parts.Length > 1)
            .ToLookup(static parts => parts[0], static parts => (Code: parts[1], Said: ProbeOutput.Shown(parts.ElementAtOrDefault(2) ?? "")), StringComparer.Ordinal);
        foreach (var (name, program, script) in All)
        {
            yield return answers[name].FirstOrDefault() switch
            {
                { Code: "refused", Said: var said } => Finding.Of(name, Refused, true, said is "" ? Refused : said, $"Tried: {script}"),
                { Code: "done" } => Finding.Of(name, Refused, false, "done", $"Tried: {script}"),
                { Code: "missing" } => Finding.NotTested(name, Refused, $"The image has no '{program}' to try it with."),
                _ => Finding.NotTested(name, Refused, "The sandbox's shell did not come to it."),
            };
        }

        const string Expected = "not there";
        var found = answers["EngineSocket"].Where(static one => one.Code == "done").Select(static one => one.Said).ToList();
        yield return found.Count > 0 || answers["EngineSocket"].Any()
            ? Finding.Of("EngineSocket", Expected, found.Count == 0, found.Count == 0 ? Expected : string.Join(", ", found), $"Looked for {string.Join(", ", sockets)}.")
            : Finding.NotTested("EngineSocket", Expected, "The sandbox's shell did not come to it.");
    }

    /// <summary>Where an engine's socket would be: at the usual places, and where this one's is.</summary>
    public static IReadOnlyList<string> Sockets(ISandboxHost host) =>
        [.. UsualSockets.Concat(Uri.TryCreate(host.Endpoint, UriKind.Absolute, out var address) && address.Scheme == "unix" ? [address.LocalPath] : []).Distinct(StringComparer.Ordinal)];

    private static string Quoted(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}

using System.Globalization;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks.Isolation;

/// <summary>What the kernel tells a process in the sandbox about itself, and whether that is what the sandbox is to be.</summary>
internal sealed class KernelFacts
{
    private const string Mark = "@@opencode ";
    private const string Status = "/proc/self/status";
    private const string Mounts = "/proc/self/mountinfo";
    private const string Interfaces = "/proc/net/dev";
    private const string Routes = "/proc/net/route";

    private static readonly string[] PidsFiles = ["/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"];
    private static readonly string[] MemoryFiles = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

    /// <summary>What is in memory of the sandbox, or a view of its own of the kernel.</summary>
    private static readonly string[] OwnFileSystems = ["proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup", "cgroup2", "devtmpfs"];

    /// <summary>What the engine itself mounts in every container: three files about names, and the init process.</summary>
    private static readonly string[] Usual = ["/", "/workspace", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/sbin/docker-init", "/dev/init", "/run/podman-init", "/run/.containerenv"];

    private readonly Dictionary<string, string[]> _files = new(StringComparer.Ordinal);

    private KernelFacts(string text)
    {
        foreach (var part in ("\n" + text).Split("\n" + Mark)[1..])
        {
            var lines = part.Split('\n');
            _files[lines[0]] = lines[1..];
        }
    }

    /// <summary>Tells everything, with nothing but what is built into a shell: nothing is started.</summary>
    public static string Script { get; } = $$"""
        for file in {{string.Join(' ', [Status, Mounts, Interfaces, Routes, .. PidsFiles, .. MemoryFiles])}}; do
            echo "{{Mark}}$file"
            if [ -r "$file" ]; then while IFS= read -r line; do echo "$line"; done <"$file"; fi
        done
        echo "{{Mark}}end"
        """;

    /// <summary>Nothing is known.</summary>
    public static KernelFacts None { get; } = new("");

    /// <summary>Takes what the script wrote; null when it is not whole, because there is no shell for it.</summary>
    public static KernelFacts? Read(string text) => new KernelFacts(text) is var facts && facts._files.ContainsKey("end") ? facts : null;

    /// <summary>Judges all of it.</summary>
    public IEnumerable<Finding> Judge(SandboxSpecification wanted)
    {
        yield return Field("User", "not root", ["Uid", "Gid"], static value => !value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Contains("0"));
        yield return Field("Capabilities", "none", ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"], static value => value.AsSpan().Trim('0').IsEmpty);
        yield return Field("NoNewPrivileges", "1", ["NoNewPrivs"], static value => value == "1");
        yield return Field("Seccomp", "2 (a filter)", ["Seccomp"], static value => value == "2");
        yield return Root();
        yield return Mounted();
        yield return Limit("ProcessLimit", PidsFiles, wanted.PidsLimit, 1, "");
        yield return Limit("MemoryLimit", MemoryFiles, wanted.MemoryMiB, 1024 * 1024, " MiB");
        yield return Network(wanted.Network);
    }

    private Finding Field(string name, string expected, string[] fields, Func<string, bool> holds)
    {
        var found = fields.Select(field => (field, value: Lines(Status).FirstOrDefault(line => line.StartsWith(field + ":", StringComparison.Ordinal))?[(field.Length + 1)..].Trim())).ToList();
        return found.FirstOrDefault(static one => one.value is null) is { field: { } missing }
            ? Finding.NotTested(name, expected, $"{Status} does not tell '{missing}'.")
            : Finding.Of(name, expected, found.All(one => holds(one.value!)), Shown(found.Select(static one => $"{one.field} {one.value}")), $"Read in {Status}.");
    }

    private Finding Root()
    {
        var options = Lines(Mounts).Select(static line => line.Split(' ')).Where(static parts => parts.Length > 5 && parts[4] == "/").Select(static parts => parts[5]).LastOrDefault();
        return options is null
            ? Finding.NotTested("RootFileSystem", "read-only", $"{Mounts} does not tell about '/'.")
            : Finding.Of("RootFileSystem", "read-only", options.Split(',').Contains("ro"), ProbeOutput.Shown(options), $"The options of '/' in {Mounts}.");
    }

    private Finding Mounted()
    {
        const string Expected = "nothing of this machine but /workspace, and read-only what runs commands";
        // "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw": what stands behind the dash is the file system's kind.
        var mounts = Lines(Mounts).Select(static line => line.Split(' ')).Where(static parts => parts.Length > 7)
            .Select(static parts => (Target: parts[4], ReadOnly: parts[5].Split(',').Contains("ro"), Kind: parts[Math.Min(Array.IndexOf(parts, "-") + 1, parts.Length - 1)])).ToList();
        var others = mounts.Where(static one => !OwnFileSystems.Contains(one.Kind) && !Usual.Contains(one.Target) && one is not { Target: SandboxSpecification.RunnerPath, ReadOnly: true }).Select(static one => one.Target).ToList();
        return mounts.Count == 0
            ? Finding.NotTested("Mounts", Expected, $"{Mounts} tells nothing.")
            : Finding.Of("Mounts", Expected, others.Count == 0, others.Count == 0 ? "nothing else" : Shown(others), $"{mounts.Count} mounts in {Mounts}.");
    }

    private Finding Limit(string name, string[] files, int wanted, long unit, string word)
    {
        var expected = string.Create(CultureInfo.InvariantCulture, $"{wanted}{word}");
        return files.FirstOrDefault(file => Lines(file) is [{ Length: > 0 }, ..]) is not { } file
            ? Finding.NotTested(name, expected, "The sandbox does not see its control group.")
            : Finding.Of(name, expected, long.TryParse(Lines(file)[0], CultureInfo.InvariantCulture, out var value) && value == wanted * unit, ProbeOutput.Shown(Lines(file)[0]), $"Read in {file}.");
    }

    private Finding Network(SandboxNetwork policy)
    {
        var expected = policy is SandboxNetwork.None ? "only lo" : "one network of its own";
        if (!_files.TryGetValue(Interfaces, out var devices) || !devices.Any(static line => line.TrimStart().StartsWith("lo:", StringComparison.Ordinal)))
        {
            return Finding.NotTested("Network", expected, $"{Interfaces} tells nothing.");
        }

        // The engine's kernel has unused tunnels in every network namespace; they are down, and have no route. That a network has no way out is not said by its routes: it is tried.
        var interfaces = Lines(Routes).Skip(1).Select(static line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Where(static parts => parts.Length > 7).Select(static parts => parts[0]).Distinct().ToList();
        return Finding.Of("Network", expected, interfaces.Count == (policy is SandboxNetwork.None ? 0 : 1), interfaces.Count == 0 ? "only lo" : Shown(interfaces), $"The routes in {Routes}.");
    }

    private string[] Lines(string file) => _files.GetValueOrDefault(file) ?? [];

    private static string Shown(IEnumerable<string> parts) => ProbeOutput.Shown(string.Join(", ", parts));
}

using System.Globalization;
using Docker.DotNet.Models;
using OpenCode.Sandboxes.Docker.Runners;

namespace OpenCode.Sandboxes.Docker;

/// <summary>What a sandbox's container is, in the engine's terms (section 8 of the specification). Whatever is not named stays the engine's default, its seccomp profile among it.</summary>
internal static class SandboxBlueprint
{
    public const string Workspace = "/workspace";

    private const long Mebibyte = 1024 * 1024;

    /// <param name="specification">What is wanted.</param>
    /// <param name="user">The user as <c>uid:gid</c>.</param>
    /// <param name="runner">The runner's program on the host; null makes a container whose commands go by exec.</param>
    public static CreateContainerParameters For(SandboxSpecification specification, string user, string? runner = null) => new()
    {
        Name = specification.ContainerName,
        Image = specification.Image,
        Labels = SandboxLabels.For(specification),
        User = user,
        WorkingDir = Workspace,
        // HOME is not the workspace: caches and histories of tools do not belong in checkpoints.
        Env = ["HOME=/tmp", ProcessMark.Keepalive],
        // Nothing of the image's own starts. The number is 68 years in seconds, which every sleep takes; "infinity" only some do.
        Entrypoint = ["sleep"],
        Cmd = ["2147483647"],
        Healthcheck = new HealthcheckConfig { Test = ["NONE"] },
        HostConfig = new HostConfig
        {
            CapDrop = ["ALL"],
            SecurityOpt = ["no-new-privileges"],
            Privileged = false,
            Runtime = specification.Runtime ?? "",
            ReadonlyRootfs = true,
            // The engine's default for a tmpfs is noexec; compilers and test runners execute what they put in /tmp. Its pages count as the sandbox's memory.
            Tmpfs = new Dictionary<string, string>
            {
                ["/tmp"] = string.Create(CultureInfo.InvariantCulture, $"rw,exec,nosuid,nodev,mode=1777,size={Math.Max(16, specification.MemoryMiB / 2)}m"),
            },
            // A mount, not a bind string: the engine refuses a missing source instead of creating it as root.
            Mounts = [Bind(specification.Workspace, Workspace, false), .. runner is null ? (IEnumerable<Mount>)[] : [Bind(runner, RunnerProgram.Path, true)]],
            // An init process reaps what commands leave behind.
            Init = true,
            NetworkMode = "none",
            IpcMode = "private",
            Memory = specification.MemoryMiB * Mebibyte,
            MemorySwap = specification.MemoryMiB * Mebibyte,
            CPUShares = specification.CpuShares,
            PidsLimit = specification.PidsLimit,
            // A crash writes no image of its memory: where to, and by which program of the host, the host's kernel says. Lowering needs no right that a rootless engine has not; other
            // limits are the cgroup's (processes, memory with what open files take), or counted for a user across all sandboxes (nproc).
            Ulimits = [new Ulimit { Name = "core", Soft = 0, Hard = 0 }],
            // Nothing ever writes there; a command's output is not the container's.
            LogConfig = new LogConfig { Type = "none" },
        },
    };

    private static Mount Bind(string source, string target, bool readOnly) => new() { Type = "bind", Source = source, Target = target, ReadOnly = readOnly, BindOptions = new BindOptions { Propagation = "rprivate" } };

    /// <summary>The limits of a container that is there already.</summary>
    public static ContainerUpdateParameters LimitsOf(SandboxSpecification specification) => new()
    {
        Memory = specification.MemoryMiB * Mebibyte,
        MemorySwap = specification.MemoryMiB * Mebibyte,
        CPUShares = specification.CpuShares,
        PidsLimit = specification.PidsLimit,
    };
}

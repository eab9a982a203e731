using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>What a container is by the configuration alone.</summary>
internal static class SandboxProfile
{
    public static SandboxSpecification Of(OpenCodeConfiguration configuration, string storeId, string taskId, string image, string workspace) => new()
    {
        StoreId = storeId,
        TaskId = taskId,
        Image = image,
        Workspace = workspace,
        Owner = ProcessIdentity.Current,
        MemoryMiB = configuration.DockerMemoryMiB,
        CpuShares = configuration.DockerCpuShares,
        PidsLimit = configuration.DockerPidsLimit,
        NamePrefix = configuration.DockerNetworkPrefix,
        Runtime = configuration.DockerRuntime,
        RunnerFolder = configuration.DockerRunner ? Path.Combine(configuration.DataRoot, "runner") : null,
    };
}

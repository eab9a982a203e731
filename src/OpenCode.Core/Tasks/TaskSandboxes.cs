using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Layers;
using OpenCode.Registry;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>A task's container: written down before the engine is asked, so that no container is without a trace of whose it is.</summary>
internal sealed class TaskSandboxes(TaskWay way, Lazy<ISandboxHost> host, OpenCodeConfiguration configuration, StepProbe probe)
{
    public string Endpoint => host.Value.Endpoint;

    public Task PingAsync(CancellationToken cancellationToken) => host.Value.PingAsync(cancellationToken);

    /// <summary>The running container of a task, made when it is not there.</summary>
    /// <exception cref="OpenCodeException">SandboxUnavailable, SandboxFailed; AccessDenied: the image is not among the allowed ones; TaskNotFound: deleted meanwhile, and then no container is left.</exception>
    public async Task<SandboxContainer> EnsureAsync(AgentTask task, Actor actor, IProgress<SandboxProgress>? progress, CancellationToken cancellationToken)
    {
        var known = await way.Registry.SandboxAsync(task.Id, cancellationToken).ConfigureAwait(false);
        var image = known?.Image ?? Allowed(task.Image ?? configuration.DockerImage);
        var specification = Specification(task.Id, image);
        if (known is null)
        {
            // No note of a container that no engine was there to make: it would have to be removed one day.
            await host.Value.PingAsync(cancellationToken).ConfigureAwait(false);
            await way.Registry.WriteAsync(new PutSandbox(task.Id, specification.ContainerName, null, image, actor), cancellationToken).ConfigureAwait(false);
            probe.At(Step.SandboxIntended);
        }

        // A link here would show the sandbox what is outside the task's folder.
        TaskFolder.Make(way.Folder(task.Id).Contained(specification.Workspace));
        var container = await host.Value.EnsureAsync(specification, progress, cancellationToken).ConfigureAwait(false);
        if (known?.ContainerId == container.Id)
        {
            return container;
        }

        probe.At(Step.SandboxCreated);
        try
        {
            await way.ChangeAsync(task.Id, new PutSandbox(task.Id, container.Name, container.Id, image, actor), CancellationToken.None).ConfigureAwait(false);
            return container;
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.TaskNotFound)
        {
            // Deleted between the note and the engine's answer: the deletion may have looked for the container before it was there.
            await host.Value.RemoveAsync(specification, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    public Task<CommandOutcome> RunAsync(SandboxContainer container, SandboxCommand command, ICommandOutput output, CancellationToken cancellationToken) =>
        host.Value.RunAsync(container.Id, command, output, cancellationToken);

    /// <summary>Removes the container of a task that may be gone already.</summary>
    public async Task RemoveContainerAsync(string taskId, CancellationToken cancellationToken)
    {
        await host.Value.RemoveAsync(Specification(taskId, configuration.DockerImage), cancellationToken).ConfigureAwait(false);
        probe.At(Step.SandboxRemoved);
    }

    private string Allowed(string image) => configuration.DockerAllowedImages.Count == 0 || configuration.DockerAllowedImages.Contains(image, StringComparer.Ordinal)
        ? image
        : throw new OpenCodeException(OpenCodeError.AccessDenied, $"The image '{image}' is not among the allowed ones ({string.Join(", ", configuration.DockerAllowedImages)}). Take one of them, or have docker.allowedImages changed.", image);

    private SandboxSpecification Specification(string taskId, string image) => new()
    {
        StoreId = way.Registry.StoreId,
        TaskId = taskId,
        Image = image,
        Workspace = way.Folder(taskId).Workspace,
        Owner = ProcessIdentity.Current,
        MemoryMiB = configuration.DockerMemoryMiB,
        CpuShares = configuration.DockerCpuShares,
        PidsLimit = configuration.DockerPidsLimit,
        NamePrefix = configuration.DockerNetworkPrefix,
    };
}

namespace OpenCode.Sandboxes;

/// <summary>Makes and removes the containers that commands run in. Knows containers, not tasks: what a container is for is in its specification and labels.</summary>
/// <remarks>Every failure is an <see cref="OpenCodeException"/>: SandboxUnavailable when no engine answers (the message names the endpoint and how to start one), SandboxFailed when it refuses.</remarks>
public interface ISandboxHost : IAsyncDisposable
{
    /// <summary>The engine's address, without credentials.</summary>
    string Endpoint { get; }

    /// <summary>Asks the engine whether it is there.</summary>
    /// <exception cref="OpenCodeException">SandboxUnavailable: it does not answer within 2 s.</exception>
    Task PingAsync(CancellationToken cancellationToken);

    /// <summary>The memory of the engine's machine, in MiB.</summary>
    Task<long> MemoryMiBAsync(CancellationToken cancellationToken);

    /// <summary>Finds a container of exactly this name that carries this store's labels.</summary>
    /// <returns>The container, or null when there is none.</returns>
    Task<SandboxContainer?> FindAsync(SandboxSpecification specification, CancellationToken cancellationToken);

    /// <summary>Finds everything that carries a store's labels: containers whatever their state, networks, volumes and images.</summary>
    /// <param name="storeId">The store.</param>
    /// <param name="taskId">Only what is for this task; null for all.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    Task<IReadOnlyList<SandboxObject>> ObjectsAsync(string storeId, string? taskId, CancellationToken cancellationToken);

    /// <summary>Creates and starts a container with its network, pulling its image when the engine lacks it. A container of the same name and labels is taken as it is, and started when it is not running.</summary>
    /// <param name="specification">What to make.</param>
    /// <param name="progress">Told about the image pull.</param>
    /// <param name="cancellationToken">Stops waiting; what was already created is removed.</param>
    Task<SandboxContainer> EnsureAsync(SandboxSpecification specification, IProgress<SandboxProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Whether this process has a stream into a container over which commands go, which proves that it is there and runs. Asks nobody.</summary>
    bool IsHeld(string containerId);

    /// <summary>What exactly a container would be here. Two of the same fingerprint differ in nothing but whose they are.</summary>
    Task<SandboxImprint> ImprintAsync(SandboxSpecification specification, CancellationToken cancellationToken);

    /// <summary>Has the engine get an image.</summary>
    Task PullAsync(string image, IProgress<SandboxProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Runs a command in a container and waits for its end. On time-out or cancellation the whole process tree inside is killed, and the container stays usable.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="command">What to run.</param>
    /// <param name="output">Gets every byte of output as it comes, in order, on one thread at a time.</param>
    /// <param name="cancellationToken">Kills the command; the call then throws <see cref="OperationCanceledException"/> once the tree is gone.</param>
    Task<CommandOutcome> RunAsync(string containerId, SandboxCommand command, ICommandOutput output, CancellationToken cancellationToken);

    /// <summary>What a container uses, about once a second, until it stops or is gone; the first sample takes a second. One that is not running has none.</summary>
    /// <param name="container">The container.</param>
    /// <param name="cancellationToken">Ends it.</param>
    IAsyncEnumerable<SandboxUsage> MeasureAsync(SandboxContainer container, CancellationToken cancellationToken);

    /// <summary>Where a container is on its networks; nothing for one that has none, or is gone.</summary>
    Task<IReadOnlyList<SandboxAddress>> AddressesAsync(string containerId, CancellationToken cancellationToken);

    /// <summary>Looks at a path inside a container, whether it runs or not. A link at its end is not followed.</summary>
    /// <returns>What is there; null for nothing.</returns>
    Task<SandboxEntry?> LookAsync(string containerId, string path, CancellationToken cancellationToken);

    /// <summary>Has an archive unpacked in a folder of a container. The engine resolves every path within the container: nothing outside of it is reached.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="folder">The folder, which has to be there.</param>
    /// <param name="write">Writes the archive (tar); given the user and the group that what is unpacked is to belong to.</param>
    /// <param name="cancellationToken">Ends it half-way.</param>
    Task PutAsync(string containerId, string folder, Func<Stream, (int User, int Group), CancellationToken, Task> write, CancellationToken cancellationToken);

    /// <summary>Has a file or folder of a container packed into an archive.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="path">What to pack; its last name is the archive's first.</param>
    /// <param name="read">Reads the archive (tar), as it comes.</param>
    /// <param name="cancellationToken">Ends it half-way.</param>
    Task GetAsync(string containerId, string path, Func<Stream, CancellationToken, Task> read, CancellationToken cancellationToken);

    /// <summary>Ends what is left of a command whose process tree nobody watches any more. A container that is gone or does not run has nothing left.</summary>
    /// <param name="specification">The container.</param>
    /// <param name="executionId">The mark its processes carry.</param>
    /// <param name="age">How long ago it was started.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    Task EndRemainsAsync(SandboxSpecification specification, string executionId, TimeSpan age, CancellationToken cancellationToken);

    /// <summary>Freezes everything in a container, or lets it go on. What is so already stays so.</summary>
    /// <returns>False when there is no such container, or it does not run.</returns>
    Task<bool> PauseAsync(SandboxSpecification specification, bool paused, CancellationToken cancellationToken);

    /// <summary>Ends everything in a container and starts it again. Its memory and /tmp are lost, the workspace stays.</summary>
    /// <returns>False when there is no such container.</returns>
    Task<bool> RestartAsync(SandboxSpecification specification, CancellationToken cancellationToken);

    /// <summary>Brings the limits and the network of a container to what its specification says, while it runs. May be repeated.</summary>
    /// <returns>False when there is no such container.</returns>
    Task<bool> ConfigureAsync(SandboxSpecification specification, CancellationToken cancellationToken);

    /// <summary>Removes everything of a task by force: its container with its anonymous volumes, its networks and its volumes. What is not there is removed already. Nothing without this store's and the task's labels is touched.</summary>
    Task RemoveAsync(SandboxSpecification specification, CancellationToken cancellationToken);

    /// <summary>Removes one thing, once its labels are seen to be the store's.</summary>
    /// <param name="target">What to remove.</param>
    /// <param name="storeId">The store it has to belong to.</param>
    /// <param name="force">False leaves a container that runs meanwhile.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>False when it was left: it is not the store's, or is in use.</returns>
    Task<bool> RemoveAsync(SandboxObject target, string storeId, bool force, CancellationToken cancellationToken);
}

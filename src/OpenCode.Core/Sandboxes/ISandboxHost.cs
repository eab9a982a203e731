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

    /// <summary>Finds a container of exactly this name that carries this store's labels.</summary>
    /// <returns>The container, or null when there is none.</returns>
    Task<SandboxContainer?> FindAsync(SandboxSpecification specification, CancellationToken cancellationToken);

    /// <summary>Finds all containers that carry a store's labels, running or not.</summary>
    /// <param name="storeId">The store.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    Task<IReadOnlyList<SandboxContainer>> ListAsync(string storeId, CancellationToken cancellationToken);

    /// <summary>Creates and starts a container, pulling its image when the engine lacks it. A container of the same name and labels is taken as it is, and started when it is not running.</summary>
    /// <param name="specification">What to make.</param>
    /// <param name="progress">Told about the image pull.</param>
    /// <param name="cancellationToken">Stops waiting; what was already created is removed.</param>
    Task<SandboxContainer> EnsureAsync(SandboxSpecification specification, IProgress<SandboxProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Runs a command in a container and waits for its end. On time-out or cancellation the whole process tree inside is killed, and the container stays usable.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="command">What to run.</param>
    /// <param name="output">Gets every byte of output as it comes, in order, on one thread at a time.</param>
    /// <param name="cancellationToken">Kills the command; the call then throws <see cref="OperationCanceledException"/> once the tree is gone.</param>
    Task<CommandOutcome> RunAsync(string containerId, SandboxCommand command, ICommandOutput output, CancellationToken cancellationToken);

    /// <summary>Removes a container by force, with its anonymous volumes. One that is not there is removed already. One without this store's labels is never touched.</summary>
    Task RemoveAsync(SandboxSpecification specification, CancellationToken cancellationToken);
}

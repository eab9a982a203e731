using System.Globalization;
using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace OpenCode.Sandboxes.Docker;

/// <summary>One command handed to the engine (an "exec" in its words): start, output, end.</summary>
internal sealed class CommandExec(EngineConnection engine, string containerId, string id)
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AliveLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);

    public static Task<CommandExec> CreateAsync(EngineConnection engine, string containerId, IList<string> arguments, string mark, string workingDirectory, CancellationToken cancellationToken) =>
        CreateAsync(engine, containerId, new ContainerExecCreateParameters { Cmd = arguments, Env = [mark], WorkingDir = workingDirectory }, cancellationToken);

    public static async Task<CommandExec> CreateAsync(EngineConnection engine, string containerId, ContainerExecCreateParameters parameters, CancellationToken cancellationToken)
    {
        parameters.AttachStdout = parameters.AttachStderr = true;
        try
        {
            var created = await engine.CallAsync("create a command", CallLimit, (client, token) => client.Exec.CreateContainerExecAsync(containerId, parameters, token), cancellationToken).ConfigureAwait(false);
            return new(engine, containerId, created.ID);
        }
        catch (DockerApiException e)
        {
            throw await NotRunningAsync(engine, containerId, e).ConfigureAwait(false);
        }
    }

    /// <summary>Starts it. Not to be cancelled: given up on half-way, the engine would start it with nobody watching.</summary>
    /// <param name="terminal">True for one that was made with a terminal.</param>
    public async Task<MultiplexedStream> StartAsync(bool terminal = false)
    {
        try
        {
            return await engine.CallAsync("start a command", CallLimit, (client, token) => client.Exec.StartContainerExecAsync(id, new ContainerExecStartParameters { TTY = terminal }, token), CancellationToken.None).ConfigureAwait(false);
        }
        catch (DockerApiException e)
        {
            throw await NotRunningAsync(engine, containerId, e).ConfigureAwait(false);
        }
    }

    /// <summary>Tells its terminal how large the window is.</summary>
    /// <returns>False when it has ended.</returns>
    public async Task<bool> ResizeAsync(TerminalSize size, CancellationToken cancellationToken)
    {
        try
        {
            await engine.CallAsync("resize a terminal", CallLimit, (client, token) => client.Exec.ResizeExecTtyAsync(id, new ContainerResizeParameters { Height = size.Rows, Width = size.Columns }, token), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is DockerApiException or OpenCodeException { Error: OpenCodeError.SandboxFailed })
        {
            // Engines say by different codes that it runs no more.
            return await ExitCodeAsync(cancellationToken).ConfigureAwait(false) is null ? throw EngineErrors.Refused("resize the terminal of a command", id, e as DockerApiException ?? (DockerApiException)e.InnerException!) : false;
        }
    }

    /// <summary>Its exit code; null while it runs.</summary>
    public async Task<long?> ExitCodeAsync(CancellationToken cancellationToken)
    {
        var now = await InspectAsync(cancellationToken).ConfigureAwait(false);
        return now.Running ? null : now.ExitCode;
    }

    /// <summary>Waits until it has ended; the engine has no call for that.</summary>
    public async Task<long> WaitAsync(CancellationToken cancellationToken)
    {
        long? code = null;
        await PollAsync(engine, async () => (code = await ExitCodeAsync(cancellationToken).ConfigureAwait(false)) is not null, cancellationToken).ConfigureAwait(false);
        return code!.Value;
    }

    /// <summary>Waits until its process exists, or has ended. The engine answers a start before it has really started anything.</summary>
    public Task WaitStartedAsync(CancellationToken cancellationToken) => PollAsync(
        engine,
        async () => await InspectAsync(cancellationToken).ConfigureAwait(false) is { Pid: not 0 } or { ExitCode: not null },
        cancellationToken);

    /// <summary>True when the container lives and can be used; asked after a command was killed, to know whether the container was.</summary>
    /// <remarks>
    /// The engine hears of the ends of a container's processes in any order, so for a moment it may take a dead container for a
    /// running one. A command that runs in it proves that it lives; one that does not is reason to wait until the engine knows.
    /// </remarks>
    public static async Task<bool> IsAliveAsync(EngineConnection engine, string containerId)
    {
        using var limit = new CancellationTokenSource(AliveLimit, engine.Time);
        try
        {
            // The one program that is there: it keeps the container up.
            var probe = await CreateAsync(engine, containerId, ["sleep", "0"], ProcessMark.Keepalive, "/", limit.Token).ConfigureAwait(false);
            using var output = await probe.StartAsync().ConfigureAwait(false);
            if (await probe.WaitAsync(limit.Token).ConfigureAwait(false) == 0)
            {
                return true;
            }

            await PollAsync(engine, async () => !await IsRunningAsync(engine, containerId).ConfigureAwait(false), limit.Token).ConfigureAwait(false);
            return false;
        }
        catch (OpenCodeException e) when (e.Error == OpenCodeError.SandboxFailed)
        {
            return await IsRunningAsync(engine, containerId).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It runs, and has no process left to spend for the proof.
            return true;
        }
    }

    /// <summary>Asks the engine for a container that something is waited for in.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="containerId">The container.</param>
    /// <param name="mayBePaused">Whether it may be frozen.</param>
    /// <exception cref="OpenCodeException">SandboxFailed: it is not running, or frozen; SandboxUnavailable.</exception>
    public static async Task RequireRunningAsync(EngineConnection engine, string containerId, bool mayBePaused)
    {
        ContainerInspectResponse container;
        try
        {
            container = await engine.CallAsync("inspect a container", LookLimit, (client, token) => client.Containers.InspectContainerAsync(containerId, token), CancellationToken.None).ConfigureAwait(false);
        }
        catch (DockerApiException e)
        {
            throw await NotRunningAsync(engine, containerId, e).ConfigureAwait(false);
        }

        if (container.State is not { Running: true })
        {
            throw await NotRunningAsync(engine, containerId, null).ConfigureAwait(false);
        }

        if (container.State is { Paused: true } && !mayBePaused)
        {
            throw new OpenCodeException(OpenCodeError.SandboxFailed, $"The sandbox '{container.Name.TrimStart('/')}' is paused, and nothing can be run in it. Resume it with Resume-OcSandbox first.", container.Name.TrimStart('/'));
        }
    }

    private static async Task<bool> IsRunningAsync(EngineConnection engine, string containerId)
    {
        try
        {
            var container = await engine.CallAsync("inspect a container", LookLimit, (client, token) => client.Containers.InspectContainerAsync(containerId, token), CancellationToken.None).ConfigureAwait(false);
            return container.State is { Running: true };
        }
        catch (DockerApiException)
        {
            return false;
        }
    }

    /// <summary>Why a command cannot be in the container, as the container itself tells it.</summary>
    public static async Task<OpenCodeException> NotRunningAsync(EngineConnection engine, string containerId, DockerApiException? e)
    {
        try
        {
            var container = await engine.CallAsync("inspect a container", LookLimit, (client, token) => client.Containers.InspectContainerAsync(containerId, token), CancellationToken.None).ConfigureAwait(false);
            var name = container.Name.TrimStart('/');
            if (container.State is { Running: true } && e is not null)
            {
                return EngineErrors.Refused("run a command in the container", name, e);
            }

            var why = container.State switch
            {
                { OOMKilled: true } => "it came to its memory limit",
                // What init says when it cannot find its program.
                { ExitCode: 127 } => "its image has no 'sleep', so it ended at once; choose an image with a shell and the usual tools",
                { Error: { Length: > 0 } error } => error,
                { ExitCode: var code } => string.Create(CultureInfo.InvariantCulture, $"it was stopped, or its main process ended (exit code {code})"),
                null => "its state is not known",
            };
            return new(OpenCodeError.SandboxFailed, $"The sandbox '{name}' is not running: {EngineErrors.Sentence(why)} The next command that asks for it starts it again.", name, e);
        }
        catch (DockerApiException gone) when (gone.StatusCode == HttpStatusCode.NotFound)
        {
            return new(OpenCodeError.SandboxFailed, $"The sandbox's container '{containerId}' is gone; somebody has removed it. The next command that asks for it makes a new one.", containerId, gone);
        }
    }

    private async Task<ContainerExecInspectResponse> InspectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await engine.CallAsync("look at a command", LookLimit, (client, token) => client.Exec.InspectContainerExecAsync(id, token), cancellationToken).ConfigureAwait(false);
        }
        catch (DockerApiException e)
        {
            // The engine forgets its commands when the container goes.
            throw await NotRunningAsync(engine, containerId, e).ConfigureAwait(false);
        }
    }

    private static async Task PollAsync(EngineConnection engine, Func<Task<bool>> done, CancellationToken cancellationToken)
    {
        // Ends are usually there at once; a command that closed its output and works on is asked after less often.
        for (var pause = 2; !await done().ConfigureAwait(false); pause = Math.Min(pause * 2, 250))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(pause), engine.Time, cancellationToken).ConfigureAwait(false);
        }
    }
}

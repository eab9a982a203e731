using System.Globalization;
using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace OpenCode.Sandboxes.Docker;

/// <summary>
/// Ends an execution with all its processes. The engine cannot kill what it started by exec, so the processes are killed from
/// inside (<see cref="KillScript"/>); when that cannot be done or cannot be proven, the container is restarted, which ends everything in it.
/// </summary>
internal sealed class ProcessTreeKiller(EngineConnection engine)
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ScriptLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RestartLimit = TimeSpan.FromSeconds(30);

    /// <summary>What the clocks of this machine and of the container's, and the way in between, may differ by.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    /// <summary>Ends it; when this returns, its processes are gone, and the container can be used.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="exec">The command.</param>
    /// <param name="executionId">The mark its processes carry.</param>
    /// <param name="age">How long ago it was started.</param>
    /// <param name="release">Reads the command's output to its end, or closes it; told whether the processes are gone. The engine does not let a command end whose output nobody takes.</param>
    /// <exception cref="OpenCodeException">SandboxFailed or SandboxUnavailable: neither could be done.</exception>
    public async Task KillAsync(string containerId, CommandExec exec, string executionId, TimeSpan age, Func<bool, Task> release)
    {
        try
        {
            using var start = new CancellationTokenSource(StartLimit, engine.Time);
            await exec.WaitStartedAsync(start.Token).ConfigureAwait(false);
            if (await RunScriptAsync(containerId, executionId, age).ConfigureAwait(false))
            {
                await release(true).ConfigureAwait(false);
                using var end = new CancellationTokenSource(EndLimit, engine.Time);
                await exec.WaitAsync(end.Token).ConfigureAwait(false);
                return;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or OpenCodeException { Error: OpenCodeError.SandboxFailed })
        {
            // No shell, no process left to spend, no end in time: what follows needs nothing of the container.
        }

        await release(false).ConfigureAwait(false);
        await RestartAsync(containerId).ConfigureAwait(false);
    }

    /// <summary>Ends what is left of an execution that nobody watches.</summary>
    public async Task KillRemainsAsync(string containerId, string executionId, TimeSpan age)
    {
        try
        {
            if (await RunScriptAsync(containerId, executionId, age).ConfigureAwait(false))
            {
                return;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or OpenCodeException { Error: OpenCodeError.SandboxFailed })
        {
            // As above.
        }

        await RestartAsync(containerId).ConfigureAwait(false);
    }

    private async Task<bool> RunScriptAsync(string containerId, string executionId, TimeSpan age)
    {
        using var limit = new CancellationTokenSource(ScriptLimit, engine.Time);
        var seconds = ((int)Math.Min((age + Slack).TotalSeconds, int.MaxValue / 200)).ToString(CultureInfo.InvariantCulture);
        var script = await CommandExec.CreateAsync(engine, containerId, ["/bin/sh", "-c", KillScript.Text, "opencode-kill", executionId, seconds], ProcessMark.Keepalive, "/", limit.Token).ConfigureAwait(false);
        using var output = await script.StartAsync().ConfigureAwait(false);
        // Its first line, not its end: the engine tells of ends in their order, and keeps back the killed command's until somebody has taken its output.
        var line = new StringBuilder();
        var piece = new byte[256];
        while (!line.ToString().Contains('\n', StringComparison.Ordinal))
        {
            var read = await output.ReadOutputAsync(piece, 0, piece.Length, limit.Token).ConfigureAwait(false);
            if (read.EOF)
            {
                break;
            }

            line.Append(Encoding.ASCII.GetString(piece, 0, read.Count));
        }

        return line.ToString() == KillScript.Success;
    }

    private async Task RestartAsync(string containerId)
    {
        try
        {
            var container = await engine.CallAsync("inspect a container", EndLimit, (client, token) => client.Containers.InspectContainerAsync(containerId, token), CancellationToken.None).ConfigureAwait(false);
            if (!SandboxLabels.AreOurs(container.Config?.Labels))
            {
                throw new OpenCodeException(OpenCodeError.SandboxFailed, $"The command's processes in '{container.Name}' could not be killed, and the container is not a sandbox of ours to be restarted.", containerId);
            }

            if (container.State is not { Running: true })
            {
                // Stopped by somebody, and everything in it with it; whoever needs it starts it.
                return;
            }

            await engine.CallAsync(
                "restart a container",
                RestartLimit,
                (client, token) => client.Containers.RestartContainerAsync(containerId, new ContainerRestartParameters { WaitBeforeKillSeconds = 0 }, token),
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (DockerApiException e)
        {
            // Gone with everything in it: nothing is left to kill, and the caller learns that it is gone.
            throw await CommandExec.NotRunningAsync(engine, containerId, e).ConfigureAwait(false);
        }
    }
}

using System.Collections.Concurrent;
using Docker.DotNet.Models;
using OpenCode.Common;

namespace OpenCode.Sandboxes.Docker.Runners;

/// <summary>This process's runners: one for each container that has the program and in which a command was run. What cannot be had of one goes by exec.</summary>
internal sealed class SandboxRunners(EngineConnection engine, StepProbe probe) : IAsyncDisposable
{
    /// <summary>So many streams are kept; the one that was idle longest makes room.</summary>
    private const int MostLinks = 64;

    /// <summary>How many containers are remembered before those are forgotten that have no runner now.</summary>
    private const int MostKnown = 4096;

    /// <summary>A container in which it does not come up so often is left alone.</summary>
    private const int MostFailures = 3;

    private static readonly TimeSpan HelloLimit = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Held> _held = new(StringComparer.Ordinal);
    private volatile bool _closed;

    /// <summary>Tells whether a container has the program, as the engine says.</summary>
    public void Note(string containerId, IEnumerable<MountPoint>? mounts)
    {
        if (mounts?.Any(static one => one is { Destination: RunnerProgram.Path, RW: false }) is true)
        {
            Note(containerId);
        }
    }

    /// <summary>Tells that a container has the program.</summary>
    public void Note(string containerId)
    {
        if (_held.Count >= MostKnown)
        {
            foreach (var (id, one) in _held)
            {
                if (!one.IsOpen)
                {
                    _held.TryRemove(id, out _);
                }
            }
        }

        _held.GetOrAdd(containerId, static _ => new Held());
    }

    /// <summary>Whether a stream into a container is open, which proves that it runs.</summary>
    public bool IsOpen(string containerId) => _held.TryGetValue(containerId, out var held) && held.IsOpen;

    /// <summary>Lets go of a container that is to end; commands that run in it are interrupted. A next command finds out anew.</summary>
    public async Task ForgetAsync(string containerId)
    {
        if (_held.TryRemove(containerId, out var held) && held.Link is { } link)
        {
            await link.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Why commands go by exec in a container; null when they go by the runner.</summary>
    public string? WhyNot(string containerId) => _held.TryGetValue(containerId, out var held) ? held.Problem : "the container was made without a runner";

    /// <summary>The way to a container's runner, which is started when it is not there.</summary>
    /// <returns>Null when commands go by exec there.</returns>
    public async Task<RunnerLink?> FindAsync(string containerId, CancellationToken cancellationToken)
    {
        if (!_held.TryGetValue(containerId, out var held) || held.Failures >= MostFailures)
        {
            return null;
        }

        if (held.Link is { IsOpen: true } link)
        {
            held.Used = engine.Time.GetTimestamp();
            return link;
        }

        await held.Opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (held.Link is { IsOpen: true } other)
            {
                return other;
            }

            await CloseIdleAsync().ConfigureAwait(false);
            var opened = await OpenAsync(containerId, held, cancellationToken).ConfigureAwait(false);
            held.Link = opened;
            held.Used = engine.Time.GetTimestamp();
            if (opened is not null && _closed)
            {
                await opened.DisposeAsync().ConfigureAwait(false);
            }

            return opened;
        }
        finally
        {
            held.Opening.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _closed = true;
        foreach (var held in _held.Values)
        {
            if (held.Link is { } link)
            {
                await link.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<RunnerLink?> OpenAsync(string containerId, Held held, CancellationToken cancellationToken)
    {
        var parameters = new ContainerExecCreateParameters { Cmd = RunnerProgram.Command, Env = [ProcessMark.Keepalive], WorkingDir = "/", AttachStdin = true };
        var exec = await CommandExec.CreateAsync(engine, containerId, parameters, cancellationToken).ConfigureAwait(false);
        var stream = new EngineStream(await exec.StartAsync().ConfigureAwait(false));
        using var limit = new CancellationTokenSource(HelloLimit, engine.Time);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var link = await RunnerLink.OpenAsync(stream, engine.Time, bound.Token).ConfigureAwait(false);
            held.Failures = 0;
            held.Problem = null;
            probe.At(Step.RunnerStarted);
            return link;
        }
        catch (Exception e) when (EngineErrors.IsTransport(e) && !cancellationToken.IsCancellationRequested)
        {
            // No process to be had, a folder from which nothing may be executed, a program of another version: nothing was started, so the command goes by exec.
            held.Failures++;
            held.Problem = $"{e.Message} {stream.Said}".TrimEnd();
            return null;
        }
    }

    private async Task CloseIdleAsync()
    {
        var open = _held.Values.Where(static one => one.IsOpen).ToList();
        if (open.Count >= MostLinks && open.Where(static one => one.Link!.IsIdle).MinBy(static one => one.Used) is { Link: { } idle })
        {
            await idle.DisposeAsync().ConfigureAwait(false);
        }
    }

    private sealed class Held
    {
        public SemaphoreSlim Opening { get; } = new(1);

        public RunnerLink? Link { get; set; }

        public bool IsOpen => Link is { IsOpen: true };

        public long Used { get; set; }

        public int Failures { get; set; }

        public string? Problem { get; set; }
    }
}

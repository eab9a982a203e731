using System.Buffers;
using OpenCode.Common;

namespace OpenCode.Sandboxes.Docker.Runners;

/// <summary>Runs one command over a container's runner, with everything that <see cref="CommandRun"/> promises of one by exec.</summary>
internal sealed class RunnerRun(EngineConnection engine, string containerId, RunnerLink link, SandboxCommand command, ICommandOutput output, StepProbe probe) : IDisposable
{
    private const int InputPiece = 32 * 1024;

    /// <summary>SIGKILL, as a shell counts it.</summary>
    private const int Killed = 137;

    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(1);

    /// <summary>How long output may still come after the end, from children that live on with the command's output open.</summary>
    private static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan AtMostAfterwards = TimeSpan.FromSeconds(30);

    /// <summary>How long the runner has for killing a tree, before it is done from outside.</summary>
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly CancellationTokenSource _abandon = new();
    private long _lastPiece;
    private volatile bool _taking;
    private long _started;

    public void Dispose() => _abandon.Dispose();

    /// <summary>Runs it.</summary>
    /// <returns>Null when it was not started and goes by exec.</returns>
    public async Task<CommandOutcome?> RunAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var arguments = command.Vector();
        var began = engine.Time.GetUtcNow();
        _started = engine.Time.GetTimestamp();
        if (await StartAsync(arguments).ConfigureAwait(false) is not { } run)
        {
            return null;
        }

        using var limit = new CancellationTokenSource(command.Timeout < TimeSpan.Zero || command.Timeout > Longest ? Timeout.InfiniteTimeSpan : command.Timeout, engine.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var pump = PumpAsync(run);
        var feed = Task.CompletedTask;
        try
        {
            if (await BegunAsync(run, ending.Token).ConfigureAwait(false) is { } failure)
            {
                return NotStarted(failure, arguments[0]);
            }

            probe.At(Step.CommandStarted);
            feed = command.Input is null ? feed : FeedAsync(run);
            if (await WaitForEndAsync(run, pump, ending.Token).ConfigureAwait(false) is not { } code)
            {
                // The runner has come to the time limit first, or the command's keeper was killed.
                return await EndedInsideAsync(run, pump).ConfigureAwait(false);
            }

            var duration = engine.Time.GetElapsedTime(_started);
            // Killed: also what comes of a command in a container that dies at this moment.
            if (code == Killed && !await CommandExec.IsAliveAsync(engine, containerId).ConfigureAwait(false))
            {
                throw await CommandExec.NotRunningAsync(engine, containerId, null).ConfigureAwait(false);
            }

            return new(code, false, duration) { OutOfMemory = code == Killed && await OutOfMemoryEvents.AnySinceAsync(engine, containerId, began).ConfigureAwait(false) };
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            await KillAsync(run).ConfigureAwait(false);
            await LetFinishAsync(pump).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return new(null, true, engine.Time.GetElapsedTime(_started));
        }
        catch (RunnerBrokenException e)
        {
            throw await InterruptedAsync(e).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OpenCodeException { Error: OpenCodeError.SandboxUnavailable })
        {
            // The output's taker failed, or the container is not as it should be: nobody will know what the command does, so it ends.
            try
            {
                await KillAsync(run).ConfigureAwait(false);
            }
            catch (OpenCodeException)
            {
                // The first failure is the one to tell about.
            }

            throw;
        }
        finally
        {
            // Whatever happened, nothing is written to the output after this returned.
            await _abandon.CancelAsync().ConfigureAwait(false);
            await link.ReleaseAsync(run).ConfigureAwait(false);
            await pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await feed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<RunnerCommand?> StartAsync(IList<string> arguments)
    {
        try
        {
            // The mark last: whatever is given does not take its place.
            string[] variables = [.. command.Environment.Select(static one => $"{one.Key}={one.Value}"), ProcessMark.Of(command.ExecutionId)];
            return await link.StartAsync(command.Timeout < TimeSpan.Zero || command.Timeout > Longest ? Longest : command.Timeout, command.Input is not null, command.Folder(), [.. arguments], variables).ConfigureAwait(false);
        }
        catch (RunnerBrokenException)
        {
            // It went since it was looked for.
            return null;
        }
    }

    /// <summary>Waits until it runs, or is known not to. A container that somebody has paused says neither.</summary>
    private async Task<RunnerFailure?> BegunAsync(RunnerCommand run, CancellationToken ending)
    {
        while (!run.Begun.IsCompleted)
        {
            await Task.WhenAny(run.Begun, Task.Delay(Watch, engine.Time, ending)).ConfigureAwait(false);
            ending.ThrowIfCancellationRequested();
            if (!run.Begun.IsCompleted)
            {
                await CommandExec.RequireRunningAsync(engine, containerId, mayBePaused: false).ConfigureAwait(false);
            }
        }

        return await run.Begun.ConfigureAwait(false);
    }

    private CommandOutcome? NotStarted(RunnerFailure failure, string program)
    {
        if (failure.Stage is RunnerStage.Room or RunnerStage.Pipes)
        {
            return null;
        }

        if (failure.IsOfProcesses)
        {
            throw new OpenCodeException(
                OpenCodeError.LimitExceeded,
                $"The command '{program}' was not started: the sandbox has as many processes as it may, or no memory for another. End what runs in it (a restart ends everything), or raise its limits with Set-OcSandbox.",
                command.ExecutionId);
        }

        output.Write(true, System.Text.Encoding.UTF8.GetBytes(failure.Text(program, command.Folder())));
        return new(failure.ExitCode, false, engine.Time.GetElapsedTime(_started));
    }

    /// <returns>The exit code; null when the runner says that the tree is gone without having been asked to kill it.</returns>
    private async Task<int?> WaitForEndAsync(RunnerCommand run, Task pump, CancellationToken ending)
    {
        Volatile.Write(ref _lastPiece, engine.Time.GetTimestamp());
        long? ended = null;
        while (true)
        {
            // Wakes at the next look, at an end, or when the time is up. A pump that is done before the command is only waited for by its failure.
            var tick = Task.Delay(Watch, engine.Time, ending);
            await (run.Exited.IsCompleted ? Task.WhenAny(pump, tick) : pump.IsCompletedSuccessfully ? Task.WhenAny(run.Exited, run.Gone, tick) : Task.WhenAny(run.Exited, run.Gone, pump, tick)).ConfigureAwait(false);
            ending.ThrowIfCancellationRequested();
            if (pump.IsCompleted)
            {
                await pump.ConfigureAwait(false);
            }

            if (run.Exited.IsCompleted)
            {
                var code = await run.Exited.ConfigureAwait(false);
                ended ??= engine.Time.GetTimestamp();
                var silent = engine.Time.GetElapsedTime(Math.Max(ended.Value, Volatile.Read(ref _lastPiece)));
                // A slow taker is waited for; a child that is silent, or never is, is not.
                if (pump.IsCompleted || (!_taking && (silent > Afterwards || engine.Time.GetElapsedTime(ended.Value) > AtMostAfterwards)))
                {
                    return code;
                }
            }
            else if (run.Gone.IsCompleted)
            {
                return null;
            }
            else if (link.Silence > Watch)
            {
                // An engine that went away without closing the connection is noticed by this.
                await CommandExec.RequireRunningAsync(engine, containerId, mayBePaused: true).ConfigureAwait(false);
            }
        }
    }

    private async Task<CommandOutcome> EndedInsideAsync(RunnerCommand run, Task pump)
    {
        var (proven, timedOut) = await run.Gone.ConfigureAwait(false);
        if (!proven)
        {
            await KillRemainsAsync().ConfigureAwait(false);
        }

        await LetFinishAsync(pump).ConfigureAwait(false);
        return timedOut ? new(null, true, engine.Time.GetElapsedTime(_started)) : throw Interruption(null);
    }

    /// <summary>Hands on what comes; more is asked for when the taker has it, so the command's pipe holds it back.</summary>
    private async Task PumpAsync(RunnerCommand run)
    {
        var taken = 0;
        await foreach (var piece in run.Pieces.ReadAllAsync(_abandon.Token).ConfigureAwait(false))
        {
            _taking = true;
            try
            {
                output.Write(piece.IsError, piece.Bytes.AsSpan(0, piece.Length));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(piece.Bytes);
            }

            Volatile.Write(ref _lastPiece, engine.Time.GetTimestamp());
            _taking = false;
            taken += piece.Length;
            if (taken >= RunnerCommand.Window / 4)
            {
                run.Grant(taken);
                await link.SendAsync(RunnerProtocol.Frame(RunnerProtocol.Credit, run.Number, (uint)taken)).ConfigureAwait(false);
                taken = 0;
            }
        }
    }

    /// <summary>Hands the input over and closes it. A command that does not read it, or ends before, is no failure.</summary>
    private async Task FeedAsync(RunnerCommand run)
    {
        var piece = ArrayPool<byte>.Shared.Rent(InputPiece);
        try
        {
            while (true)
            {
                var read = await command.Input!.ReadAsync(piece.AsMemory(0, InputPiece), _abandon.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    await link.SendAsync(RunnerProtocol.Frame(RunnerProtocol.Finish, run.Number, [])).ConfigureAwait(false);
                    return;
                }

                for (var at = 0; at < read;)
                {
                    var room = await run.InputRoomAsync(read - at, _abandon.Token).ConfigureAwait(false);
                    if (room == 0)
                    {
                        return;
                    }

                    await link.SendAsync(RunnerProtocol.Frame(RunnerProtocol.Input, run.Number, piece.AsSpan(at, room))).ConfigureAwait(false);
                    at += room;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>When this returns, nothing of the command is alive.</summary>
    private async Task KillAsync(RunnerCommand run)
    {
        try
        {
            await link.SendAsync(RunnerProtocol.Frame(RunnerProtocol.Kill, run.Number, [])).ConfigureAwait(false);
            using var limit = new CancellationTokenSource(KillLimit, engine.Time);
            var first = await Task.WhenAny(run.Gone, NeverBegunAsync(run)).WaitAsync(limit.Token).ConfigureAwait(false);
            await first.ConfigureAwait(false);
            if (first != run.Gone || (await run.Gone.ConfigureAwait(false)).Proven)
            {
                return;
            }
        }
        catch (RunnerBrokenException)
        {
            // It was killed, or its container is gone.
        }
        catch (OperationCanceledException)
        {
            link.Break("it does not kill what it is told to", null);
        }

        await KillRemainsAsync().ConfigureAwait(false);
    }

    /// <summary>Completes when it has not started and will not; never, when it has.</summary>
    private static async Task NeverBegunAsync(RunnerCommand run)
    {
        if (await run.Begun.ConfigureAwait(false) is null)
        {
            await new TaskCompletionSource().Task.ConfigureAwait(false);
        }
    }

    private Task KillRemainsAsync() => new ProcessTreeKiller(engine).KillRemainsAsync(containerId, command.ExecutionId, engine.Time.GetElapsedTime(_started));

    /// <summary>The runner is gone, and why is found out. What is left of the command is ended from outside.</summary>
    private async Task<OpenCodeException> InterruptedAsync(RunnerBrokenException e)
    {
        if (!await CommandExec.IsAliveAsync(engine, containerId).ConfigureAwait(false))
        {
            return await CommandExec.NotRunningAsync(engine, containerId, null).ConfigureAwait(false);
        }

        await KillRemainsAsync().ConfigureAwait(false);
        return Interruption(e);
    }

    private OpenCodeException Interruption(RunnerBrokenException? e) => new(
        OpenCodeError.SandboxFailed,
        $"The command was interrupted, and what was left of it was ended: {e?.Message ?? "what watched it in the sandbox was killed."} Something that ran in the sandbox may have killed it, or the sandbox came to its memory limit. Run the command again.",
        command.ExecutionId,
        e);

    /// <summary>After the kill the output is over as soon as it is read; what the taker throws now changes nothing.</summary>
    private async Task LetFinishAsync(Task pump)
    {
        using var limit = new CancellationTokenSource(Afterwards, engine.Time);
        try
        {
            await pump.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (OperationCanceledException)
        {
            // Abandoned by the caller.
        }
    }
}

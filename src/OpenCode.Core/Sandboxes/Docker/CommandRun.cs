using System.Buffers;
using System.Net.Sockets;
using Docker.DotNet;
using Docker.DotNet.Models;
using OpenCode.Common;

namespace OpenCode.Sandboxes.Docker;

/// <summary>Runs one command to its end: output as it comes, a limit of time, and nothing of it left behind when it is stopped.</summary>
internal sealed class CommandRun(EngineConnection engine, string containerId, SandboxCommand command, ICommandOutput output, StepProbe probe) : IDisposable
{
    private const int PieceSize = 64 * 1024;

    /// <summary>SIGKILL, as a shell counts it.</summary>
    private const int Killed = 137;

    private const int CannotRun = 126;

    /// <summary>Keys by which the engine would let go of a terminal. It holds back what may begin with them, so they are none that anybody presses.</summary>
    private const string NoDetaching = "ctrl-_,ctrl-^,ctrl-],ctrl-_,ctrl-^,ctrl-]";

    /// <summary>How often a silent command is looked after: an engine that went away without closing the connection is noticed by this.</summary>
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(1);

    /// <summary>How long output may still come after the end, from children that live on with the command's output open.</summary>
    private static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan AtMostAfterwards = TimeSpan.FromSeconds(30);

    /// <summary>The most that a timer takes.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly CancellationTokenSource _abandon = new();
    private long _lastPiece;
    private volatile bool _taking;
    private MultiplexedStream? _stream;
    private Exception? _broken;

    public void Dispose()
    {
        _stream?.Dispose();
        _abandon.Dispose();
    }

    public async Task<CommandOutcome> RunAsync(CancellationToken cancellationToken)
    {
        var exec = await CommandExec.CreateAsync(engine, containerId, Parameters(), cancellationToken).ConfigureAwait(false);
        var began = engine.Time.GetUtcNow();
        var started = engine.Time.GetTimestamp();
        _stream = await exec.StartAsync(command.Terminal is not null).ConfigureAwait(false);
        probe.At(Step.CommandStarted);
        using var limit = new CancellationTokenSource(command.Timeout < TimeSpan.Zero || command.Timeout > Longest ? Timeout.InfiniteTimeSpan : command.Timeout, engine.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var pump = PumpAsync(_stream);
        var feed = Input is null ? Task.CompletedTask : FeedAsync();
        var sizes = command.Terminal is null ? Task.CompletedTask : FollowSizeAsync(exec, command.Terminal);
        try
        {
            var code = (int)await WaitForEndAsync(exec, pump, ending.Token).ConfigureAwait(false);
            var duration = engine.Time.GetElapsedTime(started);
            // Killed, or not run at all: also what the engine says of a command in a container that died under it.
            if (code is Killed or CannotRun && !await CommandExec.IsAliveAsync(engine, containerId).ConfigureAwait(false))
            {
                throw await CommandExec.NotRunningAsync(engine, containerId, null).ConfigureAwait(false);
            }

            var outOfMemory = code == Killed && await OutOfMemoryEvents.AnySinceAsync(engine, containerId, began).ConfigureAwait(false);
            return new(code, false, duration) { OutOfMemory = outOfMemory };
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            await KillAsync(exec, started, pump).ConfigureAwait(false);
            await LetFinishAsync(pump).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return new(null, true, engine.Time.GetElapsedTime(started));
        }
        catch (Exception e) when (e is not OpenCodeException { Error: OpenCodeError.SandboxUnavailable })
        {
            // The output's taker failed, or the connection to a living command broke: nobody will know what it does, so it ends.
            try
            {
                await KillAsync(exec, started, pump).ConfigureAwait(false);
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
            await pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await feed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await sizes.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Stream? Input => command.Terminal?.Input ?? command.Input;

    private ContainerExecCreateParameters Parameters() => new()
    {
        Cmd = command.Vector(),
        // The mark last: whatever is given does not take its place.
        Env = [.. command.Environment.Select(static one => $"{one.Key}={one.Value}"), ProcessMark.Of(command.ExecutionId)],
        User = command.User ?? "",
        WorkingDir = command.Folder(),
        AttachStdin = Input is not null,
        TTY = command.Terminal is not null,
        DetachKeys = command.Terminal is null ? "" : NoDetaching,
    };

    /// <summary>The command's terminal is as large as the window. A size that cannot be told ends nothing: the next one is told again.</summary>
    private async Task FollowSizeAsync(CommandExec exec, ITerminal terminal)
    {
        await exec.WaitStartedAsync(_abandon.Token).ConfigureAwait(false);
        await foreach (var size in terminal.SizesAsync(_abandon.Token).ConfigureAwait(false))
        {
            try
            {
                await exec.ResizeAsync(size, _abandon.Token).ConfigureAwait(false);
            }
            catch (OpenCodeException)
            {
                // Whether the engine is there is asked by whoever waits for the command.
            }
        }
    }

    /// <summary>Hands the input over and closes it. A command that does not read it, or ends before, is no failure: the pipe is its own to close.</summary>
    private async Task FeedAsync()
    {
        var (stream, input) = (_stream!, Input!);
        var piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            for (var read = await input.ReadAsync(piece.AsMemory(0, PieceSize), _abandon.Token).ConfigureAwait(false); read > 0; read = await input.ReadAsync(piece.AsMemory(0, PieceSize), _abandon.Token).ConfigureAwait(false))
            {
                await stream.WriteAsync(piece, 0, read, _abandon.Token).ConfigureAwait(false);
            }

            stream.CloseWrite();
        }
        catch (Exception e) when (EngineErrors.IsTransport(e))
        {
            // The command has ended, or closed its input; how it ended is told by its exit code.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>Hands on what comes; the next piece is read when the taker has the last, so the engine's pipe holds a fast command back.</summary>
    private async Task PumpAsync(MultiplexedStream stream)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            while (true)
            {
                MultiplexedStream.ReadResult read;
                try
                {
                    read = await stream.ReadOutputAsync(piece, 0, PieceSize, _abandon.Token).ConfigureAwait(false);
                }
                catch (Exception e) when (EngineErrors.IsTransport(e))
                {
                    // Broken off, or abandoned. Whether the command goes on is asked of the engine, not read out of this.
                    _broken = e;
                    return;
                }

                if (read.EOF)
                {
                    return;
                }

                _taking = true;
                output.Write(read.Target == MultiplexedStream.TargetStream.StandardError, piece.AsSpan(0, read.Count));
                Volatile.Write(ref _lastPiece, engine.Time.GetTimestamp());
                _taking = false;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private async Task<long> WaitForEndAsync(CommandExec exec, Task pump, CancellationToken ending)
    {
        long? ended = null;
        Volatile.Write(ref _lastPiece, engine.Time.GetTimestamp());
        while (true)
        {
            // Wakes at the next look, at the end of the output, or when the time is up; the pump's own failure comes out of the last line.
            await Task.WhenAny(pump, Task.Delay(Watch, engine.Time, ending)).ConfigureAwait(false);
            ending.ThrowIfCancellationRequested();
            if (pump.IsCompleted)
            {
                await pump.ConfigureAwait(false);
                if (_broken is { } broken)
                {
                    // Throws what is true of the engine, when it is the engine that went.
                    await exec.ExitCodeAsync(ending).ConfigureAwait(false);
                    if (IsEndWithUnreadInput(broken) && await EndedAsync(exec, ending).ConfigureAwait(false) is { } left)
                    {
                        return left;
                    }

                    throw new OpenCodeException(OpenCodeError.SandboxFailed, $"The connection that carried the command's output broke: {EngineErrors.Sentence(broken.GetBaseException().Message)} The command was ended; run it again.", command.ExecutionId, broken);
                }

                return await exec.WaitAsync(ending).ConfigureAwait(false);
            }

            if (await exec.ExitCodeAsync(ending).ConfigureAwait(false) is not { } code)
            {
                continue;
            }

            // A slow taker is waited for; a child that is silent, or never is, is not. Counted from the end: after a long silence the last output is still on its way when the engine knows of the end.
            ended ??= engine.Time.GetTimestamp();
            var silent = engine.Time.GetElapsedTime(Math.Max(ended.Value, Volatile.Read(ref _lastPiece)));
            if (!_taking && (silent > Afterwards || engine.Time.GetElapsedTime(ended.Value) > AtMostAfterwards))
            {
                return code;
            }
        }
    }

    /// <summary>
    /// True when the connection may have broken because the command ended and left some of its input: a local socket that is closed before everything was read from it is reset for the other side,
    /// once that has read all that was sent to it (unix(7); the order is that of Linux's unix_stream_read_generic). Over a network a reset may overtake output, so there it is a failure.
    /// </summary>
    private bool IsEndWithUnreadInput(Exception broken) =>
        Input is not null && engine.Endpoint.Address?.Scheme == "unix" && broken.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionReset };

    // The connection ends before the engine tells of the command's end.
    private async Task<long?> EndedAsync(CommandExec exec, CancellationToken ending)
    {
        using var limit = new CancellationTokenSource(Afterwards, engine.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ending);
        try
        {
            return await exec.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ending.IsCancellationRequested)
        {
            return null; // it goes on without anybody to hear it
        }
    }

    private Task KillAsync(CommandExec exec, long started, Task pump)
    {
        return new ProcessTreeKiller(engine).KillAsync(containerId, exec, command.ExecutionId, engine.Time.GetElapsedTime(started), ReleaseAsync);

        async Task ReleaseAsync(bool ended)
        {
            if (ended)
            {
                await LetFinishAsync(pump).ConfigureAwait(false);
            }

            if (ended || _taking || pump.IsCompleted)
            {
                _stream!.Dispose();
            }
        }
    }

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

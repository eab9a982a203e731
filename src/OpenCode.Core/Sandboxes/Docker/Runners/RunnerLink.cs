using System.Buffers.Binary;

namespace OpenCode.Sandboxes.Docker.Runners;

/// <summary>The stream to one runner: any number of commands over it at once. What comes is believed only as far as a runner of ours could say it, for it comes out of a sandbox.</summary>
internal sealed class RunnerLink : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, RunnerCommand> _commands = [];
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _closing = new();
    private readonly byte[] _buffer = new byte[RunnerProtocol.Head + RunnerProtocol.MostContent];
    private Task _reading = Task.CompletedTask;
    private RunnerBrokenException? _broken;
    private uint _inputWindow;
    private uint _last;
    private uint _released;
    private int _held;
    private long _heard;

    private RunnerLink(Stream stream, TimeProvider time)
    {
        _stream = stream;
        _time = time;
        _heard = time.GetTimestamp();
    }

    /// <summary>False once nothing can be run over it any more.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock)
            {
                return _broken is null;
            }
        }
    }

    /// <summary>True when nothing runs over it.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _commands.Count == 0;
            }
        }
    }

    /// <summary>How long nothing has come.</summary>
    public TimeSpan Silence => _time.GetElapsedTime(Volatile.Read(ref _heard));

    /// <summary>Takes over a stream on which a runner says its first words.</summary>
    /// <param name="stream">Its output to be read, its input to be written; disposed with the link.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up, and closes the stream.</param>
    /// <exception cref="RunnerBrokenException">Nothing there that is a runner of ours.</exception>
    public static async Task<RunnerLink> OpenAsync(Stream stream, TimeProvider time, CancellationToken cancellationToken)
    {
        var link = new RunnerLink(stream, time);
        try
        {
            await link.HearHelloAsync(cancellationToken).ConfigureAwait(false);
            link._reading = link.ReadAsync();
            return link;
        }
        catch
        {
            await link.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts a command. Not to be cancelled half-way: it is killed once it is begun.</summary>
    /// <returns>Null when it is longer than a runner takes.</returns>
    /// <exception cref="RunnerBrokenException">The runner is gone; nothing was started.</exception>
    public async Task<RunnerCommand?> StartAsync(TimeSpan limit, bool hasInput, string directory, IReadOnlyList<string> arguments, IReadOnlyList<string> variables)
    {
        RunnerCommand command;
        byte[] frame;
        lock (_lock)
        {
            if (_broken is { } broken)
            {
                throw broken;
            }

            if (RunnerProtocol.StartFrame(_last + 1, limit, RunnerCommand.Window, hasInput, directory, arguments, variables) is not { } start)
            {
                return null;
            }

            frame = start;
            command = new RunnerCommand(++_last, hasInput, _inputWindow);
            _commands.Add(command.Number, command);
        }

        await SendAsync(frame).ConfigureAwait(false);
        return command;
    }

    /// <summary>Sends something of a command; a runner that is gone is told of by the command.</summary>
    public async Task SendAsync(byte[] frame)
    {
        try
        {
            await _writing.WaitAsync(_closing.Token).ConfigureAwait(false);
            try
            {
                await _stream.WriteAsync(frame, _closing.Token).ConfigureAwait(false);
            }
            finally
            {
                _writing.Release();
            }
        }
        catch (Exception e) when (EngineErrors.IsTransport(e))
        {
            Break("it does not take what it is told", e);
        }
    }

    /// <summary>Nothing more of a command is wanted. What it left running goes on.</summary>
    public async Task ReleaseAsync(RunnerCommand command)
    {
        lock (_lock)
        {
            if (!_commands.Remove(command.Number))
            {
                return;
            }

            _released = Math.Max(_released, command.Number);
        }

        await SendAsync(RunnerProtocol.Frame(RunnerProtocol.Release, command.Number, [])).ConfigureAwait(false);
    }

    /// <summary>Gives a runner up: nothing is heard of it any more, and it kills what it runs when it learns of that.</summary>
    public void Break(string why, Exception? e)
    {
        RunnerCommand[] left;
        RunnerBrokenException broken;
        lock (_lock)
        {
            if (_broken is not null)
            {
                return;
            }

            _broken = broken = new RunnerBrokenException($"The runner in the sandbox is gone: {why}.", e);
            left = [.. _commands.Values];
        }

        try
        {
            _closing.Cancel();
            _stream.Dispose();
        }
        finally
        {
            // Last: who is told finds it closed.
            foreach (var command in left)
            {
                command.Break(broken);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Break("the link to it is closed", null);
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
        _writing.Dispose();
    }

    private async Task HearHelloAsync(CancellationToken cancellationToken)
    {
        try
        {
            var (kind, number, length) = await ReadFrameAsync(cancellationToken).ConfigureAwait(false);
            var content = _buffer.AsMemory(RunnerProtocol.Head, length);
            if (kind != RunnerProtocol.Hello || number != 0 || length != 12 || BinaryPrimitives.ReadUInt32LittleEndian(content.Span) != RunnerProtocol.Version)
            {
                throw new RunnerBrokenException("What the sandbox has is another runner than this version's.", null);
            }

            _inputWindow = BinaryPrimitives.ReadUInt32LittleEndian(content.Span[4..]);
            Forget(length);
        }
        catch (Exception e) when (EngineErrors.IsTransport(e) && e is not RunnerBrokenException && !cancellationToken.IsCancellationRequested)
        {
            throw new RunnerBrokenException("The runner did not come up.", e);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                var (kind, number, length) = await ReadFrameAsync(_closing.Token).ConfigureAwait(false);
                Volatile.Write(ref _heard, _time.GetTimestamp());
                if (!Take(kind, number, _buffer.AsSpan(RunnerProtocol.Head, length)))
                {
                    Break("it said what no runner says", null);
                    return;
                }

                Forget(length);
            }
        }
        catch (Exception e) when (EngineErrors.IsTransport(e))
        {
            Break("its stream has ended", e);
        }
    }

    private bool Take(byte kind, uint number, ReadOnlySpan<byte> content)
    {
        RunnerCommand? command;
        lock (_lock)
        {
            if (!_commands.TryGetValue(number, out command))
            {
                // Said before it could know that nobody listens any more.
                return number > 0 && number <= _released;
            }

            if (kind == RunnerProtocol.Failed)
            {
                // Its number is free on the other side already.
                _commands.Remove(number);
                _released = Math.Max(_released, number);
            }
        }

        return command.Take(kind, content, _inputWindow);
    }

    /// <summary>Reads until a whole frame is at the beginning of the buffer.</summary>
    private async Task<(byte Kind, uint Number, int Length)> ReadFrameAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_held >= RunnerProtocol.Head)
            {
                var length = BinaryPrimitives.ReadUInt32LittleEndian(_buffer);
                if (length > RunnerProtocol.MostContent || BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(4)) is 0 or > byte.MaxValue)
                {
                    throw new RunnerBrokenException("The runner said what no runner says.", null);
                }

                if (_held >= RunnerProtocol.Head + length)
                {
                    return (_buffer[4], BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(8)), (int)length);
                }
            }

            var read = await _stream.ReadAsync(_buffer.AsMemory(_held), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                throw new EndOfStreamException("The stream has ended.");
            }

            _held += read;
        }
    }

    private void Forget(int length)
    {
        _held -= RunnerProtocol.Head + length;
        _buffer.AsSpan(RunnerProtocol.Head + length, _held).CopyTo(_buffer);
    }
}
